/// The mean of its group is subtracted from each reward, and what is left is whitened over the batch: `(x - mean) / (std + 1e-6)`, std with n - 1 in the
/// denominator. REINFORCE++ with baseline, arXiv:2501.03262.
///
/// Groups whose rewards differ little weigh little, where ``GRPOAdvantage`` gives every group the same spread. A batch of equal rewards gives 0.
package enum ReinforcePPBaselineAdvantage: AdvantageRule {
    package static let name = "reinforce_pp_baseline"
    private static let whiteningEpsilon = 1e-6

    package static func advantages(of groups: [[Float]], epsilon: Double) -> [[Float]] {
        let centred = groups.map { group -> [Double] in
            // Exactly 0 where nothing differs: the mean of equal numbers may round away from them.
            guard group.contains(where: { $0 != group[0] }) else { return [Double](repeating: 0, count: group.count) }
            let mean = Moments.sum(group) / Double(group.count)
            return group.map { Double($0) - mean }
        }
        let all = centred.flatMap(\.self)
        guard all.contains(where: { $0 != 0 }) else { return groups.map { [Float](repeating: 0, count: $0.count) } }
        let mean = all.reduce(0, +) / Double(all.count)
        let deviation = Moments.deviation(all, mean: mean)
        return centred.map { group in group.map { Float(($0 - mean) / (deviation + whiteningEpsilon)) } }
    }
}
