/// `(r - mean) / (std + epsilon)` within a group, std with n - 1 in the denominator, in standard deviations. arXiv:2402.03300.
package enum GRPOAdvantage: GroupAdvantageRule {
    package static let name = "grpo"

    package static func advantages(of rewards: [Float], epsilon: Double) -> [Float] {
        let mean = Moments.sum(rewards) / Double(rewards.count)
        let deviation = Moments.deviation(rewards.map(Double.init), mean: mean)
        return rewards.map { Float((Double($0) - mean) / (deviation + epsilon)) }
    }
}
