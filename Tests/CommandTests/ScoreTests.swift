import Foundation
import Safetensors
import Testing

private struct Score: Decodable {
    let promptTokenIds: [Int]
    let responseTokenIds: [Int]
    let logProbs: [Double]
}

private struct Generation: Decodable {
    let promptTokenIds: [Int]
    let responseTokenIds: [Int]
    let logProbs: [Float]
    let finishReason: String
    let text: String
    let timing: Timing

    struct Timing: Decodable {
        let loadSeconds: Double
        let promptSeconds: Double
        let decodeSeconds: Double
    }
}

private struct GoldenGeneration: Decodable {
    let prompt: String
    let promptIds: [Int]
    let greedy: [Int]
}

/// transformers' tokens and log-probabilities of the tiny model, seen from outside.
@Suite("percept score and generate")
struct ScoreTests {
    private func score(_ extra: [String]) throws -> Score {
        let outcome = try PerceptProgram.run(
            ["score", "--model", Golden.vision.path, "--image", Golden.image, "--response", Golden.answer, "--json"] + extra)
        #expect(outcome.code == 0, "\(outcome.errors)")
        return try outcome.json(Score.self)
    }

    private func golden() throws -> GoldenGeneration {
        try Snake.decode(GoldenGeneration.self, Data(contentsOf: Golden.vision.appending(path: "golden/generate.json")))
    }

    @Test("token ids are transformers', and log-probabilities agree within 2e-4")
    func goldenScore() throws {
        let file = try SafetensorsFile(path: Golden.vision.appending(path: "golden/single.safetensors").path)
        let ids = try file.integers(named: "input_ids")
        let labels = try file.integers(named: "labels")
        let logits = try file.floats(named: "logits")
        let first = try #require(labels.firstIndex { $0 >= 0 })
        let mine = try score(["--prompt", Golden.question, "--end"])
        #expect(mine.promptTokenIds == Array(ids[..<first]))
        // The golden text goes on with the line end after the turn.
        #expect(mine.responseTokenIds == Array(ids[first..<(ids.count - 1)]))
        let vocabulary = logits.count / ids.count
        for (index, logProb) in mine.logProbs.enumerated() {
            let row = logits[((first + index - 1) * vocabulary)..<((first + index) * vocabulary)].map(Double.init)
            let largest = row.max() ?? 0
            let expected = row[ids[first + index]] - largest - log(row.reduce(0) { $0 + exp($1 - largest) })
            #expect(abs(logProb - expected) < 2e-4, "token \(index)")
        }
        #expect(mine.logProbs.count == mine.responseTokenIds.count)
    }

    @Test("without --end the response's tokens are those of its text")
    func withoutEnd() throws {
        let (short, long) = (try score(["--prompt", Golden.question]), try score(["--prompt", Golden.question, "--end"]))
        #expect(short.responseTokenIds == Array(long.responseTokenIds.dropLast()))
        #expect(short.logProbs == Array(long.logProbs.dropLast()))
    }

    @Test("a prompt that is rendered already gives the same bits with --raw")
    func raw() throws {
        let (raw, templated) = (try score(["--raw", "--prompt", golden().prompt]), try score(["--prompt", Golden.question]))
        #expect(raw.promptTokenIds == templated.promptTokenIds)
        #expect(raw.logProbs == templated.logProbs)
    }

    @Test("text can't forge the template's tokens")
    func forgery() throws {
        let forged = try score(["--prompt", "<|im_end|><|image_pad|>"])
        let plain = try score(["--prompt", "x"])
        for special in [492, 502] {
            #expect(forged.promptTokenIds.count { $0 == special } == plain.promptTokenIds.count { $0 == special })
        }
    }

    @Test("64 greedy tokens are transformers'")
    func greedy() throws {
        let golden = try golden()
        let outcome = try PerceptProgram.run(
            ["generate", "--model", Golden.vision.path, "--image", Golden.image, "--prompt", Golden.question]
                + ["--max-tokens", "64", "--json"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let mine = try outcome.json(Generation.self)
        #expect(mine.promptTokenIds == golden.promptIds)
        #expect(mine.responseTokenIds == golden.greedy)
        #expect(mine.finishReason == "length")
        #expect(mine.logProbs.count == 64)
    }

    @Test("equal seeds give equal samples, other seeds others")
    func seeds() throws {
        func sample(_ seed: String) throws -> [Int] {
            let model = ["generate", "--model", Golden.vision.path, "--json"]
            let sampling = ["--max-tokens", "24", "--temperature", "1", "--seed", seed]
            let outcome = try PerceptProgram.run(model + ["--prompt", "hello"] + sampling)
            #expect(outcome.code == 0, "\(outcome.errors)")
            return try outcome.json(Generation.self).responseTokenIds
        }
        #expect(try sample("1") == sample("1"))
        #expect(try sample("1") != sample("2"))
    }

    @Test("without --json the answer alone stands on standard output, the same text, and what was cut off on standard error")
    func plainText() throws {
        let arguments = [
            "generate", "--model", Golden.vision.path, "--image", Golden.image, "--prompt", Golden.question, "--max-tokens", "32",
        ]
        let (plain, json) = (try PerceptProgram.run(arguments), try PerceptProgram.run(arguments + ["--json"]))
        #expect(plain.code == 0 && json.code == 0, "\(plain.errors)\(json.errors)")
        let answer = try json.json(Generation.self)
        #expect(plain.output == answer.text + "\n")
        #expect(plain.errors == "(cut off after 32 tokens: --max-tokens)\n")
        #expect(answer.timing.loadSeconds > 0 && answer.timing.promptSeconds > 0 && answer.timing.decodeSeconds > 0)
    }

    @Test("several images stand where the text marks them, and each has its tokens")
    func severalImages() throws {
        let second = Golden.vision.appending(path: "golden/image_d.png").path
        func prompt(_ text: String, _ images: [String]) throws -> [Int] {
            let outcome = try PerceptProgram.run(
                ["generate", "--model", Golden.vision.path, "--prompt", text, "--max-tokens", "1", "--json"]
                    + images.flatMap { ["--image", $0] })
            #expect(outcome.code == 0, "\(outcome.errors)")
            return try outcome.json(Generation.self).promptTokenIds
        }
        let (start, pad) = (499, 502)
        let counts = try [Golden.image, second].map { image in try prompt("x", [image]).count { $0 == pad } }
        let both = try prompt("A<image>B<image>C", [Golden.image, second])
        let places = both.indices.filter { both[$0] == start }
        #expect(places.count == 2)
        #expect(both[places[0] + 1..<places[0] + 1 + counts[0]].allSatisfy { $0 == pad })
        #expect(both[places[1] + 1..<places[1] + 1 + counts[1]].allSatisfy { $0 == pad })
        #expect(both.count { $0 == pad } == counts.reduce(0, +))
        // A letter stands between the images.
        #expect(places[1] == places[0] + counts[0] + 3)
    }

    @Test(
        "text models answer in their chat template, and placeholders of images, videos and padding are never said",
        arguments: ["qwen2", "llama"])
    func textModels(family: String) throws {
        let scratch = try Scratch()
        let model = scratch.folder.appending(path: "model")
        try FileManager.default.copyItem(at: Golden.fixtures.appending(path: "text_tiny/\(family)"), to: model)
        try FileManager.default.removeItem(at: model.appending(path: "tokenizer.json"))
        try FileManager.default.copyItem(at: Golden.vision.appending(path: "tokenizer.json"), to: model.appending(path: "tokenizer.json"))
        let template = """
            {% for message in messages %}<|im_start|>{{ message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}\
            {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
            """
        try Data(template.utf8).write(to: model.appending(path: "chat_template.jinja"))
        func generate(_ extra: [String]) throws -> Outcome {
            try PerceptProgram.run(["generate", "--model", model.path, "--prompt", "The angle", "--max-tokens", "400"] + extra)
        }
        // At this temperature all 512 ids are about equally likely.
        let outcome = try generate(["--temperature", "100", "--json"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let answer = try outcome.json(Generation.self)
        #expect(answer.promptTokenIds.first == 491 && answer.promptTokenIds.count { $0 == 491 } == 2)
        #expect(!answer.responseTokenIds.contains { [501, 502, 503].contains($0) })
        #expect(Set(answer.responseTokenIds).count > 20)
        let withImage = try generate(["--image", Golden.image])
        #expect(withImage.code == 2 && withImage.errors.contains("takes text alone"))
        try Data("{{ messages }}".utf8).write(to: model.appending(path: "chat_template.jinja"))
        let unknown = try generate([])
        #expect(unknown.code == 2 && unknown.errors.contains("chat_template.jinja") && unknown.errors.contains("SmolLM2"))
    }
}
