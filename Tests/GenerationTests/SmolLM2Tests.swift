import Foundation
import Generation
import Multimodal
import PolicyModel
import Randomness
import Testing

/// SmolLM2-135M-Instruct as Q4_1, 94 MB: not in the repository. `cluster/fetch-smollm2` fetches it, and `PERCEPT_SMOLLM2` says where it is.
private let modelFile = ProcessInfo.processInfo.environment["PERCEPT_SMOLLM2"].map { URL(filePath: $0) }

/// 20 prompts with the 64 tokens that transformers gives each greedily, weights dequantised to float32 (Fixtures/smollm2/make_smollm2.py).
@Suite(
    "SmolLM2's greedy answers against transformers",
    .enabled(if: modelFile != nil, "PERCEPT_SMOLLM2 doesn't name the GGUF file: run cluster/fetch-smollm2"))
struct SmolLM2Tests {
    private struct Golden: Decodable {
        let system: String?
        let prompt: String
        let promptIDs: [Int32]
        let greedy: [Int32]
        let text: String
        /// The two largest logits' difference before each token.
        let gaps: [Double]

        private enum CodingKeys: String, CodingKey {
            case system, prompt, greedy, text, gaps
            case promptIDs = "prompt_ids"
        }
    }

    private static func goldens() throws -> [Golden] {
        let file = Bundle.module.bundleURL.appending(path: "Fixtures/smollm2/greedy.json")
        return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
    }

    @Test("prompts in the file's own chat template are transformers' ids, and answers decode to its text")
    func prompts() throws {
        let processor = try MultimodalProcessor(contentsOf: try #require(modelFile))
        let goldens = try Self.goldens()
        #expect(goldens.count == 20)
        for golden in goldens {
            #expect(try processor.encode(system: golden.system, text: golden.prompt).tokenIDs == golden.promptIDs, "\(golden.prompt)")
            #expect(processor.tokenizer.decode(golden.greedy) == golden.text)
            var stream = TokenTextStream(processor.tokenizer)
            #expect(golden.greedy.map { stream.append($0) }.joined() + stream.finish() == golden.text)
        }
    }

    @Test("64 greedy tokens of each of 20 prompts are transformers', but where its two best logits differ by less than 1e-4")
    func greedy() throws {
        let goldens = try Self.goldens()
        let weights = try PolicyFolder.load(try #require(modelFile))
        let requests = goldens.map { GenerationRequest(prompt: $0.promptIDs, images: [], members: [CounterRandom(key: 1)]) }
        var answers: [Int: [Int32]] = [:]
        try Generator.generate(
            requests, weights: weights, parameters: SamplingParameters(temperature: 0, maximumTokens: 64, stopTokens: [])
        ) { answers[$0.request] = $0.tokens }
        var equalCount = 0
        for (index, golden) in goldens.enumerated() {
            let answer = try #require(answers[index])
            #expect(answer.count == 64 && golden.greedy.count == 64)
            // Behind a tie the texts go their own ways.
            let first = zip(answer, golden.greedy).enumerated().first { $1.0 != $1.1 }?.offset ?? 64
            equalCount += first
            #expect(
                first == 64 || golden.gaps[first] < 1e-4, "\(golden.prompt): token \(first), gap \(first < 64 ? golden.gaps[first] : 0)")
        }
        print("figures: SmolLM2 greedy, \(equalCount) of \(goldens.count * 64) tokens equal to transformers'")
    }
}
