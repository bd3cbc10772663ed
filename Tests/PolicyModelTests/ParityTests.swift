import Foundation
import Generation
import LinearAlgebra
import PolicyModel
import Safetensors
import Randomness
import Testing

/// Decoding and the training forward must agree bit for bit, whoever else is in the batch.
@Suite("rollout and learner agree")
struct ParityTests {
    private static let folders = ["qwen2_5_vl_tiny", "text_tiny/qwen2", "text_tiny/llama"]

    private func requests(_ golden: Golden, members: Int) throws -> [GenerationRequest] {
        let file = try golden.file(golden.weights.configuration.vision == nil ? "text" : "batch")
        let (rows, _) = try goldenRows(file, configuration: golden.weights.configuration)
        return rows.enumerated().map { index, row in
            GenerationRequest(
                prompt: row.ids, images: row.images,
                members: (0..<members).map { CounterRandom(key: CounterRandom.mix(UInt64(index), UInt64($0))) })
        }
    }

    private func parameters(_ golden: Golden, temperature: Float, tokens: Int) -> SamplingParameters {
        let configuration = golden.weights.configuration
        return SamplingParameters(
            temperature: temperature, maximumTokens: tokens, stopTokens: [3, 17],
            bannedTokens: [configuration.imageTokenID, configuration.videoTokenID].compactMap { $0 })
    }

    @Test("the training forward gives the bits of the rollout's log-probabilities", arguments: folders, [Float(1), 0.7])
    func logProbs(_ folder: String, _ temperature: Float) throws {
        let golden = try Golden(folder)
        let requests = try requests(golden, members: 3)
        let parameters = parameters(golden, temperature: temperature, tokens: 90)
        var responses: [GeneratedResponse] = []
        try Generator.generate(requests, weights: golden.weights, parameters: parameters) { responses.append($0) }
        #expect(responses.count == requests.count * 3)
        responses.sort { ($0.request, $0.member) < ($1.request, $1.member) }
        // All groups packed in one batch; each response's last token is predicted but never an input.
        let families = requests.enumerated().map { index, request in
            TokenFamily(
                prompt: request.prompt, images: request.images,
                continuations: responses.filter { $0.request == index }.map { Array($0.tokens.dropLast()) })
        }
        let batch = try PackedBatch(families, configuration: golden.weights.configuration)
        let pass = ForwardPass(weights: golden.weights, batch: batch, arena: Arena())
        for response in responses {
            let first = batch.continuationRows[response.request][response.member].lowerBound
            let targets = response.tokens.enumerated().map { index, token in
                TokenTarget(row: index == 0 ? batch.lastPromptRows[response.request] : first + index - 1, token: token)
            }
            let trained = pass.logProbs(targets, parameters.distribution).map(\.logProb.bitPattern)
            #expect(trained == response.logProbs.map(\.bitPattern), "request \(response.request), member \(response.member)")
        }
        #expect(responses.contains { $0.tokens.count > 64 }, "one response must span more than a query block")
    }

    @Test("weights kept in bfloat16 give the bits of the same values in float32, in decoding and in the forward pass", arguments: folders)
    func roundedWeights(_ folder: String) throws {
        let golden = try Golden(folder)
        let small = try PolicyFolder.load(golden.folder, storage: .bfloat16)
        let wide = try PolicyFolder.load(golden.folder)
        #expect(small.bytes.count * 2 == wide.bytes.count)
        WeightStorage.bfloat16.round(wide.values.base, count: wide.table.count)
        let requests = try requests(golden, members: 3)
        let parameters = parameters(golden, temperature: 1, tokens: 40)
        func responses(_ weights: PolicyWeights) throws -> [[UInt32]] {
            var found: [(order: Int, bits: [UInt32])] = []
            try Generator.generate(requests, weights: weights, parameters: parameters) {
                found.append(($0.request * 100 + $0.member, $0.tokens.map { UInt32($0) } + $0.logProbs.map(\.bitPattern)))
            }
            return found.sorted { $0.order < $1.order }.map(\.bits)
        }
        let expected = try responses(wide)
        #expect(try responses(small) == expected)
        #expect(try responses(golden.weights) != expected, "rounding is seen")
        let batch = try PackedBatch(
            requests.map { TokenFamily(prompt: $0.prompt, images: $0.images) }, configuration: wide.configuration)
        func logits(_ weights: PolicyWeights, _ purpose: PassPurpose) -> [UInt32] {
            let pass = ForwardPass(weights: weights, batch: batch, arena: Arena(), purpose: purpose)
            return pass.logits(rows: batch.lastPromptRows).values.map(\.bitPattern)
        }
        let bits = logits(wide, .training)
        #expect(logits(small, .inference) == bits && logits(small, .training) == bits && logits(wide, .inference) == bits)
    }

    @Test("a response does not depend on who is decoded beside it", arguments: folders)
    func alone(_ folder: String) throws {
        let golden = try Golden(folder)
        let requests = try requests(golden, members: 4)
        let parameters = parameters(golden, temperature: 1, tokens: 40)
        var together: [GeneratedResponse] = []
        try Generator.generate(requests, weights: golden.weights, parameters: parameters) { together.append($0) }
        let request = requests[1]
        var alone: [GeneratedResponse] = []
        let single = GenerationRequest(prompt: request.prompt, images: request.images, members: [request.members[2]])
        try Generator.generate([single], weights: golden.weights, parameters: parameters) { alone.append($0) }
        let same = try #require(together.first { $0.request == 1 && $0.member == 2 })
        #expect(alone[0].tokens == same.tokens)
        #expect(alone[0].logProbs.map(\.bitPattern) == same.logProbs.map(\.bitPattern))
    }

    @Test("64 greedy tokens equal transformers'")
    func greedy() throws {
        for folder in Self.folders {
            let golden = try Golden(folder)
            let prompt: [Int32]
            let expected: [Int32]
            var images: [VisualInput] = []
            if golden.weights.configuration.vision != nil {
                let data = try Data(contentsOf: golden.folder.appending(path: "golden/generate.json"))
                let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
                prompt = try #require(json["prompt_ids"] as? [Int]).map(Int32.init)
                expected = try #require(json["greedy"] as? [Int]).map(Int32.init)
                images = try goldenRows(try golden.file("single"), configuration: golden.weights.configuration).rows[0].images
            } else {
                let file = try golden.file("text")
                prompt = try file.integers(named: "input_ids").prefix(16).map(Int32.init)
                expected = try file.integers(named: "greedy_from_first_16").map(Int32.init)
            }
            let request = GenerationRequest(prompt: prompt, images: images, members: [CounterRandom(key: 0)])
            let parameters = SamplingParameters(temperature: 0, maximumTokens: 64, stopTokens: [])
            try Generator.generate([request], weights: golden.weights, parameters: parameters) {
                #expect($0.tokens == expected, "\(folder)")
            }
        }
    }

    @Test("gradients through a shared prompt equal those of separate sequences")
    func sharedPrompt() throws {
        let golden = try Golden("qwen2_5_vl_tiny")
        let request = try requests(golden, members: 3)[1]
        let continuations: [[Int32]] = [[5, 6, 7, 8], [9, 10], [11, 12, 13, 14, 15, 16]]
        func gradients(_ families: [TokenFamily]) throws -> [Float] {
            let batch = try PackedBatch(families, configuration: golden.weights.configuration)
            let pass = ForwardPass(weights: golden.weights, batch: batch, arena: Arena())
            var targets: [TokenTarget] = []
            for (family, rows) in zip(families.indices, batch.continuationRows) {
                for (range, tokens) in zip(rows, families[family].continuations) {
                    targets.append(TokenTarget(row: batch.lastPromptRows[family], token: tokens[0]))
                    for i in 1..<tokens.count { targets.append(TokenTarget(row: range.lowerBound + i - 1, token: tokens[i])) }
                }
            }
            let buffer = FloatBuffer(count: golden.weights.table.count)
            pass.backward(targets, coefficients: targets.map { Float($0.token % 5) - 1.5 }, gradients: buffer)
            return buffer.values
        }
        let shared = try gradients([TokenFamily(prompt: request.prompt, images: request.images, continuations: continuations)])
        let apart = try gradients(
            continuations.map { TokenFamily(prompt: request.prompt, images: request.images, continuations: [$0]) })
        #expect(relativeNorm(shared, apart) < 1e-5)
    }
}
