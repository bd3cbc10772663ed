package import Trajectories

/// The visual perception reward of one trajectory: the share of its problem's annotations that the response reflects.
///
/// Absent where the problem has no annotations. Unknown if a verdict is unknown, or if the judge gave too few or too many: the component is not
/// defined then, and the trajectory leaves its group.
package struct VisualReward: RewardPart {
    package static let name = "visual"
    package static let defaultWeight = 0.7
    package static let needsVerdicts = true

    package init() {}

    package func value(of subject: RewardSubject) -> RewardValue {
        Self.value(verdicts: subject.verdicts, annotationCount: subject.annotationCount)
    }

    /// - Parameters:
    ///   - verdicts: One for each annotation, in their order.
    ///   - annotationCount: How many annotations the problem has. This is the denominator, whatever the judge left out.
    package static func value(verdicts: [Verdict], annotationCount: Int) -> RewardValue {
        if annotationCount == 0 && verdicts.isEmpty { return .absent }
        if verdicts.count != annotationCount || verdicts.contains(.unknown) { return .unknown }
        return .known(Float(Double(verdicts.count { $0 == .reflected }) / Double(annotationCount)))
    }
}
