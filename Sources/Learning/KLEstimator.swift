import Glibc

/// Estimators of KL(policy || reference) from one sampled token, with x = logp_ref - logp_new.
///
/// x is clamped to +-20 and the result to +-10; where a clamp holds, the gradient is zero.
///
/// - SeeAlso: J. Schulman, "Approximating KL Divergence".
package enum KLEstimator: String, Codable, Hashable, Sendable, CaseIterable {
    /// `-x`
    case k1
    /// `x^2 / 2`
    case k2
    /// `e^x - x - 1`
    case k3

    /// The estimate and its derivative with respect to the policy's log-probability.
    package func callAsFunction(logProb: Double, referenceLogProb: Double) -> (value: Double, derivative: Double) {
        let unclamped = referenceLogProb - logProb
        let x = min(max(unclamped, -20), 20)
        let value: Double
        let derivative: Double
        switch self {
        case .k1: (value, derivative) = (-x, 1)
        case .k2: (value, derivative) = (x * x / 2, -x)
        case .k3: (value, derivative) = (exp(x) - x - 1, 1 - exp(x))
        }
        let isClamped = x != unclamped || value < -10 || value > 10
        return (min(max(value, -10), 10), isClamped ? 0 : derivative)
    }
}
