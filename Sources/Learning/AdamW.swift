import Glibc
import LinearAlgebra

/// AdamW with decoupled weight decay over flat buffers, with torch's semantics and order of operations.
///
/// An update of any part of the buffer gives the same bits as that part of an update of the whole.
///
/// - SeeAlso: arXiv:1711.05101; torch.optim.AdamW.
package struct AdamW: Codable, Hashable, Sendable {
    package let beta1: Double
    package let beta2: Double
    package let epsilon: Double

    /// - Throws: ``LearningError`` with code `invalidSetting` unless betas are in 0 ..< 1 and epsilon is positive.
    package init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) throws(LearningError) {
        guard beta1 >= 0, beta1 < 1, beta2 >= 0, beta2 < 1 else {
            throw LearningError(.invalidSetting, "betas \(beta1) and \(beta2) must be in 0 ..< 1")
        }
        guard epsilon > 0, epsilon.isFinite else { throw LearningError(.invalidSetting, "epsilon \(epsilon) must be positive") }
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// One update of a shard.
    ///
    /// - Parameters:
    ///   - shard: Master weights and moments of a contiguous part of the flat buffer; `updateCount` grows by 1.
    ///   - gradients: The gradients of the same part: element 0 belongs to `shard.range.lowerBound`.
    ///   - segments: Of the whole buffer, from ``ParameterRules/segments(for:parameterCount:weightDecay:)``.
    ///   - learningRate: The schedule's rate at this step.
    ///   - gradientScale: From ``GradientNorm/clipScale(norm:maximum:)``.
    package func update(
        _ shard: OptimizerShard, gradients: UnsafePointer<Float>, segments: [OptimizerSegment], learningRate: Double,
        gradientScale: Float = 1
    ) {
        shard.updateCount += 1
        let count = Double(shard.updateCount)
        let firstCorrection = 1 - pow(beta1, count)
        let secondCorrection = (1 - pow(beta2, count)).squareRoot()
        for segment in segments where !segment.isFrozen {
            let range = segment.range.clamped(to: shard.range)
            guard !range.isEmpty else { continue }
            let start = range.lowerBound - shard.range.lowerBound
            let rate = learningRate * segment.learningRateScale
            AdamWKernel.update(
                weights: shard.weights + start, firstMoments: shard.firstMoments + start, secondMoments: shard.secondMoments + start,
                gradients: gradients + start, count: range.count,
                scalars: AdamWKernel.Scalars(
                    gradientScale: gradientScale, decay: Float(1 - rate * segment.weightDecay), firstRate: Float(1 - beta1),
                    secondKeep: Float(beta2), secondRate: Float(1 - beta2), secondCorrection: Float(secondCorrection),
                    stepSize: Float(rate / firstCorrection), epsilon: Float(epsilon)))
        }
    }
}
