import Foundation
import LinearAlgebra
import PolicyModel
import Randomness
import Testing

/// A head computed once must give the bits of a head computed in every prompt.
@Suite("a cached head")
struct CachedHeadTests {
    private let weights: PolicyWeights

    init() throws {
        let json = """
            {"model_type": "llama", "vocab_size": 64, "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3, "rms_norm_eps": 1e-6, \
            "num_attention_heads": 6, "num_key_value_heads": 2, "rope_theta": 10000.0, "hidden_act": "silu", "tie_word_embeddings": true}
            """
        weights = PolicyWeights(try ModelConfiguration(json: Data(json.utf8), source: "a test's model"))
        weights.initialize(seed: 5, embeddingDeviation: 0.5)
    }

    private func tokens(_ count: Int, _ stream: Int) -> [Int32] {
        let random = CounterRandom(key: 11)
        return (0..<count).map { Int32(random.words(UInt64(stream), UInt64($0))[0] % 64) }
    }

    private func bits(_ families: [TokenFamily], after head: CachedHead?) throws -> [UInt32] {
        let batch = try PackedBatch(families, configuration: weights.configuration, after: head)
        let pass = ForwardPass(weights: weights, batch: batch, arena: Arena(), purpose: .inference)
        let rows = batch.lastPromptRows + batch.continuationRows.joined().flatMap { Array($0) }
        return pass.logProbs(rows.map { TokenTarget(row: $0, token: 7) }).map(\.logProb.bitPattern)
    }

    /// Lengths on both sides of a block of query rows (64), of a block of a product (320) and of a lane (16).
    @Test("the bits are those of whole prompts, whatever the lengths", arguments: [1, 15, 64, 70, 321], [1, 16, 90, 330])
    func sameBits(headLength: Int, ownLength: Int) throws {
        let start = tokens(headLength, 0)
        let families = (1...2).map { family in
            TokenFamily(
                prompt: start + tokens(ownLength + family - 1, family),
                continuations: [tokens(9, 10 + family), tokens(1, 20 + family), tokens(70, 30 + family)])
        }
        let head = try CachedHead(start, weights: weights)
        let cached = try bits(families, after: head)
        #expect(cached == (try bits(families, after: nil)))
        #expect(Set(cached).count > cached.count / 2)
        // Alone as in company.
        let rows = families[1].rowCount - families[1].prompt.count
        #expect(try bits([families[1]], after: head).suffix(rows) == cached.suffix(rows))
    }

    @Test("a prompt that doesn't go on after the head is refused")
    func otherPrompts() throws {
        let head = try CachedHead([1, 2, 3], weights: weights)
        for prompt: [Int32] in [[1, 2, 3], [1, 2], [1, 2, 4, 5]] {
            #expect(throws: PolicyModelError.self) {
                try PackedBatch([TokenFamily(prompt: prompt)], configuration: weights.configuration, after: head)
            }
        }
        #expect(throws: PolicyModelError.self) { try CachedHead([], weights: weights) }
        #expect(throws: PolicyModelError.self) { try CachedHead([64], weights: weights) }
    }
}
