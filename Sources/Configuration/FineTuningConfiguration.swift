package import ConfigurationReading

/// Everything that `percept sft` is told: supervised training of a starting policy or of a judge.
package struct FineTuningConfiguration: ConfigurationDocument {
    /// `model`: what to start from. Required.
    package var model = StartingModelConfiguration()
    /// `data`: what to learn from. Required.
    package var data = FineTuningDataConfiguration()
    /// `optimizer`: how weights move.
    package var optimizer = OptimizerConfiguration()
    /// `training`: the loop of steps.
    package var training = FineTuningLoopConfiguration()
    /// `placement`: how many ranks each role has.
    package var placement = LearnerPlacementConfiguration()
    /// `cluster`: how long ranks wait for each other.
    package var cluster = LearnerClusterConfiguration()
    /// `output`: the run folder. Required.
    package var output = ""

    /// The defaults. Not valid by themselves: `model`, `data` and `output` have none.
    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.section("model", &model)
        fields.section("data", &data, isRequired: true)
        fields.section("optimizer", &optimizer)
        fields.section("training", &training)
        fields.section("placement", &placement)
        fields.section("cluster", &cluster)
        fields.path("output", &output, isRequired: true)
    }

    package func checkAcross(_ findings: inout ConfigurationFindings) {
        model.checkAcross(&findings)
    }
}

/// `model` of `percept sft`: either `path`, or `architecture` with `kind` and `tokenizer_vocabulary` for a model that starts from random weights.
package struct StartingModelConfiguration: ConfigurationSection, Codable, Hashable {
    /// The model families that can start from random weights.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case qwen2
        case qwen25VL = "qwen2_5_vl"
    }

    /// `path`: the Hugging Face folder to start from.
    package var path: String?
    /// `architecture`: the keys of a Hugging Face `config.json`, which are not checked here. A mapping; empty for a model from a folder.
    package var architecture = ConfigurationValue.mapping([:])
    /// `kind`: the family of `architecture`. Default `qwen2`.
    package var kind = Kind.qwen2
    /// `tokenizer_vocabulary`: how many tokens the tokenizer may have, 0 (the task's own) ... 1,048,576. Default 0.
    package var tokenizerVocabulary = 0
    /// `initialization_seed`: of the random weights. Default 0.
    package var initializationSeed = 0

    package init() {}

    /// `architecture` as the text of a `config.json`.
    package var architectureJSON: String { architecture.json }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.optionalPath("path", &path)
        fields.tree("architecture", &architecture)
        fields.choice("kind", &kind)
        fields.integer("tokenizer_vocabulary", &tokenizerVocabulary, in: 0...1_048_576)
        fields.integer("initialization_seed", &initializationSeed, in: 0...Int.max)
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        let isInline = architecture != .mapping([:])
        findings.require(
            path != nil || isInline, "model", "give either path (a model folder) or architecture (a model from random weights)")
        findings.require(path == nil || !isInline, "model", "path and architecture exclude each other; remove one")
    }
}

/// `training` of `percept sft`.
package struct FineTuningLoopConfiguration: ConfigurationSection, Codable, Hashable {
    /// `steps`: optimizer steps, 1 ... 10 million. Default 100.
    package var steps = 100
    /// `batch_size`: sequences a step, 1 ... 1,048,576. Default 64.
    package var batchSize = 64
    /// `threads`: compute threads of each learner rank, 1 ... 1,024. Default 2.
    package var threads = 2
    /// `tokens_per_micro_batch`: the most tokens of one forward and backward pass. Default 16,384.
    package var tokensPerMicroBatch = 16_384

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("steps", &steps, in: 1...10_000_000)
        fields.integer("batch_size", &batchSize, in: 1...1_048_576)
        fields.integer("threads", &threads, in: 1...1_024)
        fields.integer("tokens_per_micro_batch", &tokensPerMicroBatch, in: 1...16_777_216)
    }
}

/// `placement` of `percept sft`, which has learners only.
package struct LearnerPlacementConfiguration: ConfigurationSection, Codable, Hashable {
    /// `learner`: 1 ... 4 ranks. Default 1.
    package var learner = 1

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("learner", &learner, in: 1...4)
    }

    /// Checks that the job has one rank for each place.
    ///
    /// - Parameter worldSize: How many ranks were started.
    /// - Throws: ``ConfigurationError`` with both remedies.
    package func check(worldSize: Int) throws(ConfigurationError) {
        guard worldSize != learner else { return }
        throw ConfigurationError(
            "learner \(learner) = \(learner) ranks, but \(worldSize) were started; start mpirun with -n \(learner), or give --placement learner=..",
            path: "placement")
    }
}

/// `cluster` of `percept sft`: how long learner ranks wait for each other. Each 0.01 ... 86,400 s.
package struct LearnerClusterConfiguration: ConfigurationSection, Codable, Hashable {
    /// `startup_deadline_seconds`: for all ranks to come up, and for one transfer among them. Default 600.
    package var startupDeadlineSeconds = 600.0
    /// `shutdown_deadline_seconds`: for a clean end. Default 60.
    package var shutdownDeadlineSeconds = 60.0

    package init() {}

    /// `startup_deadline_seconds` as a duration.
    package var startupDeadline: Duration { .seconds(startupDeadlineSeconds) }
    /// `shutdown_deadline_seconds`.
    package var shutdownDeadline: Duration { .seconds(shutdownDeadlineSeconds) }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.real("startup_deadline_seconds", &startupDeadlineSeconds, ClusterConfiguration.seconds)
        fields.real("shutdown_deadline_seconds", &shutdownDeadlineSeconds, ClusterConfiguration.seconds)
    }
}
