package import Configuration
import Judging
import Learning
package import PolicyModel

/// The longest prompt that is reckoned with.
package struct PromptSize: Hashable, Sendable, Codable {
    /// Tokens, images' included.
    package let tokens: Int
    /// Image patches.
    package let patches: Int

    package init(tokens: Int, patches: Int) {
        self.tokens = tokens
        self.patches = patches
    }

    /// The most that the configuration lets through: a prompt of images almost alone.
    package static func limit(_ rollout: RolloutConfiguration, _ model: PolicyModel.ModelConfiguration) -> PromptSize {
        let unit = model.vision.map { $0.mergeSize * $0.mergeSize } ?? 0
        return PromptSize(tokens: rollout.maxPromptTokens, patches: unit * rollout.maxPromptTokens)
    }
}

/// A judge's model in the process of each judge rank.
package struct HostedJudge: Sendable {
    package let model: ModelFootprint
    package let storage: WeightStorage

    package init(model: ModelFootprint, storage: WeightStorage) {
        self.model = model
        self.storage = storage
    }
}

/// What each rank of a `percept train` run holds at most, computed from the configuration and the models' `config.json` alone.
///
/// P is the policy's number of parameters, s the bytes of a published parameter (4 or 2), R the number of learner ranks, k the staleness.
///
/// | rank | weights | gradients | optimizer | published versions |
/// | --- | --- | --- | --- | --- |
/// | learner | 4 P | 4 P for each buffer of its `LaneSchedule` | 12 P / R, and a copy during a save | s P (2 k + 2), on the first |
/// | rollout | s P (k + 2) | | | |
/// | judge | 4 or 2 bytes a parameter of its own model | | | |
package struct RunFootprint: Sendable {
    private let configuration: RunConfiguration
    private let policy: ModelFootprint
    private let judges: [HostedJudge]
    private let prompt: PromptSize
    private let storage: WeightStorage

    /// Groups that a rollout worker decodes together at most.
    package static let groupsTogether = 16

    /// - Parameters:
    ///   - judges: the judges in process: a chain of pools may have several.
    ///   - prompt: the longest prompt.
    package init(
        configuration: RunConfiguration, policy: PolicyModel.ModelConfiguration, judges: [HostedJudge], prompt: PromptSize
    ) {
        self.configuration = configuration
        self.policy = ModelFootprint(policy)
        self.judges = judges
        self.prompt = prompt
        storage = configuration.rollout.weights == .bfloat16 ? .bfloat16 : .float32
    }

    /// The ranks in the order of the placement: the first learner, the other learners, rollouts, judges.
    package var ranks: [RankFootprint] {
        let placement = configuration.placement
        var result = [learner(isFirst: true)]
        if placement.learner > 1 { result.append(learner(isFirst: false)) }
        result.append(rollout)
        result.append(judging)
        return result
    }

    /// The footprint of each rank of the job, by rank number.
    package var byRank: [RankFootprint] { ranks.flatMap { Array(repeating: $0, count: $0.count) } }

    private func learner(isFirst: Bool) -> RankFootprint {
        let (placement, rollout) = (configuration.placement, configuration.rollout)
        let (count, ranks) = (policy.parameterCount, placement.learner)
        // The first rank has most lanes.
        let lanes = LaneSchedule(
            lanes: LaneReduction.lanes(ofRank: isFirst ? 0 : 1, rankCount: ranks), threads: configuration.training.threads)
        let groupRows = prompt.tokens + rollout.groupSize * rollout.continuationLimit
        let groupsInLane = (rollout.problemsPerStep + BatchPlan.laneCount - 1) / BatchPlan.laneCount
        let rows = min(configuration.training.tokensPerMicroBatch, groupsInLane * groupRows)
        let groups = max(1, min(groupsInLane, rows / max(1, min(prompt.tokens + rollout.continuationLimit, groupRows))))
        let pass = policy.training(
            rows: rows, patches: groups * prompt.patches, targets: max(1, rows - prompt.tokens),
            longest: prompt.tokens + rollout.continuationLimit)
        let exchange = ranks == 1 ? 0 : 4 * count * 2 * (ranks - 1) / ranks
        // A save under way keeps the lagged ones that it writes.
        let versions = isFirst ? (2 * configuration.training.staleness + 2) * storage.byteCount * count : 0
        return RankFootprint(
            role: isFirst ? "learner 0" : "learner 1-\(ranks - 1)", count: isFirst ? 1 : ranks - 1,
            parts: [
                ("weights", 4 * count), ("reference weights", configuration.model.reference == nil ? 0 : policy.weights(storage)),
                ("gradients", lanes.bufferCount * 4 * count), ("master weights", 4 * count / ranks), ("moments", 8 * count / ranks),
                ("snapshot", 12 * count / ranks), ("activations", lanes.width * pass), ("published versions", versions),
                ("exchange", exchange),
                ("images", images(rollout.problemsPerStep)), ("process", RankFootprint.Part.processByteCount),
            ])
    }

    private var rollout: RankFootprint {
        let rollout = configuration.rollout
        let perWorker = (rollout.problemsPerStep + configuration.placement.rollout - 1) / configuration.placement.rollout
        let groups = max(1, min(Self.groupsTogether, perWorker))
        let members = groups * rollout.groupSize
        let prefill = policy.inference(rows: groups * prompt.tokens, patches: groups * prompt.patches, longest: prompt.tokens)
        let decode = policy.inference(rows: members, longest: prompt.tokens + rollout.continuationLimit)
        let caches = groups * policy.cache(tokens: prompt.tokens) + members * policy.cache(tokens: rollout.continuationLimit)
        return RankFootprint(
            role: "rollout", count: configuration.placement.rollout,
            parts: [
                ("weights", (configuration.training.staleness + 2) * policy.weights(storage)), ("caches", caches),
                ("activations", max(prefill, decode)), ("logits", policy.logits(rows: groups + members + 3)), ("images", images(groups)),
                ("process", RankFootprint.Part.processByteCount),
            ])
    }

    private var judging: RankFootprint {
        // One pass runs at a time: pools after the first are asked for what it left open.
        let activations = judges.map { $0.model.inference(rows: ModelJudge.rowsPerPass, longest: ModelJudge.rowsPerPass) }.max() ?? 0
        return RankFootprint(
            role: "judge", count: configuration.placement.judge,
            parts: [
                ("weights", judges.reduce(0) { $0 + $1.model.weights($1.storage) }), ("activations", activations),
                ("process", RankFootprint.Part.processByteCount),
            ])
    }

    /// Patches of the images of some groups, as the image processor makes them.
    private func images(_ groups: Int) -> Int {
        4 * groups * prompt.patches * (policy.configuration.vision?.patchLength ?? 0)
    }
}
