import LinearAlgebra

/// The global gradient norm, the same bits on any number of ranks: squares add up in `Double` inside fixed chunks, chunks in order.
package enum GradientNorm {
    /// The sum of squares of each chunk of ``ShardPlan/chunkSize`` elements.
    ///
    /// - Parameter gradients: Elements that begin at a chunk's start: the whole buffer, or a rank's part of it.
    /// - Returns: One sum a chunk. Ranks gather these in rank order.
    package static func chunkSums(of gradients: UnsafeBufferPointer<Float>) -> [Double] {
        stride(from: 0, to: gradients.count, by: ShardPlan.chunkSize).map { start in
            let end = min(start + ShardPlan.chunkSize, gradients.count)
            return AdamWKernel.sumOfSquares(UnsafeBufferPointer(rebasing: gradients[start..<end]))
        }
    }

    /// Sets the gradients of frozen parameters to zero, so that they count neither in the norm nor for the non-finite guard, as in torch,
    /// where they have none.
    ///
    /// - Parameters:
    ///   - gradients: A part of the flat buffer, or all of it.
    ///   - offset: Which element of the flat buffer `gradients` begins with.
    ///   - segments: Of the whole buffer.
    package static func clearFrozen(_ gradients: UnsafeMutableBufferPointer<Float>, offset: Int = 0, segments: [OptimizerSegment]) {
        for segment in segments where segment.isFrozen {
            let range = segment.range.clamped(to: offset..<(offset + gradients.count))
            for index in range { gradients[index - offset] = 0 }
        }
    }

    /// The norm from the sums of all chunks of the whole buffer, in chunk order.
    package static func norm(chunkSums: [Double]) -> Double {
        var sum = 0.0
        for chunk in chunkSums { sum += chunk }
        return sum.squareRoot()
    }

    /// What to multiply gradients by so that their norm is at most `maximum`: `min(1, maximum / (norm + 1e-6))`, as torch's
    /// `clip_grad_norm_`; exactly 1 where nothing is clipped or `maximum` is nil, NaN if the norm is not finite:
    /// such a step must be skipped.
    package static func clipScale(norm: Double, maximum: Double?) -> Float {
        guard norm.isFinite else { return .nan }
        guard let maximum else { return 1 }
        return Float(min(1, maximum / (norm + 1e-6)))
    }
}
