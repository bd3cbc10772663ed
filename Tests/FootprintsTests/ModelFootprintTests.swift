import Footprints
import Foundation
import Generation
import LinearAlgebra
import PolicyModel
import Testing

@Suite("what a model takes in memory")
struct ModelFootprintTests {
    @Test("published shapes have the parameters that transformers counts")
    func parameters() throws {
        // sum(p.numel() for p in model.parameters()) of the same configurations on torch's meta device, transformers 5.24.
        #expect(ModelFootprint(try Shape.configuration(Shape.qwen25VL7B)).parameterCount == 8_292_166_656)
        #expect(ModelFootprint(try Shape.configuration(Shape.qwen25VL3B)).parameterCount == 3_754_622_976)
        #expect(ModelFootprint(try Shape.configuration(Shape.smolLM2)).parameterCount == 134_515_008)
    }

    @Test("weights are what is allocated for them, once: 4 bytes a parameter, or 2 and the vectors' copies")
    func weights() throws {
        let configuration = try Shape.configuration(Shape.small)
        let footprint = ModelFootprint(configuration)
        let wide = PolicyWeights(uninitialized: configuration, storage: .float32)
        let small = PolicyWeights(uninitialized: configuration, storage: .bfloat16)
        #expect(footprint.weights(.float32) == wide.bytes.count && wide.bytes.count == 4 * footprint.parameterCount)
        #expect(footprint.weights(.bfloat16) == small.bytes.count + 4 * footprint.vectorCount)
        #expect(footprint.vectorCount == wide.table.slices.filter { $0.shape.count == 1 }.reduce(0) { $0 + $1.count })
        // A tied head takes nothing: the embedding stands once.
        let untied = Shape.small.replacing("\"tie_word_embeddings\": true", with: "\"tie_word_embeddings\": false")
        #expect(ModelFootprint(try Shape.configuration(untied)).parameterCount == footprint.parameterCount + 512 * 64)
    }

    @Test("a cache has keys and values of every layer and key-value head")
    func cache() throws {
        let footprint = ModelFootprint(try Shape.configuration(Shape.qwen25VL7B))
        // 28 layers, 4 heads of 128, two of them, 4 bytes.
        #expect(footprint.cache(tokens: 4096) == 28 * 4 * 128 * 2 * 4 * 4096)
        #expect(footprint.cache(tokens: 17) == footprint.cache(tokens: 32))
    }

    private func batch(_ configuration: ModelConfiguration, prompts: Int, length: Int, continuations: Int, _ response: Int) throws
        -> PackedBatch
    {
        let families = (0..<prompts).map { prompt in
            TokenFamily(
                prompt: (0..<length).map { Int32(($0 * 7 + prompt) % 512) },
                continuations: (0..<continuations).map { c in (0..<response).map { Int32(($0 * 5 + c) % 512) } })
        }
        return try PackedBatch(families, configuration: configuration)
    }

    @Test("activations of a pass are what its arena holds, or little more", arguments: [(4, 50, 3, 40), (1, 300, 2, 200), (8, 20, 8, 16)])
    func activations(prompts: Int, length: Int, continuations: Int, response: Int) throws {
        let configuration = try Shape.configuration(Shape.small)
        let footprint = ModelFootprint(configuration)
        let weights = PolicyWeights(configuration)
        weights.initialize(seed: 1)
        let batch = try batch(configuration, prompts: prompts, length: length, continuations: continuations, response)
        let targets = batch.continuationRows.joined().flatMap { rows in
            rows.dropLast().map { TokenTarget(row: $0, token: batch.tokens[$0 + 1]) }
        }
        let arena = Arena()
        let pass = ForwardPass(weights: weights, batch: batch, arena: arena)
        _ = pass.logProbs(targets)
        pass.backward(targets, coefficients: targets.map { _ in 0.1 }, gradients: FloatBuffer(count: weights.table.count))
        let training = footprint.training(rows: batch.rowCount, targets: targets.count, longest: length + response)
        // The backward pass has further arenas for one layer and one head.
        #expect(4 * arena.peak <= training && training <= 4 * arena.peak * 3 / 2, "\(4 * arena.peak) \(training)")
        _ = ForwardPass(weights: weights, batch: batch, arena: arena, purpose: .inference).logProbs(targets)
        let inference = footprint.inference(rows: batch.rowCount, longest: length + response)
        #expect(
            4 * arena.peak <= inference && inference <= 4 * arena.peak * 2 + footprint.logits(rows: 128), "\(4 * arena.peak) \(inference)")
        #expect(inference < training)
    }
}
