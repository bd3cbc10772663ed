/// `r - mean` within a group, in reward units. arXiv:2503.20783.
package enum DrGRPOAdvantage: GroupAdvantageRule {
    package static let name = "dr_grpo"

    package static func advantages(of rewards: [Float], epsilon: Double) -> [Float] {
        let mean = Moments.sum(rewards) / Double(rewards.count)
        return rewards.map { Float(Double($0) - mean) }
    }
}
