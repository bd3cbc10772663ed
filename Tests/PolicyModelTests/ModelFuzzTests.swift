import Foundation
import PolicyModel
import Safetensors
import TestSupport
import Testing

/// Model folders whose files were damaged or forged: loaded or refused, never a crash, and never more memory than the files hold.
@Suite("forged model folders")
struct ModelFuzzTests {
    private final class Copy {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-forged-\(UUID())")

        init(_ name: String) throws {
            try FileManager.default.copyItem(at: Bundle.module.bundleURL.appending(path: "Fixtures/\(name)"), to: folder)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: folder.appending(path: name))) }
        func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: folder.appending(path: name)) }
        var loads: Bool { (try? PolicyFolder.load(folder)) != nil }
    }

    @Test("config.json with any number in any place, or damaged", arguments: ["text_tiny/qwen2", "text_tiny/llama", "qwen2_5_vl_tiny"])
    func configurations(_ name: String) throws {
        let copy = try Copy(name)
        let sound = String(decoding: try copy.bytes("config.json"), as: UTF8.self)
        #expect(copy.loads)
        var texts = ExtremeNumbers.texts(of: sound).map(\.text)
        for seed in 0..<FuzzEffort.count(100) {
            var damage = Damage(seed: UInt64(seed))
            texts.append(damage.done(toJSON: sound))
        }
        var refused = 0
        for text in texts {
            // The file alone first: what it says must be bounded before anybody looks at weights.
            guard (try? ModelConfiguration(json: Data(text.utf8), source: "config.json")) != nil else {
                refused += 1
                continue
            }
            try copy.write(Array(text.utf8), "config.json")
            if !copy.loads { refused += 1 }
        }
        #expect(refused > texts.count / 4 && refused < texts.count)
    }

    @Test("weights whose head or data were damaged")
    func weights() throws {
        let copy = try Copy("text_tiny/llama")
        let sound = try copy.bytes("model.safetensors")
        let length = 8 + sound.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var refused = 0
        let count = FuzzEffort.count(80)
        for seed in 0..<count {
            var damage = Damage(seed: UInt64(seed))
            try copy.write(damage.done(to: sound, head: seed % 2 == 0 ? 64 : length), "model.safetensors")
            if !copy.loads { refused += 1 }
        }
        #expect(refused > count / 2)
    }
}
