import Files

/// One pass over the keys of a mapping. A section names each key once, with its place in the value, its type and its range; the same list then
/// reads, checks and writes.
///
/// While reading, a key that the source does not have keeps the present value (the default). Every fault is noted and the pass goes on.
package struct ConfigurationFields {
    /// The dotted path of the mapping; empty at the top.
    let path: String
    let session: ReadingSession
    let entries: [SourceNode.Entry]
    private var known: [String] = []
    /// The values after the pass, by key.
    private(set) var written: [String: ConfigurationValue] = [:]

    init(path: String, node: SourceNode?, session: ReadingSession) {
        self.path = path
        self.session = session
        if case .mapping(let entries) = node?.content { self.entries = entries } else { entries = [] }
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Looks a key up and marks it as known.
    mutating func node(_ key: String) -> SourceNode? {
        known.append(key)
        let entry = entries.first { $0.key == key }
        session.register(path(of: key), at: entry?.value.location)
        return entry?.value
    }

    /// Whether the source says anything of a key.
    package func hasValue(_ key: String) -> Bool { entries.contains { $0.key == key } }

    mutating func write(_ key: String, _ value: ConfigurationValue) { written[key] = value }

    /// Reports the keys that nobody asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            session.reportUnknown(entry, path: path(of: entry.key), siblings: known)
        }
    }

    // MARK: - Scalars

    /// Reads a scalar with `read` and stores it; notes a fault and keeps the present value otherwise.
    mutating func scalar<Value>(
        _ key: String, _ value: inout Value, _ read: (String, SourceNode.ScalarStyle) throws(ScalarIssue) -> Value
    ) {
        guard let node = node(key) else { return }
        if node.isNull {
            return session.report(path(of: key), "has no value; give one, or remove the key for the default")
        }
        guard case .scalar(let text, let style) = node.content else {
            return session.report(path(of: key), "expected one value, found \(node.kindName)")
        }
        do {
            value = try read(text, style)
        } catch {
            session.report(path(of: key), error.message)
        }
    }

    package mutating func integer(_ key: String, _ value: inout Int, in range: ClosedRange<Int>) {
        scalar(key, &value, ScalarSyntax.integer)
        session.bound(path(of: key), by: KeyRange(range))
        if !range.contains(value) {
            session.report(path(of: key), "must be in \(range.lowerBound) ... \(range.upperBound), not \(value)")
        }
        write(key, .integer(value))
    }

    package mutating func real(_ key: String, _ value: inout Double, _ bounds: RealBounds) {
        scalar(key, &value, ScalarSyntax.real)
        session.bound(path(of: key), by: KeyRange(bounds))
        // A NaN set in code fails every comparison and is reported here too.
        if !bounds.contains(value) { session.report(path(of: key), "must be \(bounds.description), not \(value)") }
        write(key, .real(value))
    }

    package mutating func flag(_ key: String, _ value: inout Bool) {
        scalar(key, &value, ScalarSyntax.flag)
        write(key, .flag(value))
    }

    /// Text that may not be empty. With `isRequired` there is no default.
    package mutating func text(_ key: String, _ value: inout String, isRequired: Bool = false) {
        let faults = session.diagnostics.count
        scalar(key, &value, ScalarSyntax.text)
        if value.isEmpty, session.diagnostics.count == faults {
            let message = isRequired ? "is required; give it in the file or with --set" : "must not be empty"
            session.report(path(of: key), message, at: session.locations[path(of: key)] ?? session.locations[path])
        }
        write(key, .text(value))
    }

    /// The path of a file or folder: text whose leading `~` is replaced by the home folder, here and nowhere else, so that all who use the path use one.
    package mutating func path(_ key: String, _ value: inout String, isRequired: Bool = false) {
        text(key, &value, isRequired: isRequired)
        value = expanded(key, value)
        write(key, .text(value))
    }

    /// A path or nothing, as ``path(_:_:isRequired:)`` and ``optionalText(_:_:)``.
    package mutating func optionalPath(_ key: String, _ value: inout String?) {
        optionalText(key, &value)
        value = value.map { expanded(key, $0) }
        write(key, value.map { .text($0) } ?? .null)
    }

    private func expanded(_ key: String, _ value: String) -> String {
        if let path = FilePath.expandingHome(value) { return path }
        session.report(
            path(of: key),
            "'\(value.prefix(60))' names the home of a user that does not exist; a file that is called so is './\(value.prefix(60))'")
        return value
    }

    /// Text or nothing; `null` takes it away again.
    package mutating func optionalText(_ key: String, _ value: inout String?) {
        guard let node = node(key) else { return write(key, value.map { .text($0) } ?? .null) }
        if node.isNull {
            value = nil
        } else if case .scalar(let text, let style) = node.content {
            do {
                value = try ScalarSyntax.text(text, style)
                if value?.isEmpty == true { session.report(path(of: key), "must not be empty; write null for none") }
            } catch {
                session.report(path(of: key), error.message)
            }
        } else {
            session.report(path(of: key), "expected text, found \(node.kindName)")
        }
        write(key, value.map { .text($0) } ?? .null)
    }

    /// One word of a closed set. With `isRequired` a file must say which.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ value: inout Choice, isRequired: Bool = false
    ) {
        if isRequired, session.isReading, !entries.contains(where: { $0.key == key }) {
            session.report(
                path(of: key), "is required; one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))", at: session.locations[path]
            )
        }
        scalar(key, &value) { (text, _) throws(ScalarIssue) -> Choice in
            if let choice = Choice(rawValue: text) { return choice }
            let allowed = Choice.allCases.map(\.rawValue)
            let near = NearestSpelling.candidate(for: text, among: allowed).map { "; did you mean '\($0)'?" } ?? ""
            throw ScalarIssue(message: "'\(text.prefix(60))' is not one of \(allowed.joined(separator: ", "))\(near)")
        }
        write(key, .text(value.rawValue))
    }
}
