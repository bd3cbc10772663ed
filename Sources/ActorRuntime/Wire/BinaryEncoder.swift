/// Writes `Encodable` values as bytes by position: no keys, no type names; both ends run the same build.
///
/// Integers and floats little-endian in their own width, `Int` in 64 bits, `Bool` one byte; strings and arrays behind a 32-bit
/// count; an optional behind a presence byte; dictionaries as counted pairs; the case of an enum with payload by name. Arrays of
/// numbers are one copy. A hand-written `encodeNil` is refused (`Optional` itself is fine).
package enum BinaryCoder {
    /// Encodes one value.
    ///
    /// - Throws: `EncodingError`, or what the value's own `encode(to:)` throws.
    package static func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        let encoder = PositionalEncoder()
        try encoder.encode(value)
        return encoder.writer.bytes
    }

    /// Decodes one value that takes up all of `bytes`. Bytes of any origin are safe: counts, depth and text are checked.
    ///
    /// - Throws: `DecodingError`, or what the value's own `init(from:)` throws.
    package static func decode<T: Decodable>(
        _ type: T.Type = T.self, from bytes: [UInt8], userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws -> T {
        let decoder = PositionalDecoder(ByteReader(bytes), userInfo: userInfo)
        let value = try decoder.decode(type)
        guard decoder.reader.remaining == 0 else { throw decoder.corrupt("\(decoder.reader.remaining) bytes too many") }
        return value
    }
}

/// Values whose own `Codable` form needs keys or nil marks, which a positional coder has not: they are written by rules of ours.
protocol PositionallyEncodable { func encode(positionally encoder: PositionalEncoder) throws }

extension Optional: PositionallyEncodable where Wrapped: Encodable {
    func encode(positionally encoder: PositionalEncoder) throws {
        switch self {
        case .none: encoder.writer.write(UInt8(0))
        case .some(let value):
            encoder.writer.write(UInt8(1))
            try encoder.encode(value)
        }
    }
}

extension Dictionary: PositionallyEncodable where Key: Encodable, Value: Encodable {
    func encode(positionally encoder: PositionalEncoder) throws {
        encoder.writer.write(UInt32(count))
        for (key, value) in self {
            try encoder.encode(key)
            try encoder.encode(value)
        }
    }
}

final class PositionalEncoder: Encoder {
    var writer = ByteWriter()
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedWriter<Key>(encoder: self))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { UnkeyedWriter(encoder: self) }
    func singleValueContainer() -> any SingleValueEncodingContainer { SingleValueWriter(encoder: self) }

    func encode<T: Encodable>(_ value: T) throws {
        // Compared by type, never by a cast of the value: casts see through optionals and between arrays.
        let type = T.self
        if type == [UInt8].self, let value = value as? [UInt8] { return writer.write(counted: value) }
        if type == String.self, let value = value as? String { return writer.write(value) }
        if type == Int.self, let value = value as? Int { return writer.write(Int64(value)) }
        if type == Bool.self, let value = value as? Bool { return writer.write(UInt8(value ? 1 : 0)) }
        if type == Float.self, let value = value as? Float { return writer.write(value.bitPattern) }
        if type == Double.self, let value = value as? Double { return writer.write(value.bitPattern) }
        if type == [Float].self, let value = value as? [Float] { return write(array: value) }
        if type == [Int32].self, let value = value as? [Int32] { return write(array: value) }
        if type == [Int].self, let value = value as? [Int] { return write(array: value) }
        if type == [UInt32].self, let value = value as? [UInt32] { return write(array: value) }
        if type == [Double].self, let value = value as? [Double] { return write(array: value) }
        if type == [UInt64].self, let value = value as? [UInt64] { return write(array: value) }
        if type == UInt.self, let value = value as? UInt { return writer.write(UInt64(value)) }
        if type == Int8.self, let value = value as? Int8 { return writer.write(value) }
        if type == Int16.self, let value = value as? Int16 { return writer.write(value) }
        if type == Int32.self, let value = value as? Int32 { return writer.write(value) }
        if type == Int64.self, let value = value as? Int64 { return writer.write(value) }
        if type == UInt8.self, let value = value as? UInt8 { return writer.write(value) }
        if type == UInt16.self, let value = value as? UInt16 { return writer.write(value) }
        if type == UInt32.self, let value = value as? UInt32 { return writer.write(value) }
        if type == UInt64.self, let value = value as? UInt64 { return writer.write(value) }
        if type is any PositionallyEncodable.Type, let value = value as? any PositionallyEncodable {
            return try value.encode(positionally: self)
        }
        try value.encode(to: self)
    }

    private func write<T: BitwiseCopyable>(array: [T]) {
        writer.write(UInt32(truncatingIfNeeded: array.count))
        array.withUnsafeBytes { writer.bytes.append(contentsOf: $0) }
    }

    func refuseNil() -> EncodingError {
        EncodingError.invalidValue(
            Optional<Int>.none as Any,
            EncodingError.Context(codingPath: [], debugDescription: "encodeNil has no positional form; encode the optional itself"))
    }
}

private struct SingleValueWriter: SingleValueEncodingContainer {
    let encoder: PositionalEncoder
    var codingPath: [any CodingKey] { [] }
    func encodeNil() throws { throw encoder.refuseNil() }
    func encode<T: Encodable>(_ value: T) throws { try encoder.encode(value) }
}

/// Its count stands in front and is patched as elements come.
private struct UnkeyedWriter: UnkeyedEncodingContainer {
    let encoder: PositionalEncoder
    let countOffset: Int
    var count = 0
    var codingPath: [any CodingKey] { [] }

    init(encoder: PositionalEncoder) {
        self.encoder = encoder
        countOffset = encoder.writer.bytes.count
        encoder.writer.write(UInt32(0))
    }

    private mutating func countOne() {
        count += 1
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).littleEndian) { bytes in
            for (index, byte) in bytes.enumerated() { encoder.writer.bytes[countOffset + index] = byte }
        }
    }

    mutating func encodeNil() throws { throw encoder.refuseNil() }
    mutating func encode<T: Encodable>(_ value: T) throws {
        countOne()
        try encoder.encode(value)
    }
    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        countOne()
        return encoder.container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        countOne()
        return encoder.unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder {
        countOne()
        return encoder
    }
}

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: PositionalEncoder
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) throws { throw encoder.refuseNil() }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder.encode(value) }

    // An enum's case is its only key: nested containers are where a key's name is written.
    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        encoder.writer.write(key.stringValue)
        return encoder.container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder.writer.write(key.stringValue)
        return encoder.unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { encoder }
    mutating func superEncoder(forKey key: Key) -> any Encoder { encoder }

    // The defaults write nothing for nil, so that the reader could not tell: each overload writes the presence byte.
    private mutating func present<T: Encodable>(_ value: T?) throws { try value.encode(positionally: encoder) }
    mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try present(value) }
    mutating func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try present(value) }
}
