/// What a key with a number may say, in the words of a file: what is documented can be tried at its ends.
package struct KeyRange: Hashable, Sendable {
    /// The least and the greatest value that is allowed.
    package let ends: [String]
    /// The nearest values that are not.
    package let beyond: [String]

    init(_ range: ClosedRange<Int>) {
        ends = ["\(range.lowerBound)", "\(range.upperBound)"]
        beyond = [range.lowerBound.predecessorText, range.upperBound.successorText]
    }

    init(_ bounds: RealBounds) {
        let (lower, upper) = (bounds.lower, bounds.upper)
        ends = [bounds.includesLower ? lower : lower.nextUp, bounds.includesUpper ? upper : upper.nextDown].map { "\($0)" }
        beyond = [bounds.includesLower ? lower.nextDown : lower, bounds.includesUpper ? upper.nextUp : upper].map { "\($0)" }
    }
}

extension Int {
    /// As digits, also where no Int is so small or so large.
    fileprivate var predecessorText: String { self == .min ? "-9223372036854775809" : "\(self - 1)" }
    fileprivate var successorText: String { self == .max ? "9223372036854775808" : "\(self + 1)" }
}
