/// Writes GGUF files for tests as the format's description has it: sound ones, and unsound ones by its knobs.
package struct GGUFBuilder {
    /// A metadata value.
    package enum Value {
        case uint32(UInt32)
        case uint64(UInt64)
        case float32(Float)
        case bool(Bool)
        case string(String)
        case strings([String])
        case int32s([Int32])
        /// A type's number and the bytes behind it, whatever they are.
        case raw(type: UInt32, bytes: [UInt8])
    }

    /// A tensor with the file's order of extents: innermost first.
    package struct Tensor {
        package var name: String
        package var extents: [UInt64]
        package var type: UInt32
        package var bytes: [UInt8]
        /// Where the data begin; nil for behind the tensor before.
        package var offset: UInt64?

        package init(_ name: String, extents: [UInt64], type: UInt32, bytes: [UInt8], offset: UInt64? = nil) {
            self.name = name
            self.extents = extents
            self.type = type
            self.bytes = bytes
            self.offset = offset
        }

        /// An F32 tensor with row-major `shape`.
        package init(_ name: String, shape: [Int], floats: [Float]) {
            self.init(
                name, extents: shape.reversed().map { UInt64($0) }, type: 0, bytes: floats.flatMap { GGUFBuilder.bytes($0.bitPattern) })
        }
    }

    package var magic: UInt32 = 0x4655_4747
    package var version: UInt32 = 3
    package var metadata: [(key: String, value: Value)] = []
    package var tensors: [Tensor] = []
    /// Claims that differ from what follows; nil for the truth.
    package var claimedTensorCount: UInt64?
    package var claimedEntryCount: UInt64?

    package init() {}

    /// Sets or replaces an entry.
    package mutating func set(_ key: String, _ value: Value?) {
        metadata.removeAll { $0.key == key }
        if let value { metadata.append((key, value)) }
    }

    /// The file.
    package func file() -> [UInt8] {
        var file = Self.bytes(magic) + Self.bytes(version)
        file += Self.bytes(claimedTensorCount ?? UInt64(tensors.count)) + Self.bytes(claimedEntryCount ?? UInt64(metadata.count))
        for (key, value) in metadata { file += Self.string(key) + Self.value(value) }
        var offset: UInt64 = 0
        for tensor in tensors {
            file += Self.string(tensor.name) + Self.bytes(UInt32(tensor.extents.count)) + tensor.extents.flatMap(Self.bytes)
            file += Self.bytes(tensor.type) + Self.bytes(tensor.offset ?? offset)
            offset += UInt64(Self.padded(tensor.bytes.count))
        }
        for tensor in tensors {
            file += [UInt8](repeating: 0, count: Self.padded(file.count) - file.count) + tensor.bytes
        }
        return file
    }

    private static func padded(_ count: Int) -> Int { (count + 31) / 32 * 32 }

    /// Little-endian bytes.
    package static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    package static func string(_ text: String) -> [UInt8] { bytes(UInt64(text.utf8.count)) + Array(text.utf8) }

    private static func value(_ value: Value) -> [UInt8] {
        switch value {
        case .uint32(let number): bytes(UInt32(4)) + bytes(number)
        case .float32(let number): bytes(UInt32(6)) + bytes(number.bitPattern)
        case .bool(let bool): bytes(UInt32(7)) + [bool ? 1 : 0]
        case .string(let text): bytes(UInt32(8)) + string(text)
        case .uint64(let number): bytes(UInt32(10)) + bytes(number)
        case .strings(let texts): bytes(UInt32(9)) + bytes(UInt32(8)) + bytes(UInt64(texts.count)) + texts.flatMap(string)
        case .int32s(let numbers): bytes(UInt32(9)) + bytes(UInt32(5)) + bytes(UInt64(numbers.count)) + numbers.flatMap { bytes($0) }
        case .raw(let type, let raw): bytes(type) + raw
        }
    }
}
