/// Appends little-endian values to a byte array.
struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func write<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes a byte count (32 bits) and the bytes.
    mutating func write(counted block: [UInt8]) {
        write(UInt32(truncatingIfNeeded: block.count))
        bytes.append(contentsOf: block)
    }

    /// Writes a string as UTF-8 behind its byte count (32 bits).
    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            write(UInt32(truncatingIfNeeded: utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }
}

/// Bytes that break the rules of the wire; says where and which rule.
struct WireError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Reads little-endian values from bytes of any origin: every read is checked against what is left.
struct ByteReader {
    let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, from: 0, to: bytes.count) }

    init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        offset = start
        self.end = end
    }

    var remaining: Int { end - offset }

    mutating func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type = T.self) throws(WireError) -> T {
        let size = MemoryLayout<T>.size
        guard remaining >= size else { throw WireError("\(size) bytes expected at offset \(offset), \(remaining) left") }
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
        offset += size
        return T(littleEndian: value)
    }

    /// Reads a count of things that take at least `unit` bytes each (0: may be empty), refusing more than can be there.
    mutating func readCount(unit: Int, slack: Int = 0) throws(WireError) -> Int {
        let count = Int(try read(UInt32.self))
        guard count <= slack || count <= (remaining + slack) / max(unit, 1) else {
            throw WireError("a count of \(count) at offset \(offset - 4), with \(remaining) bytes left")
        }
        return count
    }

    /// The bounds of a counted block, which is skipped.
    mutating func readBlock() throws(WireError) -> Range<Int> {
        let count = try readCount(unit: 1)
        let range = offset..<offset + count
        offset += count
        return range
    }

    mutating func readBytes() throws(WireError) -> [UInt8] { Array(bytes[try readBlock()]) }

    mutating func readString() throws(WireError) -> String {
        let start = offset
        guard let text = String(validating: bytes[try readBlock()], as: UTF8.self) else {
            throw WireError("a string at offset \(start) that is not UTF-8")
        }
        return text
    }

    /// Reads `count` values by one copy. The caller has checked the count with `readCount`.
    mutating func readArray<T: BitwiseCopyable>(of type: T.Type, count: Int) throws(WireError) -> [T] {
        let size = count * MemoryLayout<T>.stride
        guard remaining >= size else { throw WireError("\(size) bytes expected at offset \(offset), \(remaining) left") }
        let values = [T](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + size]))
            }
            initialized = count
        }
        offset += size
        return values
    }
}
