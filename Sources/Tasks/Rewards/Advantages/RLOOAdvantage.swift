/// `r - mean of the others` within a group, in reward units. arXiv:2402.14740.
package enum RLOOAdvantage: GroupAdvantageRule {
    package static let name = "rloo"

    package static func advantages(of rewards: [Float], epsilon: Double) -> [Float] {
        let sum = Moments.sum(rewards)
        return rewards.map { Float(Double($0) - (sum - Double($0)) / Double(rewards.count - 1)) }
    }
}
