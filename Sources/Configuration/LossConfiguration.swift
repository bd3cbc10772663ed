package import ConfigurationReading

/// `loss`: the clipped policy loss.
package struct LossConfiguration: ConfigurationSection, Codable, Hashable {
    /// Over what the loss of tokens is averaged; always the global batch.
    package enum Aggregation: String, CaseIterable, Codable, Sendable {
        /// Sum over response tokens / their number.
        case tokenMean = "token_mean"
        /// Mean of the means of sequences.
        case sequenceMean = "sequence_mean"
        /// Sum / (sequences * `rollout.max_response_tokens`).
        case fixedLength = "fixed_length"
    }

    /// `kl`: the penalty for leaving the reference policy.
    package struct KL: ConfigurationSection, Codable, Hashable {
        /// With x = logp_ref - logp_new: k1 = -x, k2 = x^2/2, k3 = e^x - x - 1.
        package enum Estimator: String, CaseIterable, Codable, Sendable {
            case k1, k2, k3
        }

        /// `coefficient`: 0 is off; 0 ... 100. Default 0.
        package var coefficient = 0.0
        /// `estimator`: default `k3`.
        package var estimator = Estimator.k3

        package init() {}

        package mutating func visit(_ fields: inout ConfigurationFields) {
            fields.real("coefficient", &coefficient, .closed(0, 100))
            fields.choice("estimator", &estimator)
        }
    }

    /// `clip_low`: the ratio is clipped below at 1 - clip_low; 0 ... below 1. Default 0.2.
    package var clipLow = 0.2
    /// `clip_high`: the ratio is clipped above at 1 + clip_high; 0 ... 100. Default 0.3.
    package var clipHigh = 0.3
    /// `dual_clip`: the bound for negative advantages, above 1; 0 is off. Default 3.
    package var dualClip = 3.0
    /// `aggregation`: default `token_mean`.
    package var aggregation = Aggregation.tokenMean
    /// `entropy_share`: only this share of each response's tokens trains, those of highest entropy; above 0 ... 1. Default 1: all of them.
    package var entropyShare = 1.0
    /// `kl`: off by default.
    package var kl = KL()

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.real("clip_low", &clipLow, .from(0, below: 1))
        fields.real("clip_high", &clipHigh, .closed(0, 100))
        fields.real("dual_clip", &dualClip, .closed(0, 1_000))
        fields.choice("aggregation", &aggregation)
        fields.real("entropy_share", &entropyShare, .above(0, upTo: 1))
        fields.section("kl", &kl)
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        findings.require(dualClip == 0 || dualClip > 1, "loss.dual_clip", "must be greater than 1, or 0 to switch it off, not \(dualClip)")
    }
}
