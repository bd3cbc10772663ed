/// A piece of configuration as it was written, with its place: what YAML files and `--set` options become before they are read as typed values.
struct SourceNode {
    /// How a scalar was written. YAML gives plain words a type; quoted ones are text.
    enum ScalarStyle {
        case plain
        case quoted
        /// The right side of `--set`: text where text is wanted, a YAML value elsewhere.
        case option
    }

    /// One key of a mapping.
    struct Entry {
        let key: String
        let keyLocation: SourceLocation
        var value: SourceNode
    }

    enum Content {
        case scalar(String, ScalarStyle)
        case sequence([SourceNode])
        case mapping([Entry])
    }

    var content: Content
    var location: SourceLocation

    /// Whether the node says "no value": nothing, `~` or `null`, unquoted.
    var isNull: Bool {
        guard case .scalar(let text, let style) = content, style != .quoted else { return false }
        return text == "null" || text == "~" || (text.isEmpty && style == .plain)
    }

    /// What a diagnostic calls the node.
    var kindName: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : "'\(text.prefix(60))'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// The node with another one laid over it: mappings are merged key by key; everything else is replaced.
    ///
    /// Two mappings whose `type` differs describe different things, so the later one replaces the earlier one whole.
    func overlaid(with later: SourceNode) -> SourceNode {
        guard case .mapping(var entries) = content, case .mapping(let laterEntries) = later.content else { return later }
        if let type = Self.typeName(entries), let laterType = Self.typeName(laterEntries), type != laterType { return later }
        var places = Dictionary(entries.enumerated().map { ($0.element.key, $0.offset) }) { first, _ in first }
        for entry in laterEntries {
            if let index = places[entry.key] {
                let value = entries[index].value.overlaid(with: entry.value)
                entries[index] = Entry(key: entry.key, keyLocation: entry.keyLocation, value: value)
            } else {
                places[entry.key] = entries.count
                entries.append(entry)
            }
        }
        return SourceNode(content: .mapping(entries), location: location)
    }

    private static func typeName(_ entries: [Entry]) -> String? {
        guard let entry = entries.first(where: { $0.key == "type" }), case .scalar(let text, _) = entry.value.content else { return nil }
        return text
    }

    /// A mapping that holds nothing but `value` at the dotted `path`.
    static func nested(path: [String], value: SourceNode) -> SourceNode {
        path.reversed().reduce(value) { inner, key in
            SourceNode(content: .mapping([Entry(key: key, keyLocation: value.location, value: inner)]), location: value.location)
        }
    }
}
