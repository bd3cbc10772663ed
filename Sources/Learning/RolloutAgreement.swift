import Glibc

/// How far the learner's probabilities lie from those recorded at sampling: `training/rollout_probs_diff_{max,mean}`.
///
/// Meaningful only where both come from the same policy version; then the maximum is exactly 0.
package struct RolloutAgreement: Codable, Hashable, Sendable {
    /// Largest |p_learner - p_rollout|.
    package private(set) var maximum = 0.0
    /// Sum of |p_learner - p_rollout| over tokens.
    package private(set) var sum = 0.0
    package private(set) var tokenCount = 0

    package init() {}

    /// Compares the log-probabilities of one response, token by token.
    ///
    /// `|e^a - e^b| = e^b |expm1(a - b)|`, so that one unit in the last place shows even where the probability rounds to 1. Log-probs of
    /// other bits count as different whatever the formula says.
    /// - Precondition: Equal counts.
    package mutating func add(logProbs: [Float], recorded: [Float]) {
        precondition(logProbs.count == recorded.count, "\(logProbs.count) log-probs against \(recorded.count) recorded")
        for (a, b) in zip(logProbs, recorded) {
            tokenCount += 1
            guard a.bitPattern != b.bitPattern else { continue }
            var difference = exp(Double(b)) * abs(expm1(Double(a) - Double(b)))
            if difference.isNaN { difference = .infinity }
            difference = max(difference, .leastNonzeroMagnitude)
            maximum = max(maximum, difference)
            sum += difference
        }
    }

    /// Adds the figures of `other`, which come after these in the fixed order.
    package mutating func combine(_ other: Self) {
        maximum = max(maximum, other.maximum)
        sum += other.sum
        tokenCount += other.tokenCount
    }

    /// Mean of |p_learner - p_rollout| over tokens.
    package var mean: Double { tokenCount > 0 ? sum / Double(tokenCount) : 0 }
}
