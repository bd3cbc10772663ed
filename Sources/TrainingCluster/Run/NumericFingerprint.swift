import ActorRuntime
import Digests
import Foundation
import Generation
import Learning
import LinearAlgebra
import Multimodal
import PolicyModel
import Randomness
import Rewards
import Trajectories

/// What this process is: computed once, whatever the number of its ranks.
enum ProgramFingerprints {
    static let build = Result { try BuildFingerprint.ofExecutable() }
    static let numeric = Result { try NumericFingerprint.compute() }
}

/// A checksum of a fixed computation that runs every kernel a run uses: machines that compute other bits have another one.
///
/// A picture is decoded, resized and cut; a small model with a vision tower samples in float32 and in bfloat16, is trained for two steps, and its losses and
/// rates go through the C library's functions that a run's go through. A test sees that no kernel is left out.
package enum NumericFingerprint {
    private static let architecture = """
        {"model_type": "qwen2_5_vl", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "vocab_size": 96, "rms_norm_eps": 1e-6, "rope_theta": 10000, "tie_word_embeddings": true, "image_token_id": 90,
        "video_token_id": 91, "eos_token_id": 1, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
        "vision_config": {"depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2, "out_hidden_size": 64, "patch_size": 4,
        "spatial_merge_size": 2, "window_size": 16, "fullatt_block_indexes": [1], "temporal_patch_size": 2}}
        """

    /// - Returns: `Checksum64` of pixels, log-probabilities, gradients, samples and updated weights.
    package static func compute() throws -> UInt64 {
        let weights = PolicyWeights(try ModelConfiguration(json: Data(architecture.utf8), source: "the fingerprint's model"))
        weights.initialize(seed: 7)
        var sum = Checksum64()
        let image = try image(&sum)
        let visual = [Int32](repeating: 90, count: image.tokenCount(mergeSize: 2))
        let prompt = [5, 17] + visual + (0..<40).map { Int32(($0 * 37 + 11) % 89) }
        let family = TokenFamily(prompt: prompt, images: [image], continuations: [prompt.suffix(40).reversed(), Array(prompt.suffix(17))])
        let logProbs = try train(weights, family, &sum)
        try sample(weights, prompt, image, &sum)
        try infer(weights, Array(prompt.suffix(40)), &sum)
        try decide(logProbs, &sum)
        multiply(&sum)
        return sum.value
    }

    /// A picture as prompts have them.
    private static func image(_ sum: inout Checksum64) throws -> VisualInput {
        let picture = try RGBImage(decoding: [UInt8](Data(base64Encoded: picture, options: .ignoreUnknownCharacters) ?? Data()))
        picture.pixels.withUnsafeBytes { sum.update($0) }
        let processor = try ImageProcessor(patchSize: 4, mergeSize: 2, temporalPatchSize: 2, minimumPixels: 256, maximumPixels: 768)
        let patches = try processor.patches(of: RGBImage(decoding: try picture.pngEncoded()))
        patches.values.withUnsafeBytes { sum.update($0) }
        return VisualInput(time: patches.grid.t, height: patches.grid.h, width: patches.grid.w, patches: patches.values)
    }

    /// Two steps of the optimizer on one family.
    ///
    /// - Returns: the log-probabilities of the second.
    private static func train(_ weights: PolicyWeights, _ family: TokenFamily, _ sum: inout Checksum64) throws -> [Float] {
        let batch = try PackedBatch([family], configuration: weights.configuration)
        let targets = (0..<(batch.rowCount - 1)).map { TokenTarget(row: $0, token: batch.tokens[$0 + 1]) }
        let shard = OptimizerShard(range: 0..<weights.table.count, copying: weights.values.base)
        let segments = try ParameterRules().segments(for: weights.table.slices, parameterCount: weights.table.count, weightDecay: 0.01)
        let rates = try LearningRateSchedule(peak: 1e-3, decay: .cosine, stepCount: 3)
        var logProbs: [Float] = []
        for step in 1...2 {
            let pass = ForwardPass(weights: weights, batch: batch, arena: Arena())
            logProbs = pass.logProbs(targets).map(\.logProb)
            let gradients = FloatBuffer(count: weights.table.count)
            pass.backward(targets, coefficients: logProbs, gradients: gradients)
            logProbs.withUnsafeBytes { sum.update($0) }
            gradients.values.withUnsafeBytes { sum.update($0) }
            let norm = GradientNorm.norm(
                chunkSums: GradientNorm.chunkSums(of: UnsafeBufferPointer(start: gradients.base, count: gradients.count)))
            try AdamW().update(
                shard, gradients: gradients.base, segments: segments, learningRate: rates.rate(step: step),
                gradientScale: GradientNorm.clipScale(norm: norm, maximum: 1))
            weights.values.base.update(from: shard.weights, count: weights.table.count)
        }
        weights.values.values.withUnsafeBytes { sum.update($0) }
        return logProbs
    }

    /// Responses to a picture: drawn, and the most probable.
    private static func sample(_ weights: PolicyWeights, _ prompt: [Int32], _ image: VisualInput, _ sum: inout Checksum64) throws {
        for temperature in [Float(0), 0.9] {
            let parameters = SamplingParameters(temperature: temperature, maximumTokens: 6, stopTokens: [1], bannedTokens: [90, 91])
            let request = GenerationRequest(prompt: prompt, images: [image], members: [CounterRandom(key: 3), CounterRandom(key: 4)])
            var responses: [GeneratedResponse] = []
            try Generator.generate([request], weights: weights, parameters: parameters) { responses.append($0) }
            for response in responses.sorted(by: { $0.member < $1.member }) {
                response.tokens.withUnsafeBytes { sum.update($0) }
                (response.logProbs + [response.entropy]).withUnsafeBytes { sum.update($0) }
            }
        }
    }

    /// A text behind a head that is computed once, with rounded weights, as judges read.
    private static func infer(_ weights: PolicyWeights, _ text: [Int32], _ sum: inout Checksum64) throws {
        let rounded = PolicyWeights(uninitialized: weights.configuration, storage: .bfloat16)
        if let base = rounded.bytes.baseAddress { WeightStorage.bfloat16.write(weights.values.base, count: weights.table.count, to: base) }
        rounded.refresh()
        let head = try CachedHead(Array(text.prefix(20)), weights: rounded)
        let batch = try PackedBatch(
            [TokenFamily(prompt: text, continuations: [[3, 9], [4]])], configuration: rounded.configuration, after: head)
        let pass = ForwardPass(weights: rounded, batch: batch, arena: Arena(), purpose: .inference)
        let decisions = batch.continuationRows.flatMap { $0.map { TokenTarget(row: $0.upperBound - 1, token: 8) } }
        pass.logProbs(decisions).map(\.logProb).withUnsafeBytes { sum.update($0) }
    }

    /// Losses, which go through the C library's functions of doubles.
    private static func decide(_ logProbs: [Float], _ sum: inout Checksum64) throws {
        let behaviour = logProbs.map { $0 * 0.9375 - 0.03125 }
        for (index, estimator) in KLEstimator.allCases.enumerated() {
            let loss = try PolicyLoss(klEstimator: estimator, klCoefficient: 0.05)
            var statistics = LossStatistics()
            let gradients = try loss.gradients(
                logProbs: logProbs, behaviourLogProbs: behaviour, referenceLogProbs: behaviour.reversed(),
                advantage: index == 1 ? -1.5 : 0.75, tokenWeight: 0.125, statistics: &statistics)
            gradients.withUnsafeBytes { sum.update($0) }
        }
        var agreement = RolloutAgreement()
        agreement.add(logProbs: logProbs, recorded: behaviour)
        for kind in AdvantageKind.allCases {
            kind.advantages(of: [[0.1, 0.7, 0.7, 1.3]])[0].withUnsafeBytes { sum.update($0) }
        }
        [agreement.mean, agreement.maximum].withUnsafeBytes { sum.update($0) }
    }

    /// Products above the size from which OpenBLAS may do them, and their weighted sum.
    private static func multiply(_ sum: inout Checksum64) {
        let (rows, inner, columns) = (96, 352, 96)
        let random = CounterRandom(key: 11)
        func matrix(_ rows: Int, _ columns: Int, _ number: UInt64) -> FloatBuffer {
            let buffer = FloatBuffer(count: rows * columns)
            for index in 0..<buffer.count { buffer.base[index] = random.uniform(number, UInt64(index)) - 0.5 }
            return buffer
        }
        let (a, b, c) = (matrix(rows, inner, 1), matrix(inner, columns, 2), FloatBuffer(count: rows * columns))
        let result = Matrix(c.base, rows: rows, columns: columns)
        Products.forward(Matrix(a.base, rows: rows, columns: inner), Matrix(b.base, rows: inner, columns: columns), into: result)
        c.values.withUnsafeBytes { sum.update($0) }
        Products.forward(
            Matrix(a.base, rows: rows, columns: inner), transposed: Matrix(b.base, rows: columns, columns: inner), into: result)
        c.values.withUnsafeBytes { sum.update($0) }
        Rows.add(0.3, times: a.base, to: c.base, count: c.count)
        c.values.withUnsafeBytes { sum.update($0) }
    }

    /// 37 x 29 pixels of JPEG with halved colour.
    private static let picture = """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABcQERQRDhcUEhQaGBcbIjklIh8fIkYyNSk5UkhXVVFIUE5bZoNvW2F8Yk5QcptzfIeLkpSSWG2grJ+O
        qoOPko3/2wBDARgaGiIeIkMlJUONXlBejY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY3/wAARCAAdACUD
        ASIAAhEBAxEB/8QAGAAAAwEBAAAAAAAAAAAAAAAAAAMEAgX/xAAuEAACAQIDBgUDBQAAAAAAAAABAhEAIQMEEiIxUWFxgRNBkaHwFCQycoKx0dL/
        xAAYAQADAQEAAAAAAAAAAAAAAAADBAUBAv/EACURAAICAQMBCQAAAAAAAAAAAAECAAMRBBIh0RMiMUFRYXHB8P/aAAwDAQACEQMRAD8A4+Ryf1JA
        i1dBcvllthYfix+RmFHel5IRkVQW8UnU26FETf5508tq0bAVANSqwsBxPEnh8JLbio3esGm4t7Ri4eCpLeFhFAR5TH7pAp30+EzuwRVVQCIAjdxg
        j3pd5XXq3DeLiem7sJtNORiqHFmABqLTewF55d+1KV6g2Ha3MfrBAzmT5ltLqmDh6YWWnAXEv1FFSYgbEcsoZSfJCE/mx6iimQ+3unHHxJj32uxY
        PgRmU2cqisSFOGLxMTOr2WqLzr0j8psswd3eJA8rm9IypdsPCXXAhREDds/6PrVIYFocatkE2AmQSfL9XryrHQOezPj9RmtOZpVMhUAGGBpAQSAD
        c3PTv0gVnN4m14Q06mOoAjfy+cDHCqmRlXUHJGpVg9SJ9vkCOZifcZlla1wO2z/Y9OkDqpWo72/GE1L7asDz46zBcAAKuEBwxBbtbf05GinZVlCk
        L4igCBpfmeXyaK6ZqlOHPPWTsY4xP//Z
        """
}

/// SHA-256 of texts.
enum Digest {
    static func text(_ text: String) -> String { SHA256.hex(ofText: text) }
}
