package import Trajectories

/// What one response to one problem showed.
package struct OutcomeRecord: Hashable, Codable, Sendable {
    package let problem: ProblemID
    /// Whether the final answer was right.
    package let accuracy: Bool
    /// Whether every visual annotation was reflected; nil if the problem has none or a verdict is unknown.
    package let perception: Bool?
    /// The share of annotations reflected, 0 ... 1; nil where `perception` is.
    package let perceptionShare: Double?
    /// The same share by the judge that gives the reward; nil if it was not asked or a verdict is unknown.
    package let rewardJudgeShare: Double?
    /// Ids of what the problem shares with other problems, such as one handwritten digit.
    package let units: [Int]
    package let response: String?

    private enum CodingKeys: String, CodingKey {
        case problem = "problem_id"
        case accuracy, perception
        case perceptionShare = "perception_share"
        case rewardJudgeShare = "reward_judge_share"
        case units, response
    }

    /// An outcome from the verdicts on its annotations.
    ///
    /// - Parameters:
    ///   - problem: The problem's id.
    ///   - isAccurate: Whether the final answer was right.
    ///   - verdicts: One an annotation, by the measuring judge. A single unknown one leaves perception undefined: it is never a 0.
    ///   - rewardJudgeVerdicts: The same by the judge that gives the reward, if it was asked.
    ///   - units: What the problem shares with others.
    ///   - response: The response, if it is to be kept.
    package init(
        problem: ProblemID, isAccurate: Bool, verdicts: [Verdict], rewardJudgeVerdicts: [Verdict] = [], units: [Int],
        response: String? = nil
    ) {
        self.problem = problem
        accuracy = isAccurate
        perceptionShare = Self.share(verdicts)
        perception = perceptionShare.map { $0 == 1 }
        rewardJudgeShare = Self.share(rewardJudgeVerdicts)
        self.units = units
        self.response = response
    }

    private static func share(_ verdicts: [Verdict]) -> Double? {
        guard !verdicts.isEmpty, !verdicts.contains(.unknown) else { return nil }
        return Double(verdicts.count { $0 == .reflected }) / Double(verdicts.count)
    }
}
