import Digests
import Testing

private func sha256(_ bytes: [UInt8]) -> String { SHA256.hex(bytes.withUnsafeBytes { SHA256.digest(of: $0) }) }

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "the examples of FIPS 180 come out",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func publishedVectors(text: String, expected: String) {
        #expect(SHA256.hex(ofText: text) == expected)
    }

    @Test("pieces of any size give the digest of the whole")
    func streaming() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for size in [1, 3, 63, 64, 65, 500] {
            var hash = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { hash.update($0) }
            }
            #expect(hash.hex == sha256(bytes))
        }
    }

    @Test("integers are little-endian at their width, strings and arrays follow their count")
    func fields() {
        var hash = SHA256()
        hash.update(UInt16(0x0102))
        hash.update("é")
        hash.update([Int32(-2), 3])
        hash.update(Float(1))
        let bytes: [UInt8] = [
            2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0xA9, 2, 0, 0, 0, 0, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF, 3, 0, 0, 0, 0, 0, 0x80, 0x3F,
        ]
        #expect(hash.hex == sha256(bytes))
    }

    @Test("text that moves from one field to its neighbour changes the digest")
    func boundaries() {
        var first = SHA256()
        first.update("ab")
        first.update("c")
        var second = SHA256()
        second.update("a")
        second.update("bc")
        #expect(first.hex != second.hex)
    }

    @Test("a copy goes its own way, and finalizing does not end the stream")
    func copies() {
        var hash = SHA256()
        "ab".utf8.withContiguousStorageIfAvailable { hash.update(UnsafeRawBufferPointer($0)) }
        let copy = hash
        let before = copy.hex
        "c".utf8.withContiguousStorageIfAvailable { hash.update(UnsafeRawBufferPointer($0)) }
        #expect(copy.hex == before)
        #expect(before == SHA256.hex(ofText: "ab"))
        #expect(hash.hex == SHA256.hex(ofText: "abc"))
    }
}

@Suite("CRC-32C")
struct CRC32CTests {
    private func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum(of: $0) } }

    @Test("the examples of RFC 3720, section B.4, come out")
    func publishedVectors() {
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(crc((0..<32).map { UInt8($0) }) == 0x46DD_794E)
        #expect(crc((0..<32).map { UInt8(31 - $0) }) == 0x113F_DB5C)
        #expect(crc(Array("123456789".utf8)) == 0xE306_9283)
        #expect(crc([]) == 0)
    }

    @Test("pieces of any size, at any alignment, give the checksum of the whole")
    func streaming() {
        let bytes = (0..<257).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 5) }
        for size in [1, 3, 7, 8, 9, 100] {
            var streamed = CRC32C()
            bytes.withUnsafeBytes { raw in
                for start in stride(from: 0, to: raw.count, by: size) {
                    streamed.update(UnsafeRawBufferPointer(rebasing: raw[start..<min(start + size, raw.count)]))
                }
            }
            #expect(streamed.checksum == crc(bytes))
        }
    }
}
