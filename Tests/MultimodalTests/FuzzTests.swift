import Foundation
import Multimodal
import TestSupport
import Testing
import Trajectories

/// Pictures and tokenizers whose files were damaged or forged.
@Suite("forged pictures and tokenizers")
struct FuzzTests {
    private static let pictureFiles = [
        "rgb.png", "palette-4bit.png", "grey16.png", "interlaced.png", "rgba.png", "baseline.jpg", "progressive.jpg", "cmyk.jpg",
    ]

    @Test("a damaged picture decodes within the limit or is refused by its name", arguments: pictureFiles)
    func pictures(_ name: String) throws {
        let sound = try Fixture.bytes("images/\(name)")
        var refused = 0
        let count = FuzzEffort.count(120)
        for seed in 0..<count {
            var damage = Damage(seed: UInt64(seed))
            let bytes = damage.done(to: sound, head: 96)
            _ = try? ImageHeader(decoding: bytes)
            do {
                let image = try RGBImage(decoding: bytes, name: name, pixelLimit: 1 << 22)
                #expect(image.pixels.count == image.width * image.height * 3 && image.width * image.height <= 1 << 22)
            } catch {
                refused += 1
                #expect("\(error)".contains(name), "seed \(seed): \(error)")
            }
        }
        #expect(refused > count / 8)
    }

    private static func encodes(_ tokenizer: Tokenizer) -> Bool {
        TokenizerTests.texts.allSatisfy { tokenizer.encode($0).count <= 64 * ($0.utf8.count + 64) }
    }

    @Test("a damaged tokenizer is refused, or encodes within bounds")
    func tokenizers() throws {
        let sound = String(decoding: try Fixture.bytes("qwen2_5_vl_tiny/tokenizer.json"), as: UTF8.self)
        var (read, refused) = (0, 0)
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-tokenizer-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "tokenizer.json")
        for seed in 0..<FuzzEffort.count(40) {
            var damage = Damage(seed: UInt64(seed))
            let bytes = seed % 4 == 0 ? damage.done(to: Array(sound.utf8), head: 2_000) : Array(damage.done(toJSON: sound).utf8)
            try Data(bytes).write(to: file)
            if let tokenizer = try? Tokenizer(contentsOf: file) {
                read += 1
                #expect(Self.encodes(tokenizer), "seed \(seed)")
            } else {
                refused += 1
            }
        }
        #expect(read + refused == FuzzEffort.count(40) && refused > 0)
    }

    @Test(
        "a normalizer that would make texts grow without bound is refused",
        arguments: [
            (
                #"{"type": "Sequence", "normalizers": [\#(Array(repeating: #"{"type": "Lowercase"}"#, count: 33).joined(separator: ","))]}"#,
                "33 steps"
            ),
            (
                #"{"type": "Sequence", "normalizers": [\#(Array(repeating: #"{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}"#, count: 30).joined(separator: ","))]}"#,
                "64 times"
            ),
            (#"{"type": "Replace", "pattern": {"String": "a"}, "content": "\#(String(repeating: "b", count: 65))"}"#, "64 times"),
            (#"{"type": "Prepend", "prepend": "\#(String(repeating: "b", count: 65))"}"#, "Prepend"),
        ])
    func normalizers(_ json: String, _ words: String) throws {
        var object = try #require(
            try JSONSerialization.jsonObject(with: Data(Fixture.bytes("qwen2_5_vl_tiny/tokenizer.json"))) as? [String: Any])
        object["normalizer"] = try JSONSerialization.jsonObject(with: Data(json.utf8))
        let file = FileManager.default.temporaryDirectory.appending(path: "percept-normalizer-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try JSONSerialization.data(withJSONObject: object).write(to: file)
        let error = #expect(throws: MultimodalError.self) { try Tokenizer(contentsOf: file) }
        #expect(error?.code == .tooLarge && "\(error.map { "\($0)" } ?? "")".contains(words))
    }
}
