package import Configuration
import Learning
package import Multimodal
package import PolicyModel
import Rewards

extension WeightPrecision {
    /// The storage that this names.
    package var storage: WeightStorage {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }
}

extension RolloutConfiguration {
    /// How the policy's parameters are published and kept by rollout workers.
    package var storage: WeightStorage { weights.storage }
}

extension RunConfiguration {
    /// How this run samples.
    package func sampler(processor: MultimodalProcessor, model: PolicyModel.ModelConfiguration) -> TrajectorySampler {
        TrajectorySampler(
            seed: UInt64(training.seed), encoder: processor.encoder, configuration: model, rollout: rollout, rubric: Rubric(reward))
    }

    /// The policy loss with its clipping and KL term.
    func policyLoss() throws -> PolicyLoss {
        let estimator: KLEstimator =
            switch loss.kl.estimator {
            case .k1: .k1
            case .k2: .k2
            case .k3: .k3
            }
        return try PolicyLoss(
            clipLow: loss.clipLow, clipHigh: loss.clipHigh, dualClip: loss.dualClip > 0 ? loss.dualClip : nil,
            klEstimator: loss.kl.coefficient > 0 ? estimator : nil, klCoefficient: loss.kl.coefficient)
    }

    /// How token losses add up over the global batch.
    var aggregation: LossAggregation {
        switch loss.aggregation {
        case .tokenMean: .tokenMean
        case .sequenceMean: .sequenceMean
        case .fixedLength: .fixedLength(maximumResponseLength: rollout.maxResponseTokens)
        }
    }
}
