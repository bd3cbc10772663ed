extension ConfigurationFields {
    /// A mapping with keys of its own.
    package mutating func section<Section: ConfigurationSection>(_ key: String, _ value: inout Section, isRequired: Bool = false) {
        let node = mappingNode(key)
        if isRequired, session.isReading, node == nil, !session.diagnostics.contains(where: { $0.path == path(of: key) }) {
            session.report(path(of: key), "is required; give it in the file")
        }
        // A required section that is absent has one fault, not one for each of its keys.
        let isAbsent = isRequired && session.isReading && node == nil
        write(key, pass(&value, node: node, path: path(of: key), session: isAbsent ? ReadingSession(isReading: false) : session))
    }

    /// A mapping that may be absent; `null` takes it away again.
    package mutating func optionalSection<Section: ConfigurationSection>(_ key: String, _ value: inout Section?) {
        let node = mappingNode(key)
        if node == nil, entries.contains(where: { $0.key == key }) { value = nil }
        guard var section = value ?? (node == nil ? nil : Section()) else { return write(key, .null) }
        write(key, pass(&section, node: node, path: path(of: key), session: session))
        value = section
    }

    /// A list of mappings; an option or a later file replaces the whole list.
    package mutating func sections<Section: ConfigurationSection>(_ key: String, _ value: inout [Section]) {
        let given = listNodes(key)
        if let given { value = given.map { _ in Section() } }
        var results: [ConfigurationValue] = []
        for index in value.indices {
            let elementPath = "\(path(of: key))[\(index)]"
            let node = given?[index]
            if let node {
                session.register(elementPath, at: node.location)
                guard case .mapping = node.content else {
                    session.report(elementPath, "expected a mapping, found \(node.kindName)")
                    continue
                }
            }
            results.append(pass(&value[index], node: node, path: elementPath, session: session))
        }
        write(key, .list(results))
    }

    /// A list of texts, none empty.
    package mutating func texts(_ key: String, _ value: inout [String]) {
        if let nodes = listNodes(key) {
            var texts: [String] = []
            for (index, node) in nodes.enumerated() {
                let elementPath = "\(path(of: key))[\(index)]"
                guard case .scalar(let text, let style) = node.content else {
                    session.report(elementPath, "expected text, found \(node.kindName)", at: node.location)
                    continue
                }
                do {
                    texts.append(try ScalarSyntax.text(text, style))
                } catch {
                    session.report(elementPath, error.message, at: node.location)
                }
            }
            value = texts
        }
        for (index, text) in value.enumerated() where text.isEmpty { session.report("\(path(of: key))[\(index)]", "must not be empty") }
        write(key, .list(value.map { .text($0) }))
    }

    /// A mapping whose keys belong to somebody else; its scalars are typed by how they look.
    package mutating func tree(_ key: String, _ value: inout ConfigurationValue) {
        if let node = mappingNode(key) { value = tree(node, path: path(of: key)) }
        write(key, value)
    }

    private func tree(_ node: SourceNode, path: String) -> ConfigurationValue {
        switch node.content {
        case .scalar(let text, let style):
            do {
                return try ScalarSyntax.value(text, style)
            } catch {
                session.report(path, error.message, at: node.location)
                return .null
            }
        case .sequence(let nodes):
            return .list(nodes.enumerated().map { tree($0.element, path: "\(path)[\($0.offset)]") })
        case .mapping(let entries):
            var values: [String: ConfigurationValue] = [:]
            for entry in entries { values[entry.key] = tree(entry.value, path: "\(path).\(entry.key)") }
            return .mapping(values)
        }
    }

    /// Whether a section names any key: one without is no mapping.
    package func hasKeys(_ section: some ConfigurationSection) -> Bool {
        var section = section
        var probe = ConfigurationFields(path: "", node: nil, session: ReadingSession(isReading: false))
        section.visit(&probe)
        return !probe.written.isEmpty
    }

    // MARK: - Nodes

    private func pass<Section: ConfigurationSection>(
        _ value: inout Section, node: SourceNode?, path: String, session: ReadingSession
    ) -> ConfigurationValue {
        var fields = ConfigurationFields(path: path, node: node, session: session)
        value.visit(&fields)
        fields.finish()
        return .mapping(fields.written)
    }

    /// The mapping at a key; nil if it is absent, null or something else, which is reported.
    private mutating func mappingNode(_ key: String) -> SourceNode? {
        guard let node = node(key).map(expanded), !node.isNull else { return nil }
        guard case .mapping = node.content else {
            session.report(path(of: key), "expected a mapping with keys of its own, found \(node.kindName)")
            return nil
        }
        return node
    }

    /// The elements of the list at a key; nil if it is absent or not a list, which is reported. `null` is an empty list.
    private mutating func listNodes(_ key: String) -> [SourceNode]? {
        guard let node = node(key).map(expanded) else { return nil }
        if node.isNull { return [] }
        guard case .sequence(let nodes) = node.content else {
            session.report(path(of: key), "expected a list such as [a, b], found \(node.kindName)")
            return nil
        }
        return nodes
    }

    /// The right side of a `--set` read as YAML, where a mapping or a list is wanted.
    private func expanded(_ node: SourceNode) -> SourceNode {
        guard case .scalar(let text, .option) = node.content, text.hasPrefix("[") || text.hasPrefix("{") else { return node }
        let location = node.location
        do {
            return try SourceNode.composed(yaml: text) { _, _ in location }
        } catch {
            for diagnostic in error.diagnostics { session.report(path, diagnostic.message, at: location) }
            return node
        }
    }
}
