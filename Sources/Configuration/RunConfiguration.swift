package import ConfigurationReading
package import Rewards

/// Everything that `percept train` is told: one value that is broadcast to all ranks, hashed, stored in the run folder and compared on resume.
///
/// In YAML the sections and keys are the snake_case form of the properties, under `schema_version: 1`.
package struct RunConfiguration: ConfigurationDocument {
    /// `model`: where the weights that training starts from stand.
    package var model = ModelConfiguration()
    /// `data`: the problems.
    package var data = DataConfiguration()
    /// `rollout`: how responses are sampled.
    package var rollout = RolloutConfiguration()
    /// `judge`: who judges them.
    package var judge = JudgeConfiguration()
    /// `reward`: what they are worth.
    package var reward = RewardConfiguration()
    /// `advantage`: how rewards become advantages.
    package var advantage = AdvantageConfiguration()
    /// `loss`: what is minimized.
    package var loss = LossConfiguration()
    /// `optimizer`: how weights move.
    package var optimizer = OptimizerConfiguration()
    /// `training`: the loop of steps.
    package var training = TrainingConfiguration()
    /// `validation`: figures on held-out problems.
    package var validation = ValidationConfiguration()
    /// `checkpoint`: when state is saved.
    package var checkpoint = CheckpointConfiguration()
    /// `placement`: how many ranks each role has.
    package var placement = PlacementConfiguration()
    /// `cluster`: how long ranks wait for each other.
    package var cluster = ClusterConfiguration()
    /// `output`: the run folder. Required.
    package var output = ""

    /// The defaults. Not valid by themselves: `model.policy`, `data.train`, the judge's model and `output` have none.
    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.section("model", &model)
        fields.section("data", &data)
        fields.section("rollout", &rollout)
        fields.section("judge", &judge)
        fields.section("reward", &reward)
        fields.section("advantage", &advantage)
        fields.section("loss", &loss)
        fields.section("optimizer", &optimizer)
        fields.section("training", &training)
        fields.section("validation", &validation)
        fields.section("checkpoint", &checkpoint)
        fields.section("placement", &placement)
        fields.section("cluster", &cluster)
        fields.path("output", &output, isRequired: true)
    }

    package func checkAcross(_ findings: inout ConfigurationFindings) {
        data.checkAcross(&findings)
        rollout.checkAcross(&findings)
        judge.checkAcross(&findings)
        reward.checkAcross(maximumResponseTokens: rollout.maxResponseTokens, &findings)
        loss.checkAcross(&findings)
        cluster.checkAcross(&findings)
        findings.require(
            judge.minimumMembers <= rollout.groupSize, "judge.minimum_members",
            "is \(judge.minimumMembers), above rollout.group_size (\(rollout.groupSize)), so every group would be dropped")
        findings.require(
            loss.kl.coefficient == 0 || model.reference != nil, "model.reference",
            "is required, because loss.kl.coefficient is \(loss.kl.coefficient)")
        findings.require(
            loss.kl.coefficient > 0 || model.reference == nil, "model.reference",
            "has no use while loss.kl.coefficient is 0; remove it, or give the coefficient")
        let limits =
            [("max_prompt_tokens", rollout.maxPromptTokens), ("max_response_tokens", rollout.maxResponseTokens)]
            + (rollout.maxTurns > 1 ? [("max_reply_tokens", rollout.maxReplyTokens)] : [])
        let longest = limits.reduce(0) { $0 + $1.1 }
        findings.require(
            training.tokensPerMicroBatch >= longest, "training.tokens_per_micro_batch",
            "is \(training.tokensPerMicroBatch), below \(limits.map { "rollout.\($0.0)" }.joined(separator: " + ")) "
                + "(\(limits.map { "\($0.1)" }.joined(separator: " + ")) = \(longest)), so the longest sample would not fit")
        findings.require(
            data.validation != nil || (validation.every == 0 && !validation.atStart), "validation",
            "is on, but data.validation is absent; give it, or set validation.every to 0 and validation.at_start to false")
    }
}
