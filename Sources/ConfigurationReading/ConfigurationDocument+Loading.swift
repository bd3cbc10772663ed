extension ConfigurationDocument {
    /// The value of files and options: defaults, then files from left to right, then options in their order (`--set` before single flags).
    ///
    /// - Parameters:
    ///   - sources: The files, each with `schema_version: 1`.
    ///   - overrides: The options.
    /// - Returns: A valid configuration, and where its values come from.
    /// - Throws: ``ConfigurationError`` with every fault found.
    package static func load(
        sources: [ConfigurationSource], overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) -> ResolvedConfiguration<Self> {
        var root = SourceNode(content: .mapping([]), location: .option("defaults", text: "defaults"))
        var faults: [ConfigurationDiagnostic] = []
        var untoldCount = 0
        for source in sources {
            do throws(ConfigurationError) {
                let node = try SourceNode.composed(yaml: source.text) { .file(name: source.name, line: $0, column: $1) }
                guard case .mapping(let entries) = node.content else {
                    throw ConfigurationError("expected a mapping of sections, found \(node.kindName)", location: node.location)
                }
                if !entries.contains(where: { $0.key == "schema_version" }) {
                    throw ConfigurationError(
                        "is required; put 'schema_version: 1' at the top", path: "schema_version", location: node.location)
                }
                root = root.overlaid(with: node)
            } catch {
                faults += error.diagnostics
                untoldCount += error.untoldCount
            }
        }
        if !faults.isEmpty { throw ConfigurationError(faults, untoldCount: untoldCount) }
        for item in overrides {
            let leaf = SourceNode(content: .scalar(item.value, .option), location: item.location)
            root = root.overlaid(with: .nested(path: item.path.split(separator: ".").map(String.init), value: leaf))
        }
        return try resolve(root, fileOrder: sources.map(\.name))
    }

    /// Reads files, then loads them with the options laid over.
    ///
    /// - Parameters:
    ///   - files: Paths, from left to right.
    ///   - overrides: The options, `--set` first.
    /// - Returns: A valid configuration, and where its values come from.
    /// - Throws: ``ConfigurationError`` with every fault found.
    package static func load(
        files: [String], overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) -> ResolvedConfiguration<Self> {
        var sources: [ConfigurationSource] = []
        for file in files { sources.append(try ConfigurationSource(file: file)) }
        return try load(sources: sources, overrides: overrides)
    }

    private static func resolve(_ root: SourceNode, fileOrder: [String]) throws(ConfigurationError) -> ResolvedConfiguration<Self> {
        let session = ReadingSession(isReading: true)
        var fields = ConfigurationFields(path: "", node: root, session: session)
        var value = Self()
        value.visitDocument(&fields)
        fields.finish()
        session.resolveUnknownKeys()
        // Rules between keys would only repeat the faults of single ones.
        if session.diagnostics.isEmpty { value.reportAcross(to: session) }
        guard session.diagnostics.isEmpty else {
            throw ConfigurationError(session.sortedDiagnostics(fileOrder: fileOrder), untoldCount: session.untoldCount)
        }
        var origins: [String: String] = [:]
        for path in session.knownPaths { origins[path] = session.locations[path]?.origin ?? "default" }
        return ResolvedConfiguration(value: value, origins: origins, ranges: session.ranges)
    }

    /// Checks a value that was made or changed in code by the rules that files are held to.
    ///
    /// - Throws: ``ConfigurationError`` with every fault found.
    package func validate() throws(ConfigurationError) {
        let session = ReadingSession(isReading: false)
        var copy = self
        var fields = ConfigurationFields(path: "", node: nil, session: session)
        copy.visitDocument(&fields)
        if session.diagnostics.isEmpty { copy.reportAcross(to: session) }
        if !session.diagnostics.isEmpty { throw ConfigurationError(session.diagnostics, untoldCount: session.untoldCount) }
    }

    /// All values, defaults included, as a tree with the keys of the files.
    package var resolved: ConfigurationValue {
        var copy = self
        var fields = ConfigurationFields(path: "", node: nil, session: ReadingSession(isReading: false))
        copy.visitDocument(&fields)
        return .mapping(fields.written)
    }

    /// The canonical form: sorted keys, every value written out. Equal configurations give equal bytes, and loading it gives the same value back.
    package var resolvedJSON: String { resolved.json }

    /// The values in which another configuration differs, as `key: here / there`, in the order of the JSON.
    ///
    /// - Parameter other: What to compare with.
    /// - Returns: One entry for each key whose value differs or that only one side has.
    package func differences(from other: Self) -> [(path: String, here: ConfigurationValue?, there: ConfigurationValue?)] {
        let mine = resolved.leaves
        let theirs = Dictionary(uniqueKeysWithValues: other.resolved.leaves.map { ($0.path, $0.value) })
        let known = Set(mine.map(\.path))
        let changed = mine.compactMap { leaf in
            theirs[leaf.path] == leaf.value ? nil : (path: leaf.path, here: Optional(leaf.value), there: theirs[leaf.path])
        }
        let added = other.resolved.leaves.filter { !known.contains($0.path) }
            .map { (path: $0.path, here: ConfigurationValue?.none, there: Optional($0.value)) }
        return changed + added
    }

    private mutating func visitDocument(_ fields: inout ConfigurationFields) {
        var version = 1
        fields.scalar("schema_version", &version) { (text, style) throws(ScalarIssue) -> Int in
            guard try ScalarSyntax.integer(text, style) == 1 else {
                throw ScalarIssue(message: "this build reads schema_version 1, not \(text.prefix(20))")
            }
            return 1
        }
        fields.write("schema_version", .integer(version))
        visit(&fields)
    }

    private func reportAcross(to session: ReadingSession) {
        var findings = ConfigurationFindings()
        checkAcross(&findings)
        for finding in findings.findings { session.report(finding.path, finding.message) }
    }
}

// On any wire and in any file a configuration is its canonical text, so that there is one form to hash, store and compare.
extension ConfigurationDocument {
    /// Writes the canonical text as one string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(resolvedJSON)
    }

    /// Loads the canonical text.
    ///
    /// - Throws: ``ConfigurationError`` if it is not valid.
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        self = try Self.load(sources: [ConfigurationSource(name: "configuration", text: text)]).value
    }
}
