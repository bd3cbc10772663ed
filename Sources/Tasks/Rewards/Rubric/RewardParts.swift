package import Trajectories

/// Every part of the reward that there is, in the order in which a reward adds them up.
package enum RewardParts {
    package static let all: [any RewardPart.Type] = [
        AccuracyReward.self,
        FormatReward.self,
        VisualReward.self,
        RepetitionPenalty.self,
        OverlongPenalty.self,
    ]
}

extension RewardVector {
    /// The value of a part.
    package subscript<Part: RewardPart>(_ part: Part.Type) -> RewardValue { self[part.name] }
}
