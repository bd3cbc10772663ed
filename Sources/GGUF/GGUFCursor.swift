/// Reads the header's little-endian fields one after the other, each only if the file has it.
struct GGUFCursor {
    let bytes: UnsafeRawBufferPointer
    let path: String
    /// The byte that is read next, counted from the start of the file.
    private(set) var position = 0

    /// The longest key or tensor name, in bytes: the format's own bound for keys.
    static let maximumNameByteCount = 1 << 16
    /// The longest single string value, in bytes. Chat templates and licences are the longest in practice: some 10 kB.
    static let maximumStringByteCount = 1 << 24

    init(_ bytes: UnsafeRawBufferPointer, path: String) {
        self.bytes = bytes
        self.path = path
    }

    var remaining: Int { bytes.count - position }

    /// The next `Field`; `what` names it if the file ends before.
    mutating func next<Field: FixedWidthInteger>(_: Field.Type, _ what: @autoclosure () -> String) throws(GGUFError) -> Field {
        let range = try skip(MemoryLayout<Field>.size, what())
        return Field(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Field.self))
    }

    /// Steps over `count` bytes and says where they stood.
    @discardableResult
    mutating func skip(_ count: Int, _ what: @autoclosure () -> String) throws(GGUFError) -> Range<Int> {
        guard count <= remaining else {
            throw GGUFError(.truncated, path: path, "the file ends at byte \(bytes.count), inside \(what())")
        }
        defer { position += count }
        return position..<(position + count)
    }

    /// A length that must not exceed `limit`.
    mutating func length(upTo limit: Int, _ what: @autoclosure () -> String) throws(GGUFError) -> Int {
        let length = try next(UInt64.self, what())
        guard length <= UInt64(limit) else {
            throw GGUFError(.invalidHeader, path: path, "\(what()): a length of \(length) exceeds the bound of \(limit)")
        }
        return Int(length)
    }

    /// A string: its length in bytes, then UTF-8.
    mutating func string(upTo limit: Int, _ what: @autoclosure () -> String) throws(GGUFError) -> String {
        let range = try skip(try length(upTo: limit, what()), what())
        guard let string = String(validating: bytes[range], as: UTF8.self) else {
            throw GGUFError(.invalidHeader, path: path, "\(what()) is not UTF-8")
        }
        return string
    }

    /// The value of a metadata entry.
    mutating func value(of type: GGUFValueType, _ what: @autoclosure () -> String) throws(GGUFError) -> GGUFValue {
        switch type {
        case .uint8: return .integer(Int(try next(UInt8.self, what())))
        case .int8: return .integer(Int(try next(Int8.self, what())))
        case .uint16: return .integer(Int(try next(UInt16.self, what())))
        case .int16: return .integer(Int(try next(Int16.self, what())))
        case .uint32: return .integer(Int(try next(UInt32.self, what())))
        case .int32: return .integer(Int(try next(Int32.self, what())))
        case .int64: return .integer(Int(try next(Int64.self, what())))
        case .uint64:
            let number = try next(UInt64.self, what())
            guard let value = Int(exactly: number) else {
                throw GGUFError(.invalidHeader, path: path, "\(what()): \(number) is too large")
            }
            return .integer(value)
        case .float32: return .real(Double(Float(bitPattern: try next(UInt32.self, what()))))
        case .float64: return .real(Double(bitPattern: try next(UInt64.self, what())))
        case .bool:
            let byte = try next(UInt8.self, what())
            guard byte <= 1 else { throw GGUFError(.invalidHeader, path: path, "\(what()): a truth value of \(byte)") }
            return .bool(byte == 1)
        case .string: return .string(try string(upTo: Self.maximumStringByteCount, what()))
        case .array: return .array(try array(what()))
        }
    }

    /// Steps over an array: type, count, elements.
    private mutating func array(_ what: @autoclosure () -> String) throws(GGUFError) -> GGUFArray {
        let number = try next(UInt32.self, what())
        guard let type = GGUFValueType(rawValue: number), type != .array else {
            throw GGUFError(.invalidHeader, path: path, "\(what()): an array of values of type \(number) is not allowed")
        }
        // Each element takes bytes, so a count beyond the file's bytes is known to be false before anything is done with it.
        let count = try length(upTo: remaining, what())
        let start = position
        if let size = type.byteCount {
            guard count <= remaining / size else {
                throw GGUFError(.truncated, path: path, "the file ends at byte \(bytes.count), inside \(what())")
            }
            try skip(count * size, what())
        } else {
            for _ in 0..<count { try skip(try length(upTo: Self.maximumStringByteCount, what()), what()) }
        }
        return GGUFArray(elementType: type, count: count, byteRange: start..<position)
    }
}
