/// Everything that `percept train` is told: one value that is broadcast to all ranks, hashed, stored in the run folder and compared on resume.
///
/// In YAML the sections and keys are the snake_case form of the properties, under `schema_version: 1`.
package struct RunConfiguration: ConfigurationDocument {
    package var model = ModelConfiguration()
    package var data = DataConfiguration()
    package var rollout = RolloutConfiguration()
    package var judge = JudgeConfiguration()
    package var reward = RewardConfiguration()
    package var advantage = AdvantageConfiguration()
    package var loss = LossConfiguration()
    package var optimizer = OptimizerConfiguration()
    package var training = TrainingConfiguration()
    package var validation = ValidationConfiguration()
    package var checkpoint = CheckpointConfiguration()
    package var placement = PlacementConfiguration()
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
        fields.text("output", &output, isRequired: true)
    }

    package func checkAcross(_ findings: inout ConfigurationFindings) {
        data.checkAcross(&findings)
        rollout.checkAcross(&findings)
        judge.checkAcross(&findings)
        reward.checkAcross(&findings)
        loss.checkAcross(&findings)
        placement.checkAcross(&findings)
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
        let longest = rollout.maxPromptTokens + rollout.maxResponseTokens
        findings.require(
            training.tokensPerMicroBatch >= longest, "training.tokens_per_micro_batch",
            "is \(training.tokensPerMicroBatch), below rollout.max_prompt_tokens + rollout.max_response_tokens "
                + "(\(rollout.maxPromptTokens) + \(rollout.maxResponseTokens) = \(longest)), so the longest sample would not fit")
        findings.require(
            data.validation != nil || (validation.every == 0 && !validation.atStart), "validation",
            "is on, but data.validation is absent; give it, or set validation.every to 0 and validation.at_start to false")
    }
}
