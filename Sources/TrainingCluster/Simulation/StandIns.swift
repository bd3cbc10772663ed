package import ActorRuntime
package import Judging

/// What trains a step on a learner rank in place of the policy's learner, where only a run's control is looked at.
package protocol StepTrainer: Sendable {
    /// Trains on the rank's groups, in id order.
    func train(step: Int, batch: LearningBatch) async throws -> StepOutcome
    /// The newest weights, as they are published.
    func publishedWeights() -> BulkBuffer
}

/// What takes the place of the real work on a run's ranks, for tests and measurements of its control; what is nil stays real.
package struct StandIns: Sendable {
    package var sampler: (any GroupSampler)?
    package var judge: (any ResponseJudge)?
    /// On the learner, whose checkpoints then hold the starting weights.
    package var trainer: (any StepTrainer)?
    /// Hears of the controller's load at each of its ticks.
    package var observer: (@Sendable (ControlPlaneLoad) -> Void)?

    package init() {}
}
