import CCrypto

/// SHA-256 (FIPS 180-4), fed in pieces.
///
/// Raw bytes go in as they are. Integers go in little-endian at their own width; strings and arrays after their count (8 bytes), so that
/// neighbouring fields can't run into each other.
package struct SHA256 {
    /// The digest's length in bytes.
    package static let byteCount = 32

    private var context = Context()

    /// The digest of nothing yet.
    package init() {}

    /// Feeds bytes as they are.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
        let status = EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count)
        precondition(status == 1, "libcrypto refused \(bytes.count) bytes of SHA-256 input")
    }

    /// Feeds an integer, little-endian, at its own width. Spell the width out: `Int` is 8 bytes on every supported host.
    package mutating func update(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { update($0) }
    }

    /// Feeds the bit pattern of a number.
    package mutating func update(_ value: Float) { update(value.bitPattern) }

    /// Feeds the bit pattern of a number.
    package mutating func update(_ value: Double) { update(value.bitPattern) }

    /// Feeds the count of the UTF-8 bytes as 8 bytes, then these.
    package mutating func update(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            update(UInt64(utf8.count))
            update(UnsafeRawBufferPointer(utf8))
        }
    }

    /// Feeds the count as 8 bytes, then each integer.
    package mutating func update<Integer: FixedWidthInteger>(_ values: [Integer]) {
        update(UInt64(values.count))
        if Integer.bitWidth == 8 || 1.littleEndian == 1 {
            values.withUnsafeBytes { update($0) }
        } else {
            for value in values { update(value) }
        }
    }

    /// Feeds the count as 8 bytes, then the bit pattern of each number.
    package mutating func update(_ values: [Float]) {
        update(values.map(\.bitPattern))
    }

    /// The digest of all bytes so far, 32 bytes. More may follow.
    package func finalize() -> [UInt8] {
        let last = Context(copying: context)
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        var length: UInt32 = 0
        let status = EVP_DigestFinal_ex(last.pointer, &digest, &length)
        precondition(status == 1 && length == UInt32(Self.byteCount), "libcrypto gave \(length) bytes of SHA-256")
        return digest
    }

    /// The digest of all bytes so far as 64 lower-case hexadecimal digits.
    package var hex: String { Self.hex(finalize()) }

    /// The digest of one buffer as it is.
    package static func digest(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }

    /// The digest of the UTF-8 bytes of a text, without a count, as 64 hexadecimal digits: what `sha256sum` prints for such a file.
    package static func hex(ofText text: String) -> String {
        var text = text
        return text.withUTF8 { hex(digest(of: UnsafeRawBufferPointer($0))) }
    }

    /// Bytes as lower-case hexadecimal digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Owns libcrypto's state. The preconditions hold unless memory is out: SHA-256 is in every build of the library.
    private final class Context {
        let pointer: OpaquePointer

        init() {
            guard let pointer = EVP_MD_CTX_new(), EVP_DigestInit_ex(pointer, EVP_sha256(), nil) == 1 else {
                preconditionFailure("libcrypto can't start SHA-256")
            }
            self.pointer = pointer
        }

        init(copying other: Context) {
            guard let pointer = EVP_MD_CTX_new(), EVP_MD_CTX_copy_ex(pointer, other.pointer) == 1 else {
                preconditionFailure("libcrypto can't copy the state of SHA-256")
            }
            self.pointer = pointer
        }

        deinit { EVP_MD_CTX_free(pointer) }
    }
}
