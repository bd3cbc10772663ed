import JSON

/// One JSON object of a model's files, read by its table: what is absent has the table's value, and what Percept would not compute is refused.
struct ModelKeyReader {
    /// What was there without a place in the table.
    let unknown: [String]
    private let table: ModelKeyTable
    private let values: [String: JSONValue]
    /// Stands before a key in errors: the file, and the objects that the key is in.
    private let place: String

    /// - Parameters:
    ///   - known: keys that this object may also hold, and that are of no concern here.
    ///   - place: stands before a key in errors, such as `/m/config.json: text_config.`
    /// - Throws: ``PolicyModelError`` naming a key whose value is not supported.
    init(_ object: JSONValue, _ table: ModelKeyTable, alsoKnown known: ModelKeyTable? = nil, place: String) throws {
        guard let members = object.members else {
            throw PolicyModelError(.configuration, "\(place.trimmingSuffix(".")) must be a JSON object")
        }
        self.table = table
        self.place = place
        values = Dictionary(members.map { ($0.key, $0.value) }) { _, last in last }
        unknown = members.map(\.key).filter { table[$0] == nil && known?[$0] == nil }
        for key in table.keys {
            guard case .only(let supported) = key.treatment else { continue }
            for name in key.names {
                guard let value = values[name], !supported.contains(value) else { continue }
                throw fail(name, "\(Self.short(value)) is not supported; only \(Self.list(supported)) is")
            }
        }
    }

    /// Whether the object holds the key.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The key's value, or the table's.
    ///
    /// - Precondition: the table has the key.
    func value(_ name: String) -> JSONValue {
        guard let key = table[name] else { preconditionFailure("the table \(table.title) lacks \(name)") }
        return values[name] ?? key.standard
    }

    /// An error about a key.
    func fail(_ name: String, _ message: String) -> PolicyModelError { PolicyModelError(.configuration, "\(place)\(name): \(message)") }

    /// A whole number of `range`.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        let value = value(name)
        guard let number = value.integer, range.contains(number) else {
            throw fail(name, "\(Self.short(value)) is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A whole number of `range`, or nil for null.
    func optionalInteger(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        value(name) == .null ? nil : try integer(name, range)
    }

    /// A finite number.
    func real(_ name: String) throws -> Double {
        guard let number = value(name).number, number.isFinite else { throw fail(name, "\(Self.short(value(name))) is no number") }
        return number
    }

    func bool(_ name: String) throws -> Bool {
        guard let bool = value(name).bool else { throw fail(name, "\(Self.short(value(name))) is neither true nor false") }
        return bool
    }

    /// A list of whole numbers.
    func integers(_ name: String) throws -> [Int] {
        guard let elements = value(name).elements, elements.allSatisfy({ $0.integer != nil }) else {
            throw fail(name, "\(Self.short(value(name))) is no list of whole numbers")
        }
        return elements.compactMap(\.integer)
    }

    /// A token id of a vocabulary, or nil for null. A standard id that lies outside is none, as small models don't have it.
    func token(_ name: String, vocabulary: Int) throws -> Int32? { try tokens(name, vocabulary: vocabulary).first }

    /// One token id or a list of them; none for null.
    func tokens(_ name: String, vocabulary: Int) throws -> [Int32] {
        let value = value(name)
        guard value != .null else { return [] }
        let elements = value.elements ?? [value]
        guard has(name) || elements.allSatisfy({ $0.integer.map((0..<vocabulary).contains) ?? false }) else { return [] }
        return try elements.map { element in
            guard let id = element.integer, (0..<vocabulary).contains(id) else {
                throw fail(name, "\(Self.short(element)) is no token of the vocabulary of \(vocabulary)")
            }
            return Int32(id)
        }
    }

    /// A value for a message: one line, not too long.
    private static func short(_ value: JSONValue) -> String {
        let text = value.text
        return text.count <= 60 ? text : text.prefix(57) + "…"
    }

    private static func list(_ values: [JSONValue]) -> String { values.map(\.text).joined(separator: " or ") }
}

extension String {
    /// Without `suffix` at its end.
    fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
