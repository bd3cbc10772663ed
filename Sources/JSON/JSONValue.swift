/// A JSON value as a tree; members keep the text's order.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One key and its value.
    package struct Member: Hashable, Sendable {
        package let key: String
        package let value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// Parses a whole text; `name` stands in errors.
    ///
    /// - Throws: ``JSONError``.
    package init(parsing bytes: [UInt8], name: String, rules: JSONRules = .lenient) throws(JSONError) {
        var reader = JSONReader(bytes, name: name, rules: rules)
        do {
            try self.init(&reader)
            try reader.readEnd()
        } catch let error as JSONError {
            throw error
        } catch {
            throw reader.failure("\(error)")
        }
    }

    /// Parses a text of Percept's own, under strict rules.
    ///
    /// - Throws: ``JSONError``.
    package init(parsing text: String) throws(JSONError) { try self.init(parsing: Array(text.utf8), name: "JSON", rules: .strict) }

    /// Reads the next value of `reader`.
    package init(_ reader: inout JSONReader) throws {
        switch reader.peek() {
        case 0x7B:
            var members: [Member] = []
            try reader.readObject { key, reader in members.append(Member(key, try JSONValue(&reader))) }
            self = .object(members)
        case 0x5B:
            var elements: [JSONValue] = []
            try reader.readArray { reader in elements.append(try JSONValue(&reader)) }
            self = .array(elements)
        case 0x22: self = .string(try reader.readString())
        case 0x74, 0x66: self = .bool(try reader.readBool())
        case 0x6E:
            try reader.readNull()
            self = .null
        default: self = .number(try reader.readNumber())
        }
    }

    /// The member called `key` of an object (the last, as in Python), else nil.
    package subscript(key: String) -> JSONValue? { members?.last { $0.key == key }?.value }

    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    package var string: String? { if case .string(let string) = self { string } else { nil } }
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
    package var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// The number, if it is a whole one that `Double` holds exactly.
    package var integer: Int? { number.flatMap { abs($0) <= 0x1p53 ? Int(exactly: $0) : nil } }

    /// The elements of an array that holds numbers alone.
    package var numbers: [Double]? {
        guard let elements else { return nil }
        let numbers = elements.compactMap(\.number)
        return numbers.count == elements.count ? numbers : nil
    }
}
