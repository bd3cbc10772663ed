package import LinearAlgebra

/// A value that must not train.
package struct NonFiniteValue: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The tensor, or `loss`, or `log-prob of …`.
    package let name: String
    /// The element's index inside the tensor.
    package let index: Int
    /// `inf`, `-inf` or `nan`.
    package let value: String

    package init(name: String, index: Int, value: Float) {
        self.name = name
        self.index = index
        self.value = "\(value)"
    }

    package var description: String { "\(name)[\(index)] is \(value)" }

    /// The first infinite or NaN element of the slices, in the order of their offsets.
    ///
    /// - Parameters:
    ///   - buffer: A part of the flat buffer, or all of it.
    ///   - offset: Which element of the flat buffer `buffer` begins with.
    ///   - slices: The named tensors of the flat buffer.
    /// - Returns: The tensor's name, the element inside the tensor and its value; nil if all are finite.
    package static func first(in buffer: UnsafeBufferPointer<Float>, offset: Int = 0, slices: [ParameterSlice]) -> NonFiniteValue? {
        let window = offset..<(offset + buffer.count)
        for slice in slices.sorted(by: { $0.offset < $1.offset }) {
            let range = slice.range.clamped(to: window)
            guard !range.isEmpty else { continue }
            let part = UnsafeBufferPointer(rebasing: buffer[(range.lowerBound - offset)..<(range.upperBound - offset)])
            if let index = firstIndex(in: part) {
                return NonFiniteValue(name: slice.name, index: range.lowerBound - slice.offset + index, value: part[index])
            }
        }
        return nil
    }

    /// The index of the first infinite or NaN element, or nil.
    package static func firstIndex(in buffer: UnsafeBufferPointer<Float>) -> Int? {
        let blockSize = 1024
        for start in stride(from: 0, to: buffer.count, by: blockSize) {
            let end = min(start + blockSize, buffer.count)
            // An exponent of all ones carries into the sign bit: one test a block, no branch an element.
            var hits: UInt32 = 0
            for index in start..<end { hits |= ((buffer[index].bitPattern & 0x7F80_0000) &+ 0x0080_0000) & 0x8000_0000 }
            if hits != 0 { return (start..<end).first { !buffer[$0].isFinite } }
        }
        return nil
    }
}

/// Counts skipped steps and says when to stop: a run that can't train says so and doesn't burn the machine.
package struct SkipCounter: Codable, Hashable, Sendable {
    /// What to do after a step.
    package enum Decision: Hashable, Sendable {
        case proceed
        /// Too many skips in a row; the message names the last culprit.
        case stop(String)
    }

    /// Skips in a row that end the run.
    package let limit: Int
    package private(set) var consecutiveCount = 0
    package private(set) var totalCount = 0
    package private(set) var lastCulprit: NonFiniteValue?

    /// - Precondition: `limit` is positive.
    package init(limit: Int) {
        precondition(limit > 0, "a limit of \(limit) skipped steps")
        self.limit = limit
    }

    /// The step was trained: the row of skips ends.
    package mutating func recordUpdate() { consecutiveCount = 0 }

    /// The step was skipped because of `culprit`.
    package mutating func recordSkip(_ culprit: NonFiniteValue) -> Decision {
        consecutiveCount += 1
        totalCount += 1
        lastCulprit = culprit
        guard consecutiveCount >= limit else { return .proceed }
        return .stop(
            "\(consecutiveCount) steps in a row were skipped, the last because \(culprit); lower optimizer.learning_rate or check the data")
    }
}
