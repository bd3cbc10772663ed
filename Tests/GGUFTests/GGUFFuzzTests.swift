import Foundation
import GGUF
import TestSupport
import Testing

/// GGUF files whose bytes were damaged: read or refused.
@Suite("forged GGUF files")
struct GGUFFuzzTests {
    private static var sound: [UInt8] {
        var builder = GGUFBuilder()
        builder.metadata = [
            ("general.architecture", .string("llama")), ("llama.block_count", .uint32(2)), ("llama.rope.freq_base", .float32(1e5)),
            ("tokenizer.ggml.tokens", .strings(["a", "b", "Ġc"])), ("tokenizer.ggml.token_type", .int32s([1, 1, 3])),
            ("some.size", .uint64(1 << 40)),
        ]
        builder.tensors = [
            .init("one", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]),
            .init("two", extents: [32, 2], type: 8, bytes: [UInt8](repeating: 1, count: 68)),
        ]
        return builder.file()
    }

    private static func read(_ path: String) throws(GGUFError) {
        let file = try GGUFFile(path: path)
        _ = try file.strings("tokenizer.ggml.tokens")
        _ = try file.integers("tokenizer.ggml.token_type")
        for tensor in file.header.tensors {
            let values = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.elementCount)
            defer { values.deallocate() }
            values.initialize(repeating: 0)
            try file.readFloats(of: tensor, 0..<tensor.elementCount, into: values)
        }
    }

    @Test("any damage is read around or named")
    func damaged() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID()).gguf").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let sound = Self.sound
        var refused = 0
        let count = FuzzEffort.count(600)
        for seed in 0..<count {
            var damage = Damage(seed: UInt64(seed))
            try Data(damage.done(to: sound, head: sound.count)).write(to: URL(filePath: path))
            do throws(GGUFError) { try Self.read(path) } catch {
                refused += 1
                #expect(error.description.hasPrefix(path), "seed \(seed): \(error)")
            }
        }
        #expect(refused > count / 4 && refused < count)
    }
}
