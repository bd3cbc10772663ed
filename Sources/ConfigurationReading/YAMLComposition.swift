import Yams

extension SourceNode {
    /// Reads one YAML document, refusing what would be read differently from how it looks: anchors and aliases, explicit tags, keys that are not
    /// plain text, duplicate keys, several documents.
    ///
    /// - Parameters:
    ///   - yaml: The document. An empty one is an empty mapping.
    ///   - place: The location of a line and column (both from 1) of `yaml`.
    /// - Returns: The document as written.
    /// - Throws: ``ConfigurationError`` with every fault found; syntax errors and duplicate keys end the search.
    static func composed(yaml: String, place: @escaping (Int, Int) -> SourceLocation) throws(ConfigurationError) -> SourceNode {
        do {
            let parser = try Parser(yaml: yaml, encoding: .utf8)
            let root = try parser.singleRoot()
            // Yams holds anchors weakly: they are seen only while the parser lives.
            return try withExtendedLifetime(parser) { () throws -> SourceNode in
                guard let root else { return SourceNode(content: .mapping([]), location: place(1, 1)) }
                var composition = Composition(place: place)
                let node = composition.node(root)
                if !composition.diagnostics.isEmpty { throw ConfigurationError(composition.diagnostics) }
                return node
            }
        } catch let error as ConfigurationError {
            throw error
        } catch let error as YamlError {
            throw Self.configurationError(error, place: place)
        } catch {
            throw ConfigurationError("the YAML can't be read: \(error)", location: place(1, 1))
        }
    }

    private static func configurationError(_ error: YamlError, place: (Int, Int) -> SourceLocation) -> ConfigurationError {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let during = context.map { " (\($0.text), from line \($0.mark.line))" } ?? ""
            return ConfigurationError("not valid YAML: \(problem)\(during)", location: place(mark.line, mark.column))
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.sorted().map { "'\($0)'" }.joined(separator: ", ")
            return ConfigurationError(
                "the same mapping holds \(keys) more than once; keep one of them", location: place(context.mark.line, context.mark.column))
        case .reader(let problem, _, _, _):
            return ConfigurationError("not valid YAML: \(problem); save the file as plain UTF-8 text", location: place(1, 1))
        default:
            return ConfigurationError("not valid YAML: \(error)", location: place(1, 1))
        }
    }
}

/// The walk from Yams' nodes to ours.
private struct Composition {
    let place: (Int, Int) -> SourceLocation
    var diagnostics: [ConfigurationDiagnostic] = []

    mutating func node(_ node: Node) -> SourceNode {
        let location = place(node.mark?.line ?? 1, node.mark?.column ?? 1)
        if node.anchor != nil {
            // Refused before its children are walked: nested aliases could otherwise unfold without bound.
            diagnostics.append(
                ConfigurationDiagnostic(location: location, message: "anchors (&) and aliases (*) are not supported; write the value out"))
            return SourceNode(content: .scalar("", .plain), location: location)
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            if isPlain ? scalar.tag != .implicit : (scalar.tag != .implicit && scalar.tag != Tag(.str)) { refuseTag(location) }
            return SourceNode(content: .scalar(scalar.string, isPlain ? .plain : .quoted), location: location)
        case .sequence(let sequence):
            if sequence.tag != .implicit { refuseTag(location) }
            return SourceNode(content: .sequence(sequence.map { self.node($0) }), location: location)
        case .mapping(let mapping):
            if mapping.tag != .implicit { refuseTag(location) }
            return SourceNode(content: .mapping(mapping.compactMap { entry($0, $1) }), location: location)
        case .alias:
            diagnostics.append(ConfigurationDiagnostic(location: location, message: "aliases (*) are not supported; write the value out"))
            return SourceNode(content: .scalar("", .plain), location: location)
        }
    }

    private mutating func entry(_ key: Node, _ value: Node) -> SourceNode.Entry? {
        let location = place(key.mark?.line ?? 1, key.mark?.column ?? 1)
        guard case .scalar(let scalar) = key, !scalar.string.isEmpty, key.anchor == nil else {
            diagnostics.append(
                ConfigurationDiagnostic(location: location, message: "a key must be a word, not a list, a mapping or nothing"))
            return nil
        }
        return SourceNode.Entry(key: scalar.string, keyLocation: location, value: node(value))
    }

    private mutating func refuseTag(_ location: SourceLocation) {
        diagnostics.append(
            ConfigurationDiagnostic(
                location: location, message: "explicit YAML tags (!) are not supported; quote the value to make it text"))
    }
}
