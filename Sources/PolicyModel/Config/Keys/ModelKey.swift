package import JSON

/// A key of a model's files, or several that are alike: its value where it is absent, and what Percept makes of it.
package struct ModelKey: Sendable {
    package enum Treatment: Hashable, Sendable {
        /// Its value is computed with.
        case honoured
        /// These values alone are computed with; any other is refused.
        case only([JSONValue])
        /// It has no bearing on what Percept computes, whatever its value.
        case unread
    }

    package let names: [String]
    /// What transformers takes where the key is absent.
    package let standard: JSONValue
    package let treatment: Treatment
    /// What it means, or why it is not read: for people.
    package let note: String

    static func honoured(_ name: String, _ standard: JSONValue, _ note: String) -> ModelKey {
        ModelKey(names: [name], standard: standard, treatment: .honoured, note: note)
    }

    static func only(_ values: [JSONValue], _ names: String..., standard: JSONValue, _ note: String) -> ModelKey {
        ModelKey(names: names, standard: standard, treatment: .only(values), note: note)
    }

    static func unread(_ names: String..., standard: JSONValue = .null, why note: String) -> ModelKey {
        ModelKey(names: names, standard: standard, treatment: .unread, note: note)
    }
}

/// The keys of one JSON object of a model's files: what is not here is unknown.
package struct ModelKeyTable: Sendable {
    /// Heads the table in `docs/models.md`.
    package let title: String
    package let keys: [ModelKey]
    private let places: [String: Int]

    /// - Precondition: no name stands twice.
    init(_ title: String, _ keys: [ModelKey]) {
        self.title = title
        self.keys = keys
        places = Dictionary(uniqueKeysWithValues: keys.enumerated().flatMap { place, key in key.names.map { ($0, place) } })
    }

    package subscript(name: String) -> ModelKey? { places[name].map { keys[$0] } }

    /// Both tables' keys under one title, for an object that holds both.
    func joined(_ other: ModelKeyTable) -> ModelKeyTable { ModelKeyTable(title, keys + other.keys.filter { self[$0.names[0]] == nil }) }
}
