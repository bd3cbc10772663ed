import Glibc

/// The clipped policy objective of the GRPO family, token by token.
///
/// With log r = logp_new - logp_old clamped to +-20 and A the advantage:
/// `L = max(-A r, -A clip(r, 1 - clipLow, 1 + clipHigh))`, for A < 0 at most `-A dualClip`, plus `klCoefficient * KL`.
///
/// - Precision: `Double` inside, gradients rounded once to `Float`.
/// - SeeAlso: PPO, arXiv:1707.06347; dual clip, arXiv:1912.09729.
package struct PolicyLoss: Hashable, Sendable {
    /// How far the ratio may fall below 1 before its gradient stops.
    package var clipLow: Double
    /// How far the ratio may rise above 1 before its gradient stops.
    package var clipHigh: Double
    /// The bound of the loss in units of -A for negative advantages; nil for none.
    package var dualClip: Double?
    /// Which KL estimator to a frozen reference; nil for none.
    package var klEstimator: KLEstimator?
    /// The weight of the KL term.
    package var klCoefficient: Double

    /// - Throws: ``LearningError`` with code `invalidSetting` unless `0 <= clipLow < 1`, `clipHigh >= 0`, `dualClip > 1` and the
    ///   coefficient is finite and not negative.
    package init(
        clipLow: Double = 0.2, clipHigh: Double = 0.3, dualClip: Double? = 3, klEstimator: KLEstimator? = nil, klCoefficient: Double = 0
    ) throws(LearningError) {
        guard clipLow >= 0, clipLow < 1 else { throw LearningError(.invalidSetting, "clip low \(clipLow) must be in 0 ..< 1") }
        guard clipHigh >= 0, clipHigh.isFinite else { throw LearningError(.invalidSetting, "clip high \(clipHigh) must be 0 or more") }
        if let dualClip, !(dualClip > 1 && dualClip.isFinite) {
            throw LearningError(.invalidSetting, "dual clip \(dualClip) must be above 1")
        }
        guard klCoefficient >= 0, klCoefficient.isFinite else {
            throw LearningError(.invalidSetting, "KL coefficient \(klCoefficient) must be 0 or more")
        }
        self.clipLow = clipLow
        self.clipHigh = clipHigh
        self.dualClip = dualClip
        self.klEstimator = klEstimator
        self.klCoefficient = klCoefficient
    }

    /// The bound on the absolute log-ratio.
    package static let maximumLogRatio = 20.0

    /// One token's share, before its weight.
    package struct Token: Hashable, Sendable {
        /// The clipped objective, without KL.
        package var policyLoss: Double
        /// The KL estimate, 0 without reference.
        package var kl: Double
        /// d(policyLoss + klCoefficient * kl) / d logp_new.
        package var derivative: Double
        /// The clamped log-ratio, logp_new - logp_old.
        package var logRatio: Double
        /// Whether the ratio's clip replaced the plain objective (`actor/pg_clipfrac_higher`).
        package var isClippedHigher: Bool
        /// Whether dual clip replaced the clipped objective (`actor/pg_clipfrac_lower`).
        package var isClippedLower: Bool
    }

    /// The loss of one token and its derivative.
    ///
    /// - Parameters:
    ///   - logProb: logp_new, of the policy being trained.
    ///   - behaviourLogProb: logp_old, of the policy that sampled the token.
    ///   - referenceLogProb: logp_ref; the KL term is left out if nil or if there is no estimator.
    ///   - advantage: A.
    /// - Returns: Loss, derivative with respect to `logProb`, and what was clipped; NaN throughout if an input is not finite.
    package func token(logProb: Float, behaviourLogProb: Float, referenceLogProb: Float? = nil, advantage: Float) -> Token {
        let a = Double(advantage)
        let unclamped = Double(logProb) - Double(behaviourLogProb)
        guard unclamped.isFinite, a.isFinite, referenceLogProb?.isFinite ?? true else {
            // A clamp would hide the damage: let it reach the non-finite guard.
            return Token(policyLoss: .nan, kl: .nan, derivative: .nan, logRatio: .nan, isClippedHigher: false, isClippedLower: false)
        }
        let logRatio = min(max(unclamped, -Self.maximumLogRatio), Self.maximumLogRatio)
        let ratio = exp(logRatio)
        let plain = -a * ratio
        let clipped = -a * min(max(ratio, 1 - clipLow), 1 + clipHigh)
        let isClippedHigher = plain < clipped
        var loss = isClippedHigher ? clipped : plain
        var isClippedLower = false
        if a < 0, let dualClip, loss > -a * dualClip {
            loss = -a * dualClip
            isClippedLower = true
        }
        let isFlat = isClippedHigher || isClippedLower || logRatio != unclamped
        var result = Token(
            policyLoss: loss, kl: 0, derivative: isFlat ? 0 : plain, logRatio: logRatio, isClippedHigher: isClippedHigher,
            isClippedLower: isClippedLower)
        if let klEstimator, let referenceLogProb {
            let (value, derivative) = klEstimator(logProb: Double(logProb), referenceLogProb: Double(referenceLogProb))
            result.kl = value
            result.derivative += klCoefficient * derivative
        }
        return result
    }

    /// The gradient of one sequence's weighted loss, and its figures.
    ///
    /// - Shapes: all `[T]`; T = sampled tokens of the sequence.
    /// - Parameters:
    ///   - logProbs: Of the policy being trained.
    ///   - behaviourLogProbs: As recorded when the tokens were sampled.
    ///   - referenceLogProbs: Of the frozen reference; nil without KL.
    ///   - advantage: The same for each token.
    ///   - tokenWeight: From ``LossAggregation/tokenWeights(responseLengths:)`` over the global batch, whichever tokens train.
    ///   - factors: Of `tokenWeight`, one a token; nil for 1.
    ///   - trained: Which tokens train, from ``EntropySelection``; nil for all. The others have the weight 0.
    ///   - statistics: Grows by this sequence's sums, in token order.
    /// - Returns: d loss / d logProb of each token, weight included.
    /// - Throws: ``LearningError`` with code `lengthMismatch`, or `invalidSetting` if a KL estimator is set and there is no reference.
    package func gradients(
        logProbs: [Float], behaviourLogProbs: [Float], referenceLogProbs: [Float]? = nil, advantage: Float, tokenWeight: Double,
        factors: [Float]? = nil, trained: [Bool]? = nil, statistics: inout LossStatistics
    ) throws(LearningError) -> [Float] {
        guard logProbs.count == behaviourLogProbs.count, referenceLogProbs.map({ $0.count == logProbs.count }) ?? true,
            trained.map({ $0.count == logProbs.count }) ?? true, factors.map({ $0.count == logProbs.count }) ?? true
        else {
            throw LearningError(
                .lengthMismatch,
                "\(logProbs.count) log-probs, \(behaviourLogProbs.count) of the behaviour policy, \(referenceLogProbs?.count ?? 0) of the reference, "
                    + "\(factors?.count ?? 0) factors"
            )
        }
        guard klEstimator == nil || referenceLogProbs != nil else {
            throw LearningError(.invalidSetting, "a KL term needs the log-probs of a reference policy")
        }
        var sums = LossStatistics()
        var gradients = [Float](repeating: 0, count: logProbs.count)
        for index in logProbs.indices {
            let token = token(
                logProb: logProbs[index], behaviourLogProb: behaviourLogProbs[index], referenceLogProb: referenceLogProbs?[index],
                advantage: advantage)
            let own = factors.map { tokenWeight * Double($0[index]) } ?? tokenWeight
            let weight = trained?[index] == false ? 0 : own
            gradients[index] = Float(weight * token.derivative)
            sums.add(token, weight: weight, klCoefficient: klCoefficient)
        }
        statistics.combine(sums)
        return gradients
    }
}
