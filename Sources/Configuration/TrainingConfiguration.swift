package import ConfigurationReading

/// `training`: the loop of steps.
package struct TrainingConfiguration: ConfigurationSection, Codable, Hashable {
    /// `steps`: optimizer steps, 1 ... 10 million. Default 100.
    package var steps = 100
    /// `seed`: of everything random in the run. Default 0.
    package var seed = 0
    /// `staleness`: 0 trains on samples of the policy before the step; 1 on those of the one before it, so that sampling and learning overlap.
    package var staleness = 0
    /// `tokens_per_micro_batch`: the most tokens of one forward and backward pass. Default 16,384.
    package var tokensPerMicroBatch = 16_384
    /// `max_skipped_steps`: the run stops after so many steps in a row that were skipped for a value that is not finite. Default 5.
    package var maxSkippedSteps = 5
    /// `max_empty_steps`: the run gives up, with a checkpoint, after so many steps in a row of which every group was dropped. Default 20.
    package var maxEmptySteps = 20
    /// `threads`: compute threads of each learner rank, 1 ... 1,024. Default 2.
    package var threads = 2

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("steps", &steps, in: 1...10_000_000)
        fields.integer("seed", &seed, in: 0...Int.max)
        fields.integer("staleness", &staleness, in: 0...1)
        fields.integer("tokens_per_micro_batch", &tokensPerMicroBatch, in: 1...16_777_216)
        fields.integer("max_skipped_steps", &maxSkippedSteps, in: 1...10_000_000)
        fields.integer("max_empty_steps", &maxEmptySteps, in: 1...10_000_000)
        fields.integer("threads", &threads, in: 1...1_024)
    }
}

/// `validation`: the figures on held-out problems during training.
package struct ValidationConfiguration: ConfigurationSection, Codable, Hashable {
    /// `every`: steps between validations; 0 is never. Default 0.
    package var every = 0
    /// `problems`: how many of the validation problems, from the first. Default 256.
    package var problems = 256
    /// `at_start`: whether to validate before the first step. Default false.
    package var atStart = false

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("every", &every, in: 0...10_000_000)
        fields.integer("problems", &problems, in: 1...10_000_000)
        fields.flag("at_start", &atStart)
    }
}

/// `checkpoint`: when state is saved.
package struct CheckpointConfiguration: ConfigurationSection, Codable, Hashable {
    /// `every`: steps between checkpoints; 0 saves only at the end. Default 10.
    package var every = 10
    /// `keep`: how many of the latest stay (the best stays too), 1 ... 10,000. Default 2.
    package var keep = 2

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("every", &every, in: 0...10_000_000)
        fields.integer("keep", &keep, in: 1...10_000)
    }
}

/// `cluster`: how long ranks wait for each other. Each 0.01 ... 86,400 s.
package struct ClusterConfiguration: ConfigurationSection, Codable, Hashable {
    /// `call_deadline_seconds`: for the answer to one distributed call. Default 30.
    package var callDeadlineSeconds = 30.0
    /// `heartbeat_seconds`: between two signs of life. Default 1.
    package var heartbeatSeconds = 1.0
    /// `worker_deadline_seconds`: a rank without a sign of life for so long is dead; above the heartbeat. Default 30.
    package var workerDeadlineSeconds = 30.0
    /// `startup_deadline_seconds`: for all ranks to have loaded their models. Default 600.
    package var startupDeadlineSeconds = 600.0
    /// `shutdown_deadline_seconds`: for a clean end. Default 60.
    package var shutdownDeadlineSeconds = 60.0
    /// `stall_deadline_seconds`: the run is interrupted when nothing at all has made progress for so long. Default 600.
    package var stallDeadlineSeconds = 600.0
    /// `absence_deadline_seconds`: the run is interrupted, with a checkpoint, when a role has had no worker for so long. Default 300.
    package var absenceDeadlineSeconds = 300.0
    /// `respawn`: whether a lost rollout or judge rank is replaced by a new one. Default false.
    package var respawn = false
    /// `max_restarts`: how often in a row, without a new checkpoint, the launcher starts a run again that was lost, 0 ... 1,000. Default 3.
    package var maxRestarts = 3

    package init() {}

    /// `call_deadline_seconds` as a duration; likewise the next six.
    package var callDeadline: Duration { .seconds(callDeadlineSeconds) }
    /// `heartbeat_seconds`.
    package var heartbeat: Duration { .seconds(heartbeatSeconds) }
    /// `worker_deadline_seconds`.
    package var workerDeadline: Duration { .seconds(workerDeadlineSeconds) }
    /// `startup_deadline_seconds`.
    package var startupDeadline: Duration { .seconds(startupDeadlineSeconds) }
    /// `shutdown_deadline_seconds`.
    package var shutdownDeadline: Duration { .seconds(shutdownDeadlineSeconds) }
    /// `stall_deadline_seconds`.
    package var stallDeadline: Duration { .seconds(stallDeadlineSeconds) }
    /// `absence_deadline_seconds`.
    package var absenceDeadline: Duration { .seconds(absenceDeadlineSeconds) }

    /// What every time limit may be.
    static let seconds = RealBounds.closed(0.01, 86_400)

    package mutating func visit(_ fields: inout ConfigurationFields) {
        let seconds = Self.seconds
        fields.real("call_deadline_seconds", &callDeadlineSeconds, seconds)
        fields.real("heartbeat_seconds", &heartbeatSeconds, seconds)
        fields.real("worker_deadline_seconds", &workerDeadlineSeconds, seconds)
        fields.real("startup_deadline_seconds", &startupDeadlineSeconds, seconds)
        fields.real("shutdown_deadline_seconds", &shutdownDeadlineSeconds, seconds)
        fields.real("stall_deadline_seconds", &stallDeadlineSeconds, seconds)
        fields.real("absence_deadline_seconds", &absenceDeadlineSeconds, seconds)
        fields.flag("respawn", &respawn)
        fields.integer("max_restarts", &maxRestarts, in: 0...1_000)
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        findings.require(
            workerDeadlineSeconds > heartbeatSeconds, "cluster.worker_deadline_seconds",
            "must be above cluster.heartbeat_seconds (\(heartbeatSeconds)), or every rank counts as dead")
    }
}
