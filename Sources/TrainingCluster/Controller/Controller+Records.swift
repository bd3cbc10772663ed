import Configuration
import Tasks
import Judging
import Learning
import Orchestration
import Rewards
import Telemetry
import Trajectories

/// When the parts of a step ended.
struct StepMeter: Sendable {
    private let start: Duration
    private var marks: [Duration] = []

    init(start: Duration) { self.start = start }

    mutating func sampled(at now: Duration) { marks.append(now) }
    mutating func trained(at now: Duration) { marks.append(now) }
    mutating func published(at now: Duration) { marks.append(now) }
    mutating func validated(at now: Duration) { marks.append(now) }

    /// Sampling and judging, training, publication, validation.
    var parts: [Duration] { zip(marks, [start] + marks).map { $0 - $1 } }
    var total: Duration { (marks.last ?? start) - start }
}

extension Controller {
    /// The step's line of metrics.jsonl.
    func record(
        _ step: Int, batch: StepBatch, planned: PlannedStep, outcome: StepOutcome, validation: ValidationScores?, meter: StepMeter
    ) -> MetricRecord {
        var record = MetricRecord(step: step)
        record.set(.globalStep, step)
        record.set(.epoch, planned.cursorAfter / trainProblems.count)
        setRewards(&record, batch)
        let statistics = outcome.statistics
        record.set(.policyLoss, statistics.policy.policyLoss)
        record.set(.entropy, statistics.targetCount > 0 ? statistics.entropySum / Double(statistics.targetCount) : nil)
        record.set(.clipFractionHigher, statistics.policy.clipFractionHigher)
        record.set(.clipFractionLower, statistics.policy.clipFractionLower)
        record.set(.policyKL, statistics.policy.policyKL)
        if inputs.configuration.loss.kl.coefficient > 0 { record.set("actor/kl_loss", statistics.policy.referenceKL) }
        record.set(.gradientNorm, outcome.gradientNorm)
        record.set(.learningRate, outcome.learningRate)
        record.set("training/skipped_step", outcome.isApplied ? 0 : 1)
        if statistics.agreement.tokenCount > 0 {
            record.set(.rolloutProbsDifferenceMax, statistics.agreement.maximum)
            record.set(.rolloutProbsDifferenceMean, statistics.agreement.mean)
        }
        setJudge(&record, step, batch, planned)
        setUnknownRewards(&record, planned)
        if let validation { record.set(validation) }
        setTimes(&record, batch, meter)
        setSaves(&record)
        record.set(.digestBatch, batch.digest)
        record.set(.digestPolicy, published[PolicyVersion(step)].map { PolicyDigest.of($0) } ?? "")
        return record
    }

    private func setRewards(_ record: inout MetricRecord, _ batch: StepBatch) {
        let parts = batch.samples.compactMap { batch.compositions[$0.trajectory.id] }
        record.set(.rewardOverall, .mean, of: batch.samples.map { Double($0.reward) })
        for name in inputs.rubric.names { record.set(.reward(name), .mean, of: parts.map { Double($0[name]) }) }
        record.set("rollout/accuracy", .mean, of: batch.samples.compactMap { $0.values[AccuracyReward.self].number.map(Double.init) })
        record.set("rollout/visual", .mean, of: batch.samples.compactMap { $0.values[VisualReward.self].number.map(Double.init) })
        record.set(.score, of: batch.samples.map { Double($0.reward) })
        record.set(.advantages, of: batch.samples.map { Double($0.advantage) })
        record.set(.responseLength, of: batch.samples.map { Double($0.trajectory.tokens.count) })
        record.set(.responseClipRatio, .mean, of: batch.samples.map { $0.trajectory.finishReason == .length ? 1 : 0 })
        record.set(.promptLength, of: batch.samples.map { Double($0.trajectory.promptTokens.count) })
        if inputs.configuration.rollout.maxTurns > 1 {
            record.set("rollout/turns", .mean, of: batch.samples.map { Double($0.trajectory.turns.count) })
            record.set("rollout/reply_tokens", .mean, of: batch.samples.map { Double($0.trajectory.response.tokens(.given).count) })
        }
    }

    private func setJudge(_ record: inout MetricRecord, _ step: Int, _ batch: StepBatch, _ planned: PlannedStep) {
        let judging = dispatch.statistics.step(StepIndex(step))
        record.set(.judgeCoverage, judging.coverage)
        record.set(.judgeCacheHits, judging.hitCount)
        record.set(.judgeOverlapShare, judging.overlapShare)
        record.set(.judgeLatencyMedian, judging.latency(quantile: 0.5).map { $0 / .seconds(1) })
        record.set(.judgeLatency95, judging.latency(quantile: 0.95).map { $0 / .seconds(1) })
        record.set(.judgeQueueDepth, dispatch.queueDepth)
        record.set(.judgeRetries, dispatch.statistics.retries)
        record.set(.judgeFailures, dispatch.statistics.failures)
        record.set("judge/reissued", dispatch.statistics.expired + dispatch.statistics.orphaned)
        setEndpoints(&record)
        dispatch.forgetStatistics(through: StepIndex(step))
        record.set(
            .policyAge, [.mean, .max],
            of: batch.samples.map { Double(Staleness.age(of: $0.trajectory.version, at: StepIndex(step))) })
        record.set(.zeroVarianceGroups, batch.zeroVarianceGroupCount)
        record.set(.groups, batch.groupCount)
        record.set(.droppedGroups, batch.droppedGroupCount)
        for reason in DropReason.allCases where batch.drops[reason] > 0 {
            record.set(.drops.appending(reason.rawValue), batch.drops[reason])
        }
        record.set(.responses, batch.responseCount)
        record.set(.formedResponses, batch.formedCount)
        record.set(.cutResponses, batch.cutCount)
        record.set("rollout/dropped_members", batch.drops[.judgeFailed])
        record.set(RunRecords.unreadable, planned.unreadable.count)
        record.set("rollout/long_prompts", planned.longPrompts)
        record.set(.duplicateMismatch, training.counters.duplicateMismatches + dispatch.statistics.duplicateMismatches)
        record.set("rollout/reissued_groups", training.counters.expired + training.counters.orphaned)
    }

    private func setTimes(_ record: inout MetricRecord, _ batch: StepBatch, _ meter: StepMeter) {
        let parts = meter.parts
        let names: [MetricName] = [.timeGeneration, .timeUpdate, .timeSync, .timeTesting]
        for (name, part) in zip(names, parts) { record.set(name, part) }
        record.set(.timeStep, meter.total)
        record.set(.timePerStep, meter.total)
        let tokens = batch.samples.reduce(0) { $0 + $1.trajectory.tokens.count }
        record.set(.tokenCount, tokens)
        record.set(.throughput, Double(tokens) / max(meter.total / .seconds(1), 1e-9))
        let idle = idle.take(at: now)
        record.set(.idleRollout, idle.rollout)
        record.set(.idleJudge, idle.judge)
        if let training = parts.dropFirst().first { record.set(.idleLearner, 1 - training / max(meter.total, .nanoseconds(1))) }
    }

    /// The turns of a trajectory, where there are several.
    private func turns(of trajectory: Trajectory) -> [SampleRecord.Turn]? {
        guard trajectory.turns.count > 1 else { return nil }
        return zip(trajectory.turns, trajectory.turnTokens).map { turn, tokens in
            SampleRecord.Turn(
                response: turn.text, tokenCount: tokens.count, reply: turn.reply, replyTokens: turn.reply == nil ? nil : tokens.reply)
        }
    }

    /// The step's lines of samples.jsonl.
    func sampleRecords(_ step: Int, _ batch: StepBatch) -> [SampleRecord] {
        batch.samples.compactMap { sample in
            let trajectory = sample.trajectory
            guard let problem = problems[trajectory.id.group], let parts = batch.compositions[trajectory.id] else { return nil }
            return SampleRecord(
                step: step, group: trajectory.id.group.slot, member: trajectory.id.member, problemID: trajectory.problem.rawValue,
                problemIndex: trajectory.problemIndex, question: problem.question, response: trajectory.text,
                finishReason: trajectory.finishReason == .stop ? "stop" : "length", annotations: problem.annotations,
                verdicts: sample.verdicts.map { SampleRecord.VerdictName($0) },
                probabilities: dispatch.judgements(for: trajectory.id)?.map(\.probability) ?? [],
                judges: dispatch.judgements(for: trajectory.id)?.map(\.judge) ?? [],
                reward: SampleRecord.Reward(
                    overall: sample.reward,
                    parts: Dictionary(
                        uniqueKeysWithValues: parts.parts.filter { sample.values[$0.name] != .absent }.map { ($0.name, $0.value) })),
                advantage: sample.advantage,
                policyVersion: trajectory.version.rawValue, visit: trajectory.visit, promptTokens: trajectory.promptTokens,
                tokens: trajectory.tokens, logProbBits: trajectory.logProbs.map(\.bitPattern),
                parts: Dictionary(
                    uniqueKeysWithValues: sample.values.entries.compactMap { entry in entry.value.number.map { (entry.name, $0) } }),
                turns: turns(of: trajectory))
        }
    }
}
