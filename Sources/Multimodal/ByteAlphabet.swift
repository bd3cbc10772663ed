/// GPT-2's alphabet: each byte is written as one printable character in `tokenizer.json`.
///
/// Printable Latin-1 bytes stand for themselves; the other 68, in order, are U+0100, U+0101, …
/// Source: `bytes_to_unicode` of GPT-2's encoder.py.
enum ByteAlphabet {
    /// The character of each byte.
    static let scalars: [UInt16] = {
        var next: UInt16 = 0x100
        return (0..<256).map { byte in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return UInt16(byte)
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    /// The byte of each character below U+0144; -1 where there is none.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// Appends the bytes that `written` (UTF-8) stands for to `output`.
    ///
    /// - Returns: false, with nothing appended, if a character isn't in the alphabet.
    static func decode(_ written: UnsafeBufferPointer<UInt8>, appendingTo output: inout [UInt8]) -> Bool {
        let table = bytes
        let start = output.count
        var index = 0
        while index < written.count {
            var scalar = Int(written[index])
            index += 1
            if scalar >= 0x80 {
                // The alphabet ends at U+0143: two bytes at most.
                guard scalar & 0xE0 == 0xC0, index < written.count else {
                    output.removeLast(output.count - start)
                    return false
                }
                scalar = (scalar & 0x1F) << 6 | Int(written[index]) & 0x3F
                index += 1
            }
            guard scalar < table.count, table[scalar] >= 0 else {
                output.removeLast(output.count - start)
                return false
            }
            output.append(UInt8(table[scalar]))
        }
        return true
    }

    /// `bytes` as the alphabet writes them.
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var written = String.UnicodeScalarView()
        for byte in bytes {
            if let scalar = Unicode.Scalar(scalars[Int(byte)]) { written.append(scalar) }
        }
        return String(written)
    }
}
