import ActorRuntime
import Digests
import Foundation
import LinearAlgebra
import PolicyModel

/// A checksum of a fixed forward and backward pass: machines that compute other bits have another one.
package enum NumericFingerprint {
    private static let architecture = """
        {"model_type": "qwen2", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 96, "rms_norm_eps": 1e-6, "rope_theta": 10000, "tie_word_embeddings": true}
        """

    /// - Returns: `Checksum64` of log-probabilities and gradients of a small model made from a fixed seed.
    package static func compute() throws -> UInt64 {
        let weights = PolicyWeights(try ModelConfiguration(json: Data(architecture.utf8), source: "the fingerprint's model"))
        weights.initialize(seed: 7)
        let prompt = (0..<40).map { Int32(($0 * 37 + 11) % 96) }
        let family = TokenFamily(prompt: prompt, continuations: [prompt.reversed(), Array(prompt.prefix(17))])
        let batch = try PackedBatch([family], configuration: weights.configuration)
        let pass = ForwardPass(weights: weights, batch: batch, arena: Arena())
        let targets = (0..<(batch.rowCount - 1)).map { TokenTarget(row: $0, token: batch.tokens[$0 + 1]) }
        let found = pass.logProbs(targets)
        let gradients = FloatBuffer(count: weights.table.count)
        pass.backward(targets, coefficients: found.map(\.logProb), gradients: gradients)
        var sum = Checksum64()
        found.map(\.logProb).withUnsafeBytes { sum.update($0) }
        gradients.values.withUnsafeBytes { sum.update($0) }
        return sum.value
    }
}

/// SHA-256 of texts.
enum Digest {
    static func text(_ text: String) -> String { SHA256.hex(ofText: text) }
}
