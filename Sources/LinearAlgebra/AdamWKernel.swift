import CKernels

/// The optimizer's inner loops over flat buffers: the same bits on every CPU, whatever the length of a call.
package enum AdamWKernel {
    /// The scalars of one update, computed in `Double` and rounded once to `Float`, as torch does.
    package struct Scalars: Hashable, Sendable {
        /// Multiplies each gradient first; 1 leaves it alone.
        package var gradientScale: Float
        /// `1 - rate * weightDecay`.
        package var decay: Float
        /// `1 - beta1`.
        package var firstRate: Float
        /// `beta2`.
        package var secondKeep: Float
        /// `1 - beta2`.
        package var secondRate: Float
        /// `sqrt(1 - beta2^t)`.
        package var secondCorrection: Float
        /// `rate / (1 - beta1^t)`.
        package var stepSize: Float
        package var epsilon: Float

        package init(
            gradientScale: Float, decay: Float, firstRate: Float, secondKeep: Float, secondRate: Float, secondCorrection: Float,
            stepSize: Float, epsilon: Float
        ) {
            self.gradientScale = gradientScale
            self.decay = decay
            self.firstRate = firstRate
            self.secondKeep = secondKeep
            self.secondRate = secondRate
            self.secondCorrection = secondCorrection
            self.stepSize = stepSize
            self.epsilon = epsilon
        }
    }

    /// One AdamW update of `count` elements, with g = gradient * gradientScale:
    /// `m += firstRate * (g - m)`, `v = v * secondKeep + secondRate * g * g`,
    /// `w = w * decay - stepSize * m / (sqrt(v) / secondCorrection + epsilon)`.
    ///
    /// - Parameters:
    ///   - weights: w, updated in place.
    ///   - firstMoments: m, updated in place.
    ///   - secondMoments: v, updated in place.
    ///   - gradients: Read only.
    ///   - count: Elements of each buffer.
    ///   - scalars: The scalars of this update.
    /// - Precondition: The buffers don't overlap.
    package static func update(
        weights: UnsafeMutablePointer<Float>, firstMoments: UnsafeMutablePointer<Float>, secondMoments: UnsafeMutablePointer<Float>,
        gradients: UnsafePointer<Float>, count: Int, scalars: Scalars
    ) {
        var values = percept_adamw_scalars(
            gradient_scale: scalars.gradientScale, decay: scalars.decay, first_rate: scalars.firstRate, second_keep: scalars.secondKeep,
            second_rate: scalars.secondRate, second_correction: scalars.secondCorrection, step_size: scalars.stepSize,
            epsilon: scalars.epsilon)
        percept_adamw(weights, firstMoments, secondMoments, gradients, count, &values)
    }

    /// The sum of `values[i]^2` in `Double`, in eight fixed lanes: a function of the values and the count alone.
    package static func sumOfSquares(_ values: UnsafeBufferPointer<Float>) -> Double {
        guard let start = values.baseAddress else { return 0 }
        return percept_sum_of_squares(start, values.count)
    }
}
