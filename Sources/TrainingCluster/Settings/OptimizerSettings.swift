import ActorRuntime
package import Configuration
import Learning
package import PolicyModel

extension OptimizerConfiguration {
    /// The learning rate of each of `steps` steps.
    func learningRates(steps: Int) throws -> LearningRateSchedule {
        let decay: LearningRateSchedule.Decay =
            switch schedule {
            case .constant: .constant
            case .cosine: .cosine
            case .linear: .linear
            }
        return try LearningRateSchedule(
            peak: learningRate, warmUpStepCount: warmupSteps, decay: decay, stepCount: max(steps, warmupSteps))
    }

    /// Which parameters are frozen and which learn at another rate.
    var rules: ParameterRules {
        ParameterRules(
            frozen: frozen.map { NamePattern($0) },
            learningRateScales: learningRateScales.map { .init(pattern: NamePattern($0.pattern), scale: $0.scale) })
    }

    /// One rank of a learner that starts from `weights` and publishes them as `storage` says.
    package func learnerRank(
        weights: PolicyWeights, storage: WeightStorage = .float32, exchange: ShardExchange?, threads: Int
    ) throws -> LearnerRank {
        try LearnerRank(
            weights: weights, storage: storage, exchange: exchange, threads: threads,
            optimizer: AdamW(beta1: beta1, beta2: beta2, epsilon: epsilon), rules: rules, weightDecay: weightDecay,
            maximumNorm: maxGradNorm > 0 ? maxGradNorm : nil)
    }
}
