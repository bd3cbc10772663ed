import Foundation
import Multimodal
import Testing

@Suite("Tokenizer training")
struct BPETrainerTests {
    /// The corpus from which Hugging Face's trainer made the tiny model's tokenizer.json.
    static let corpus = [
        "In the figure, triangle ABC has a right angle at C. If AB = 13 and BC = 5, find the length of AC.",
        "By the Pythagorean theorem, AC^2 = AB^2 - BC^2 = 169 - 25 = 144, so AC = 12. The answer is \\boxed{12}.",
        "As shown in the figure, points A, B and C lie on circle O, and angle AOB = 80 degrees. What is angle ACB?",
        "<think>\nThe inscribed angle is half of the central angle.\n</think>\n<answer>40</answer>",
        "What color is the square on the left? The square on the left is red. How many circles are there? There are 3.",
        "Let's think step by step. First, we compute the area of the triangle: \\frac{1}{2} \\times 6 \\times 8 = 24.",
        "You are a helpful assistant. Answer the question about the image with one word or one number.",
        "for i in range(10):\n    print(i * 2 + 1)\n# it's a test, we'll see what they've got\n",
        "如图，在三角形ABC中，角A等于60度，求角B的度数。答案：30度。", "0123456789 + - * / = ( ) [ ] { } < > , . ; : ' \" ! ? % $ # @ & _ ~ ` | \\ ^",
    ]

    @Test("the file is Hugging Face's, byte for byte")
    func huggingFaceGolden() throws {
        let trained = try BPETrainer(vocabularySize: 512).train(on: (0..<4).flatMap { _ in Self.corpus })
        let golden = try Fixture.bytes("qwen2_5_vl_tiny/tokenizer.json")
        #expect(trained.tokenizerJSON == golden)
    }

    @Test("the settings carry the chat template that Qwen2.5-VL's have")
    func templateGolden() throws {
        let trained = try BPETrainer(vocabularySize: 300).train(on: ["abc"])
        func object(_ bytes: [UInt8]) throws -> [String: Any] {
            try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        }
        let ours = try object(trained.tokenizerConfigJSON)
        let theirs = try object(Fixture.bytes("qwen2_5_vl_tiny/tokenizer_config.json"))
        #expect(Set(ours.keys) == Set(theirs.keys))
        for key in ["chat_template", "eos_token", "pad_token", "tokenizer_class"] {
            #expect(ours[key] as? String == theirs[key] as? String)
        }
        #expect(ours["additional_special_tokens"] as? [String] == theirs["additional_special_tokens"] as? [String])
        #expect(try object(trained.chatTemplateJSON)["chat_template"] as? String == theirs["chat_template"] as? String)
    }

    @Test("encoding with a trained tokenizer and decoding gives the text back")
    func roundTrip() throws {
        let tokenizer = try BPETrainer(vocabularySize: 400).train(on: Self.corpus).tokenizer()
        for text in Self.corpus + TokenizerTests.texts {
            #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.precomposedStringWithCanonicalMapping.utf8))
        }
    }

    @Test("with room enough every word becomes one token, and digits stay single")
    func wholeWords() throws {
        let words = ["the", " figure", " triangle", " inscribed", "Pythagorean", " circles"]
        let tokenizer = try BPETrainer(vocabularySize: 5000).train(on: Self.corpus + words).tokenizer()
        #expect(tokenizer.vocabularySize < 5000)
        for word in words { #expect(tokenizer.encode(word).count == 1, "\(word)") }
        #expect(tokenizer.encode("1690").map { tokenizer.decode([$0]) } == ["1", "6", "9", "0"])
    }

    @Test("the order of the corpus doesn't matter")
    func orderInvariance() throws {
        let trainer = try BPETrainer(vocabularySize: 420)
        #expect(try trainer.train(on: Self.corpus).tokenizerJSON == trainer.train(on: Self.corpus.reversed()).tokenizerJSON)
    }

    @Test("without room for the bytes and the added tokens there is an error")
    func tooSmall() {
        #expect(throws: MultimodalError.self) { try BPETrainer(vocabularySize: 277) }
        #expect(throws: MultimodalError.self) { try BPETrainer(vocabularySize: 500, specialTokens: ["a", "a"]) }
    }

    @Test("a model folder with the written files loads as a processor")
    func writtenFolder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "trained-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let trained = try BPETrainer(vocabularySize: 300).train(on: Self.corpus)
        try trained.write(to: folder)
        let processor = try MultimodalProcessor(contentsOf: folder)
        #expect(processor.imageProcessor == nil)
        #expect(processor.encoder.template == .qwenVision)
        #expect(throws: MultimodalError.self) { try trained.write(to: folder.appending(path: "absent")) }
    }
}
