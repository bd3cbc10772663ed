/// The deepest nesting of values that is decoded: deeper bytes are hostile, and recursion must end before the stack does.
let maximumDecodingDepth = 64

/// Counterpart of `PositionallyEncodable`.
protocol PositionallyDecodable { static func decode(positionally decoder: PositionalDecoder) throws -> Self }

extension Optional: PositionallyDecodable where Wrapped: Decodable {
    static func decode(positionally decoder: PositionalDecoder) throws -> Self {
        try decoder.readFlag() ? .some(decoder.decode(Wrapped.self)) : .none
    }
}

extension Dictionary: PositionallyDecodable where Key: Decodable, Value: Decodable {
    static func decode(positionally decoder: PositionalDecoder) throws -> Self {
        let count = try decoder.checked { (reader) throws(WireError) in try reader.readCount(unit: 1) }
        var result: Self = [:]
        for _ in 0..<count {
            let key = try decoder.decode(Key.self)
            guard result.updateValue(try decoder.decode(Value.self), forKey: key) == nil else {
                throw decoder.corrupt("a dictionary with a key twice")
            }
        }
        return result
    }
}

/// Reads what `PositionalEncoder` wrote; throws `DecodingError` on anything else.
final class PositionalDecoder: Decoder {
    var reader: ByteReader
    let sendableUserInfo: [CodingUserInfoKey: any Sendable]
    private var depth = 0
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { sendableUserInfo }

    init(_ reader: ByteReader, userInfo: [CodingUserInfoKey: any Sendable]) {
        self.reader = reader
        sendableUserInfo = userInfo
    }

    func corrupt(_ what: String) -> DecodingError {
        DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: what))
    }

    func checked<T>(_ read: (inout ByteReader) throws(WireError) -> T) throws -> T {
        do { return try read(&reader) } catch { throw corrupt(error.description) }
    }

    func readFlag() throws -> Bool {
        switch try integer(UInt8.self) {
        case 0: return false
        case 1: return true
        case let other: throw corrupt("\(other) where 0 or 1 is expected, at offset \(reader.offset - 1)")
        }
    }

    private func integer<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) throws -> T {
        try checked { (reader) throws(WireError) in try reader.read(type) }
    }

    private func array<T: BitwiseCopyable>(_ type: T.Type) throws -> [T] {
        try checked { (reader) throws(WireError) in
            let count = try reader.readCount(unit: MemoryLayout<T>.stride)
            return try reader.readArray(of: type, count: count)
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(KeyedReader<Key>(decoder: self))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try UnkeyedReader(decoder: self) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleValueReader(decoder: self) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // The value has the type by the case that made it; a mismatch cannot come from outside.
        func same<V>(_ value: V) throws -> T {
            guard let value = value as? T else { throw corrupt("\(V.self) where \(T.self) is expected") }
            return value
        }
        if type == Bool.self { return try same(readFlag()) }
        if type == String.self { return try same(checked { (reader) throws(WireError) in try reader.readString() }) }
        if type == Int.self { return try same(Int(integer(Int64.self))) }
        if type == UInt.self { return try same(UInt(integer(UInt64.self))) }
        if type == Int8.self { return try same(integer(Int8.self)) }
        if type == Int16.self { return try same(integer(Int16.self)) }
        if type == Int32.self { return try same(integer(Int32.self)) }
        if type == Int64.self { return try same(integer(Int64.self)) }
        if type == UInt8.self { return try same(integer(UInt8.self)) }
        if type == UInt16.self { return try same(integer(UInt16.self)) }
        if type == UInt32.self { return try same(integer(UInt32.self)) }
        if type == UInt64.self { return try same(integer(UInt64.self)) }
        if type == Float.self { return try same(Float(bitPattern: integer(UInt32.self))) }
        if type == Double.self { return try same(Double(bitPattern: integer(UInt64.self))) }
        if type == [UInt8].self { return try same(array(UInt8.self)) }
        if type == [Int32].self { return try same(array(Int32.self)) }
        if type == [UInt32].self { return try same(array(UInt32.self)) }
        if type == [Float].self { return try same(array(Float.self)) }
        if type == [Double].self { return try same(array(Double.self)) }
        if type == [Int].self { return try same(array(Int.self)) }
        if type == [UInt64].self { return try same(array(UInt64.self)) }
        guard depth < maximumDecodingDepth else { throw corrupt("values nested deeper than \(maximumDecodingDepth)") }
        depth += 1
        defer { depth -= 1 }
        if let positional = type as? any PositionallyDecodable.Type { return try same(positional.decode(positionally: self)) }
        return try T(from: self)
    }
}

private struct SingleValueReader: SingleValueDecodingContainer {
    let decoder: PositionalDecoder
    var codingPath: [any CodingKey] { [] }
    func decodeNil() -> Bool { false }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
    let decoder: PositionalDecoder
    let count: Int?
    var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var isAtEnd: Bool { currentIndex >= (count ?? 0) }

    init(decoder: PositionalDecoder) throws {
        self.decoder = decoder
        // Elements may be empty (1,024 of them at most); all others take a byte at least.
        count = try decoder.checked { (reader) throws(WireError) in try reader.readCount(unit: 1, slack: 1024) }
    }

    private mutating func next() throws {
        guard !isAtEnd else { throw decoder.corrupt("more than \(currentIndex) elements are read") }
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool { false }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try next()
        return try decoder.decode(type)
    }
    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try next()
        return try decoder.container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next()
        return try decoder.unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder {
        try next()
        return decoder
    }
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: PositionalDecoder
    var codingPath: [any CodingKey] { [] }

    /// The one key that is written, the case of an enum; empty where the bytes name none.
    var allKeys: [Key] {
        var ahead = decoder.reader
        guard let name = try? ahead.readString(), let key = Key(stringValue: name) else { return [] }
        return [key]
    }
    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { throw decoder.corrupt("decodeNil has no positional form (key \(key.stringValue))") }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder.decode(type) }

    private func expect(_ key: Key) throws {
        let name = try decoder.checked { (reader) throws(WireError) in try reader.readString() }
        guard name == key.stringValue else { throw decoder.corrupt("key \(name.prefix(64)) where \(key.stringValue) is expected") }
    }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try expect(key)
        return try decoder.container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try expect(key)
        return try decoder.unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: Key) throws -> any Decoder { decoder }

    private func present<T: Decodable>(_ type: T.Type) throws -> T? { try decoder.decode(T?.self) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(type) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try present(type) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try present(type) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try present(type) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try present(type) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try present(type) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try present(type) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try present(type) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try present(type) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try present(type) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try present(type) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try present(type) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try present(type) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try present(type) }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { try present(type) }
}
