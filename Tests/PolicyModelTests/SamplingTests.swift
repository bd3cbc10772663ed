import Foundation
import Generation
import LinearAlgebra
import PolicyModel
import Safetensors
import Randomness
import Testing

@Suite("Sampling parameters")
struct SamplingTests {
    private let members = 300

    private func sample(_ golden: Golden, _ parameters: SamplingParameters) throws -> [GeneratedResponse] {
        let prompt = try golden.file("text").integers(named: "input_ids").prefix(16).map(Int32.init)
        let request = GenerationRequest(
            prompt: prompt, images: [], members: (0..<members).map { CounterRandom(key: CounterRandom.mix(9, UInt64($0))) })
        var responses: [GeneratedResponse] = []
        try Generator.generate([request], weights: golden.weights, parameters: parameters) { responses.append($0) }
        return responses.sorted { $0.member < $1.member }
    }

    private func logits(_ golden: Golden) throws -> [Float] {
        let prompt = try golden.file("text").integers(named: "input_ids").prefix(16).map(Int32.init)
        let batch = try PackedBatch([TokenFamily(prompt: prompt)], configuration: golden.weights.configuration)
        let pass = ForwardPass(weights: golden.weights, batch: batch, arena: Arena())
        return pass.logits(rows: [15]).values
    }

    /// Ids by falling probability, and their probabilities at a temperature.
    private func ranked(_ logits: [Float], temperature: Double) -> [(id: Int32, probability: Double)] {
        let top = Double(logits.max() ?? 0)
        let weights = logits.map { exp((Double($0) - top) / temperature) }
        let sum = weights.reduce(0, +)
        return weights.indices.sorted { weights[$0] > weights[$1] }.map { (Int32($0), weights[$0] / sum) }
    }

    @Test("top-k draws only the k most probable tokens, and all of them")
    func topK() throws {
        let golden = try Golden("text_tiny/qwen2")
        let best = Set(ranked(try logits(golden), temperature: 1).prefix(5).map(\.id))
        let parameters = SamplingParameters(temperature: 1, topK: 5, maximumTokens: 1, stopTokens: [])
        #expect(Set(try sample(golden, parameters).map { $0.tokens[0] }) == best)
    }

    @Test("top-1 is greedy decoding")
    func topOne() throws {
        let golden = try Golden("text_tiny/qwen2")
        let single = try sample(golden, SamplingParameters(temperature: 1, topK: 1, maximumTokens: 12, stopTokens: []))
        let greedy = try sample(golden, SamplingParameters(temperature: 0, maximumTokens: 12, stopTokens: []))
        #expect(single.allSatisfy { $0.tokens == greedy[0].tokens })
    }

    @Test("top-p draws only from the smallest set of most probable tokens that reaches p, at the temperature")
    func topP() throws {
        let golden = try Golden("text_tiny/qwen2")
        let order = ranked(try logits(golden), temperature: 0.7)
        var nucleus: Set<Int32> = []
        var reached = 0.0
        for (id, probability) in order where reached < 0.2 {
            nucleus.insert(id)
            reached += probability
        }
        #expect(nucleus.count > 1 && nucleus.count < 100)
        let found = try sample(golden, SamplingParameters(temperature: 0.7, topP: 0.2, maximumTokens: 1, stopTokens: []))
        #expect(Set(found.map { $0.tokens[0] }).isSubset(of: nucleus))
        #expect(Set(found.map { $0.tokens[0] }).count > 1)
    }

    @Test("what is recorded is the log-probability before truncation, after temperature and bans")
    func recorded() throws {
        let golden = try Golden("text_tiny/qwen2")
        var values = try logits(golden)
        let banned = ranked(values, temperature: 1).prefix(3).map(\.id)
        let parameters = SamplingParameters(temperature: 0.7, topK: 4, maximumTokens: 1, stopTokens: [], bannedTokens: banned)
        for id in banned { values[Int(id)] = -.infinity }
        for response in try sample(golden, parameters) {
            #expect(!banned.contains(response.tokens[0]))
            let expected = values.withUnsafeBufferPointer {
                Distributions.logProb(logits: $0.baseAddress!, count: $0.count, temperature: 0.7, target: Int(response.tokens[0]))
            }
            #expect(response.logProbs[0].bitPattern == expected.logProb.bitPattern)
        }
    }

    @Test("a response ends with its stop token, or at the limit without one")
    func ends() throws {
        let golden = try Golden("text_tiny/qwen2")
        let stops: [Int32] = Array(0..<64)
        let found = try sample(golden, SamplingParameters(temperature: 1, maximumTokens: 9, stopTokens: stops))
        #expect(found.contains { $0.stopped } && found.contains { !$0.stopped })
        for response in found {
            #expect(response.tokens.dropLast().allSatisfy { !stops.contains($0) })
            #expect(response.tokens.last.map(stops.contains) == response.stopped)
            #expect(response.stopped || response.tokens.count == 9)
            #expect(response.tokens.count == response.logProbs.count)
        }
    }
}
