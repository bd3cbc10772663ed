/// Master weights and both moments of a contiguous part of the flat parameter buffer, as one learner rank owns it.
///
/// - Isolation: not `Sendable`; it belongs to its learner. Whoever reads the buffers keeps the object alive.
package final class OptimizerShard {
    /// Which elements of the flat buffer these are; element 0 of each buffer is `range.lowerBound`.
    package let range: Range<Int>
    /// F32 masters, `[range.count]`, 64-byte aligned.
    package let weights: UnsafeMutablePointer<Float>
    /// Running mean of gradients, `[range.count]`, 64-byte aligned.
    package let firstMoments: UnsafeMutablePointer<Float>
    /// Running mean of squared gradients, `[range.count]`, 64-byte aligned.
    package let secondMoments: UnsafeMutablePointer<Float>
    /// Updates made so far; skipped steps are not counted. Part of the checkpoint, since bias correction depends on it.
    package var updateCount: Int

    /// A shard with zero moments whose weights are copied from element `range.lowerBound` of `parameters` on.
    /// - Precondition: `parameters` has at least `range.upperBound` elements.
    package convenience init(range: Range<Int>, copying parameters: UnsafePointer<Float>) {
        self.init(range: range)
        weights.update(from: parameters + range.lowerBound, count: range.count)
    }

    /// A shard of zeros, to be filled from a checkpoint.
    package init(range: Range<Int>, updateCount: Int = 0) {
        self.range = range
        self.updateCount = updateCount
        func zeros() -> UnsafeMutablePointer<Float> {
            let raw = UnsafeMutableRawPointer.allocate(byteCount: max(range.count, 1) * MemoryLayout<Float>.stride, alignment: 64)
            let pointer = raw.bindMemory(to: Float.self, capacity: max(range.count, 1))
            pointer.initialize(repeating: 0, count: max(range.count, 1))
            return pointer
        }
        weights = zeros()
        firstMoments = zeros()
        secondMoments = zeros()
    }

    deinit {
        weights.deallocate()
        firstMoments.deallocate()
        secondMoments.deallocate()
    }
}
