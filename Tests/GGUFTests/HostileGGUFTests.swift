import Foundation
import GGUF
import TestSupport
import Testing

@Suite("GGUF files that nobody should trust")
struct HostileGGUFTests {
    /// A sound file with a bit of everything.
    private static func sound() -> GGUFBuilder {
        var builder = GGUFBuilder()
        builder.metadata = [
            ("general.architecture", .string("llama")), ("llama.block_count", .uint32(2)), ("llama.rope.freq_base", .float32(1e5)),
            ("tokenizer.ggml.add_bos_token", .bool(false)), ("tokenizer.ggml.tokens", .strings(["a", "b", "Ġc"])),
            ("tokenizer.ggml.token_type", .int32s([1, 1, 3])), ("some.size", .uint64(1 << 40)),
        ]
        builder.tensors = [
            .init("one", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]),
            .init("two", extents: [32, 2], type: 8, bytes: [UInt8](repeating: 1, count: 68)),
        ]
        return builder
    }

    private static func error(_ change: (inout GGUFBuilder) -> Void) throws -> GGUFError? {
        var builder = sound()
        change(&builder)
        return try error(of: builder.file())
    }

    private static func error(of bytes: [UInt8]) throws -> GGUFError? {
        var found: GGUFError?
        try withFile(bytes) { path in
            do throws(GGUFError) {
                try read(path)
            } catch {
                found = error
                #expect(error.description.hasPrefix(path))
            }
        }
        return found
    }

    /// Reads all that can be read.
    private static func read(_ path: String) throws(GGUFError) {
        let file = try GGUFFile(path: path)
        for key in ["tokenizer.ggml.tokens"] { _ = try file.strings(key) }
        for key in ["tokenizer.ggml.token_type"] { _ = try file.integers(key) }
        for tensor in file.header.tensors {
            let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.elementCount)
            defer { values.deallocate() }
            values.initialize(repeating: 0)
            try file.readFloats(of: tensor, 0..<tensor.elementCount, into: values)
        }
    }

    @Test("the sound file is read")
    func soundFile() throws { #expect(try Self.error { _ in } == nil) }

    /// A way to damage the file, what the error must be, and a word that it must say.
    struct Damage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let code: GGUFError.Code
        let word: String
        let change: @Sendable (inout GGUFBuilder) -> Void

        init(_ name: String, _ code: GGUFError.Code, _ word: String, _ change: @escaping @Sendable (inout GGUFBuilder) -> Void) {
            testDescription = name
            self.code = code
            self.word = word
            self.change = change
        }
    }

    static let damages: [Damage] = [
        Damage("another magic number", .invalidHeader, "GGUF") { $0.magic = 1 },
        Damage("version 1", .unsupported, "version 1") { $0.version = 1 },
        Damage("a big-endian file", .unsupported, "big-endian") { $0.version = UInt32(3).byteSwapped },
        Damage("more tensors than any file has", .invalidHeader, "tensors") { $0.claimedTensorCount = 1 << 60 },
        Damage("more entries than any file has", .invalidHeader, "entries") { $0.claimedEntryCount = .max },
        Damage("more entries than there are", .truncated, "ends") {
            $0.tensors = []
            $0.claimedEntryCount = 8
        },
        Damage("a key twice", .invalidHeader, "llama.block_count") { $0.metadata.append(("llama.block_count", .uint32(3))) },
        Damage("an unknown type of value", .invalidHeader, "type 13") { $0.set("x", .raw(type: 13, bytes: [0])) },
        Damage("an array of arrays", .invalidHeader, "array") { $0.set("x", .raw(type: 9, bytes: [9] + [UInt8](repeating: 0, count: 11))) },
        Damage("a truth value of 2", .invalidHeader, "truth") { $0.set("x", .raw(type: 7, bytes: [2])) },
        Damage("a string longer than the file", .truncated, "\"x\"") {
            $0.set("x", .raw(type: 8, bytes: GGUFBuilder.bytes(UInt64(1 << 20))))
        },
        Damage("a string of 2^64 - 1 bytes", .invalidHeader, "\"x\"") { $0.set("x", .raw(type: 8, bytes: GGUFBuilder.bytes(UInt64.max))) },
        Damage("a string that is not UTF-8", .invalidHeader, "UTF-8") {
            $0.set("x", .raw(type: 8, bytes: GGUFBuilder.bytes(UInt64(2)) + [0xC3, 0x28]))
        },
        Damage("an array of 2^62 numbers", .invalidHeader, "length") {
            $0.set("x", .raw(type: 9, bytes: GGUFBuilder.bytes(UInt32(10)) + GGUFBuilder.bytes(UInt64(1) << 62)))
        },
        Damage("an array with more numbers than bytes follow", .truncated, "\"x\"") {
            $0.set("x", .raw(type: 9, bytes: GGUFBuilder.bytes(UInt32(10)) + GGUFBuilder.bytes(UInt64(200))))
        },
        Damage("an array of strings that never end", .truncated, "\"x\"") {
            $0.set("x", .raw(type: 9, bytes: GGUFBuilder.bytes(UInt32(8)) + GGUFBuilder.bytes(UInt64(3)) + GGUFBuilder.bytes(UInt64(4000))))
        },
        Damage("a token that is not UTF-8", .invalidMetadata, "tokens[1]") {
            let tokens = GGUFBuilder.string("a") + GGUFBuilder.bytes(UInt64(1)) + [0xFF]
            $0.set("tokenizer.ggml.tokens", .raw(type: 9, bytes: GGUFBuilder.bytes(UInt32(8)) + GGUFBuilder.bytes(UInt64(2)) + tokens))
        },
        Damage("an alignment of 0", .invalidHeader, "alignment") { $0.set("general.alignment", .uint32(0)) },
        Damage("an alignment of 48", .invalidHeader, "alignment") { $0.set("general.alignment", .uint32(48)) },
        Damage("an alignment of 2 GiB", .invalidHeader, "alignment") { $0.set("general.alignment", .uint32(1 << 31)) },
        Damage("one part of several", .unsupported, "merge") { $0.set("split.count", .uint32(3)) },
        Damage("a tensor twice", .invalidTensor, "twice") { $0.tensors[1].name = "one" },
        Damage("tensors that overlap", .invalidTensor, "overlap") { $0.tensors[1].offset = 0 },
        Damage("a crooked offset", .invalidTensor, "multiple") { $0.tensors[1].offset = 33 },
        Damage("an offset beyond the file", .truncated, "\"two\"") { $0.tensors[1].offset = 1 << 20 },
        Damage("an offset of 2^64 - 32", .truncated, "\"two\"") { $0.tensors[1].offset = UInt64.max - 31 },
        Damage("a tensor that the file ends in", .truncated, "\"two\"") { $0.tensors[1].bytes.removeLast() },
        Damage("an unknown tensor type", .unsupported, "type 999") { $0.tensors[0].type = 999 },
        Damage("a tensor type that is not supported", .unsupported, "IQ2_XS") { $0.tensors[0].type = 17 },
        Damage("five extents", .invalidTensor, "5 extents") { $0.tensors[0].extents = [3, 2, 1, 1, 1] },
        Damage("300 extents", .invalidTensor, "300 extents") { $0.tensors[0].extents = [UInt64](repeating: 1, count: 300) },
        Damage("an extent of 0", .invalidTensor, "extent of 0") { $0.tensors[0].extents = [3, 0] },
        Damage("extents whose product overflows", .invalidTensor, "addressed") { $0.tensors[0].extents = [1 << 32, 1 << 32] },
        Damage("an extent of 2^63", .invalidTensor, "extent of") { $0.tensors[0].extents = [1 << 63] },
        Damage("bytes that overflow", .invalidTensor, "addressed") { $0.tensors[0].extents = [1 << 62] },
        Damage("a row that is no whole number of blocks", .invalidTensor, "multiple of 32") { $0.tensors[1].extents = [16, 4] },
        Damage("more elements than bytes", .truncated, "\"one\"") { $0.tensors[0].extents = [3, 2 << 20] },
    ]

    @Test("is refused, saying what and where", arguments: damages)
    func damage(_ damage: Damage) throws {
        let error = try #require(try Self.error(damage.change))
        #expect(error.code == damage.code, "\(error)")
        #expect(error.description.contains(damage.word), "\(error)")
    }

    @Test("a file cut anywhere is refused")
    func truncation() throws {
        let whole = Self.sound().file()
        for count in 0..<whole.count {
            let error = try Self.error(of: Array(whole.prefix(count)))
            #expect(error != nil, "\(count) of \(whole.count) bytes")
        }
    }

    @Test("no flipped bits crash the reader or make it take memory that the file doesn't warrant")
    func flips() throws {
        let whole = Self.sound().file()
        var state: UInt64 = 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for _ in 0..<4_000 {
            var bytes = whole
            for _ in 0...random(3) { bytes[random(bytes.count)] ^= UInt8(1 << random(8)) }
            if try Self.error(of: bytes) != nil { refused += 1 }
        }
        // Most of the file is header, whose every byte matters.
        #expect(refused > 2_000)
    }

    @Test("a folder, a missing and an empty file are refused")
    func noFile() throws {
        for path in ["/", "/nowhere/model.gguf"] {
            let error = #expect(throws: GGUFError.self) { _ = try GGUFFile(path: path) }
            #expect(error?.code == .unreadable)
        }
        #expect(try Self.error(of: [])?.code == .truncated)
    }
}
