import Foundation
import Generation
import LinearAlgebra
import PolicyModel
import Randomness

/// Decoding and training of a small text policy (4 million parameters, random), made in memory.
struct PolicyMeasurement: Encodable {
    let parameters: Int
    /// Parameters that take part in matrix products: all matrices; the tied embedding once, as the head.
    let matrixParameters: Int
    let decodeRows: Int
    let decodeTokensPerSecond: Double
    /// 2 N tokens/s over the peak.
    let decodeShare: Double
    let trainRows: Int
    let trainTokensPerSecond: Double
    /// 6 N tokens/s over the peak.
    let trainShare: Double

    enum CodingKeys: String, CodingKey {
        case parameters
        case matrixParameters = "matrix_parameters"
        case decodeRows = "decode_rows"
        case decodeTokensPerSecond = "decode_tokens_per_s"
        case decodeShare = "decode_share_of_peak"
        case trainRows = "train_rows"
        case trainTokensPerSecond = "train_tokens_per_s"
        case trainShare = "train_share_of_peak"
    }

    private static let architecture = """
        {"model_type": "qwen2", "vocab_size": 512, "hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 4, \
        "rms_norm_eps": 1e-6, "num_attention_heads": 4, "num_key_value_heads": 2, "rope_theta": 1000000.0, "hidden_act": "silu", "tie_word_embeddings": true}
        """
    private static let (groups, members, promptLength, responseLength) = (8, 8, 48, 64)

    /// - Parameter peak: Gflop/s of the fastest product.
    static func measure(peak: Double) throws -> PolicyMeasurement {
        let weights = PolicyWeights(try ModelConfiguration(json: Data(architecture.utf8), source: "the bench's model"))
        weights.initialize(seed: 1)
        let matrices = weights.table.slices.filter { $0.shape.count > 1 }.reduce(0) { $0 + $1.count }
        let decode = try decodeRate(weights)
        let (train, rows) = try trainRate(weights)
        return PolicyMeasurement(
            parameters: weights.table.count, matrixParameters: matrices, decodeRows: groups * members, decodeTokensPerSecond: decode,
            decodeShare: 2 * Double(matrices) * decode / (peak * 1e9), trainRows: rows, trainTokensPerSecond: train,
            trainShare: 6 * Double(matrices) * train / (peak * 1e9))
    }

    private static func tokens(_ count: Int, _ stream: Int) -> [Int32] {
        let random = CounterRandom(key: 7)
        return (0..<count).map { Int32(random.words(UInt64(stream), UInt64($0))[0] % 512) }
    }

    /// Tokens a second of 8 groups of 8 members decoded together, sampling included: the median over steps, prompts apart.
    private static func decodeRate(_ weights: PolicyWeights) throws -> Double {
        let requests = (0..<groups).map { group in
            GenerationRequest(
                prompt: tokens(promptLength, group), images: [],
                members: (0..<members).map { CounterRandom(key: CounterRandom.mix(UInt64(group), UInt64($0))) })
        }
        let parameters = SamplingParameters(maximumTokens: responseLength, stopTokens: [])
        var steps: [Double] = []
        for _ in 0..<3 {
            var last: ContinuousClock.Instant?
            let progressed = { (_: Int) in
                let now = ContinuousClock().now
                if let last { steps.append((now - last) / .seconds(1)) }
                last = now
            }
            try Generator.generate(requests, weights: weights, parameters: parameters, progressed: progressed) { _ in }
        }
        return Double(groups * members) / Stopwatch.median(of: steps)
    }

    /// Rows a second of whole updates: forward, backward, AdamW. A row is a token of a prompt or a response.
    private static func trainRate(_ weights: PolicyWeights) throws -> (rate: Double, rows: Int) {
        let families = (0..<groups / 2).map { group in
            TokenFamily(
                prompt: tokens(promptLength, group), continuations: (0..<members).map { tokens(responseLength, 100 + group * members + $0) }
            )
        }
        let batch = try PackedBatch(families, configuration: weights.configuration)
        let targets = batch.continuationRows.joined().flatMap { rows in
            rows.dropLast().map { TokenTarget(row: $0, token: batch.tokens[$0 + 1]) }
        }
        let coefficients = [Float](repeating: 1 / Float(targets.count), count: targets.count)
        let state = (0..<3).map { _ in FloatBuffer(count: weights.table.count) }
        let scalars = AdamWKernel.Scalars(
            gradientScale: 1, decay: 1, firstRate: 0.1, secondKeep: 0.999, secondRate: 0.001, secondCorrection: 1, stepSize: 1e-6,
            epsilon: 1e-8)
        let arena = Arena()
        let seconds = Stopwatch.median(repetitions: 5) {
            state[0].clear()
            let pass = ForwardPass(weights: weights, batch: batch, arena: arena)
            _ = pass.logProbs(targets)
            pass.backward(targets, coefficients: coefficients, gradients: state[0])
            AdamWKernel.update(
                weights: weights.values.base, firstMoments: state[1].base, secondMoments: state[2].base, gradients: state[0].base,
                count: weights.table.count, scalars: scalars)
        }
        return (Double(batch.rowCount) / seconds, batch.rowCount)
    }
}
