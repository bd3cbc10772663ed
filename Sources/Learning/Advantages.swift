/// How the rewards of a group's siblings become advantages.
package enum AdvantageKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// `(r - mean) / (std + epsilon)`, std with n - 1 in the denominator. arXiv:2402.03300.
    case grpo
    /// `r - mean`. arXiv:2503.20783.
    case drGRPO = "dr_grpo"
    /// `r - mean of the others`. arXiv:2402.14740.
    case rloo
}

/// The advantages of one group.
package struct GroupAdvantages: Hashable, Sendable {
    /// One advantage a sibling, in sibling order.
    package let values: [Float]
    /// Whether all rewards are equal: such a group trains nothing and is counted in `rollout/zero_variance_groups`.
    package let isZeroVariance: Bool
}

extension AdvantageKind {
    /// Group-relative advantages for the rollouts of one prompt.
    ///
    /// `A[i] = (r[i] - mean(r)) / (std(r) + epsilon)` for `.grpo`, `r[i] - mean(r)` for `.drGRPO`, and
    /// `r[i] - (sum(r) - r[i]) / (G - 1)` for `.rloo`. A group whose rewards are all equal yields zeros, exactly; so does a lone sibling.
    ///
    /// - Shapes: `rewards` `[G]` -> result `[G]`; G = rollouts in the group.
    /// - Units: standard deviations for `.grpo`, reward units otherwise.
    /// - Precision: sums in `Double` in sibling order, rounded once to `Float`.
    /// - Isolation: pure; call from any executor.
    ///
    /// - Parameters:
    ///   - rewards: One reward a rollout, in sibling order. Must be finite.
    ///   - epsilon: What stands beside the standard deviation in the denominator of `.grpo`; the others don't use it.
    /// - Returns: One advantage a rollout, in the order of `rewards`, and whether there is anything to learn.
    /// - Throws: ``LearningError`` with code `emptyGroup` if `rewards` is empty, `nonFiniteReward` if one is not finite.
    /// - Complexity: O(G).
    package func advantages(of rewards: [Float], epsilon: Double = 1e-6) throws(LearningError) -> GroupAdvantages {
        guard let first = rewards.first else { throw LearningError(.emptyGroup, "a group without rewards has no advantages") }
        if let index = rewards.firstIndex(where: { !$0.isFinite }) {
            throw LearningError(.nonFiniteReward, "the reward of sibling \(index) is \(rewards[index]); rewards must be finite")
        }
        if rewards.allSatisfy({ $0 == first }) {
            return GroupAdvantages(values: [Float](repeating: 0, count: rewards.count), isZeroVariance: true)
        }
        let count = Double(rewards.count)
        var sum = 0.0
        for reward in rewards { sum += Double(reward) }
        let mean = sum / count
        let values: [Float]
        switch self {
        case .grpo:
            var squares = 0.0
            for reward in rewards {
                let centred = Double(reward) - mean
                squares += centred * centred
            }
            let deviation = (squares / (count - 1)).squareRoot()
            values = rewards.map { Float((Double($0) - mean) / (deviation + epsilon)) }
        case .drGRPO: values = rewards.map { Float(Double($0) - mean) }
        case .rloo: values = rewards.map { Float(Double($0) - (sum - Double($0)) / (count - 1)) }
        }
        return GroupAdvantages(values: values, isZeroVariance: false)
    }
}
