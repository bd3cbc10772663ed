package import Trajectories

/// The visual perception reward of one trajectory: the share of its problem's annotations that the response reflects.
package enum VisualReward: Hashable, Sendable {
    /// The problem has no annotations: there is no visual component.
    case absent
    /// A verdict is unknown (or the judge gave too few or too many): the component is not defined, and the trajectory leaves its group.
    case unknown
    /// Reflected annotations / annotations of the problem.
    case defined(Float)

    /// - Parameters:
    ///   - verdicts: One for each annotation, in their order.
    ///   - annotationCount: How many annotations the problem has. This is the denominator, whatever the judge left out.
    package init(verdicts: [Verdict], annotationCount: Int) {
        if annotationCount == 0 && verdicts.isEmpty {
            self = .absent
        } else if verdicts.count != annotationCount || verdicts.contains(.unknown) {
            self = .unknown
        } else {
            self = .defined(Float(Double(verdicts.count { $0 == .reflected }) / Double(annotationCount)))
        }
    }

    /// The share, 0 ... 1; nil if any verdict is unknown or there are no annotations.
    package var value: Float? {
        if case .defined(let value) = self { value } else { nil }
    }
}
