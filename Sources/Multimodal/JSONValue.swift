/// A JSON value as a tree; members keep the file's order.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Equatable {
        let key: String
        let value: JSONValue
    }

    /// Parses a whole file; `name` stands in errors.
    init(parsing bytes: [UInt8], name: String) throws {
        var reader = JSONReader(bytes, name: name)
        try self.init(&reader)
        try reader.readEnd()
    }

    /// Reads the next value of `reader`.
    init(_ reader: inout JSONReader) throws {
        switch reader.peek() {
        case 0x7B:
            var members: [Member] = []
            try reader.readObject { key, reader in members.append(Member(key: key, value: try JSONValue(&reader))) }
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
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    var string: String? {
        guard case .string(let string) = self else { return nil }
        return string
    }

    var bool: Bool? {
        guard case .bool(let bool) = self else { return nil }
        return bool
    }

    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    /// The number, if it is a whole one.
    var integer: Int? { number.flatMap { Int(exactly: $0) } }

    var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The elements of an array that holds numbers alone.
    var numbers: [Double]? {
        guard let elements else { return nil }
        let numbers = elements.compactMap(\.number)
        return numbers.count == elements.count ? numbers : nil
    }
}
