/// The figures of a loss as sums: exact to cut and put together, as long as the parts meet in a fixed order.
///
/// Sequences add up in id order inside a lane, lanes meet in ``LaneReduction``'s tree.
package struct LossStatistics: Codable, Hashable, Sendable {
    /// The whole loss: sum of weight * (policy loss + coefficient * KL).
    package private(set) var loss = 0.0
    /// Sum of weight * policy loss: `actor/pg_loss`.
    package private(set) var policyLoss = 0.0
    /// Response tokens.
    package private(set) var tokenCount = 0
    /// Tokens whose ratio was clipped.
    package private(set) var clippedHigherCount = 0
    /// Tokens that dual clip bounded.
    package private(set) var clippedLowerCount = 0
    /// Sum of -log r.
    package private(set) var negativeLogRatioSum = 0.0
    /// Sum of KL estimates to the reference.
    package private(set) var klSum = 0.0

    package init() {}

    mutating func add(_ token: PolicyLoss.Token, weight: Double, klCoefficient: Double) {
        policyLoss += weight * token.policyLoss
        loss += weight * (token.policyLoss + klCoefficient * token.kl)
        tokenCount += 1
        clippedHigherCount += token.isClippedHigher ? 1 : 0
        clippedLowerCount += token.isClippedLower ? 1 : 0
        negativeLogRatioSum -= token.logRatio
        klSum += token.kl
    }

    /// Adds the sums of `other`, which come after these in the fixed order.
    package mutating func combine(_ other: Self) {
        loss += other.loss
        policyLoss += other.policyLoss
        tokenCount += other.tokenCount
        clippedHigherCount += other.clippedHigherCount
        clippedLowerCount += other.clippedLowerCount
        negativeLogRatioSum += other.negativeLogRatioSum
        klSum += other.klSum
    }

    private func tokenMean(_ sum: Double) -> Double { tokenCount > 0 ? sum / Double(tokenCount) : 0 }

    /// `actor/pg_clipfrac_higher`: share of tokens whose ratio was clipped.
    package var clipFractionHigher: Double { tokenMean(Double(clippedHigherCount)) }
    /// `actor/pg_clipfrac_lower`: share of tokens that dual clip bounded.
    package var clipFractionLower: Double { tokenMean(Double(clippedLowerCount)) }
    /// `actor/ppo_kl`: mean of logp_old - logp_new over tokens, in nats.
    package var policyKL: Double { tokenMean(negativeLogRatioSum) }
    /// Mean KL estimate to the reference over tokens, in nats.
    package var referenceKL: Double { tokenMean(klSum) }
}
