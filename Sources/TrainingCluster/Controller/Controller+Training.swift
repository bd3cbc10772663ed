import ActorRuntime
import Configuration
import Tasks
import Digests
import Distributed
import Foundation
import Learning
import Orchestration
import Rewards
import Telemetry
import Trajectories

/// A step that is planned and maybe already sampled: its groups, and where the problem sampler stood behind it.
struct PlannedStep: Sendable {
    let plan: StepPlan
    let cursorAfter: Int
    /// Problems passed over because their prompt is too long.
    let longPrompts: Int
    /// Groups without a readable picture: planned, never sampled, counted as dropped.
    let unreadable: Set<GroupID>

    /// The groups that are sampled.
    var assignments: [GroupAssignment] { plan.assignments.filter { !unreadable.contains($0.group) } }
}

extension Controller {
    /// Trains from the first step that is not done to the last, or to a stop request, and returns how the run ended.
    ///
    /// What the run can't do without may be lost, or it may learn nothing any more: then it is interrupted or gives up, with a checkpoint of the last
    /// whole step if the learner lives.
    ///
    /// - Parameter begins: told what the pictures are, right before the first step: all is known then that the run is a function of.
    func run(begins: (_ pictures: [InputClaim]) throws -> Void) async throws -> RunEnd {
        startTicking()
        defer { stopTicking() }
        do {
            return try await trainSteps(begins)
        } catch let error as ClusterError where error.ending != .failure {
            if error.isInterruption {
                log.error("the run is interrupted", ["step": completed.step, "reason": error])
            } else {
                log.error("the run gives up", ["step": completed.step, "reason": error])
            }
            var message = error.description
            if let failure = await saveCompleted() { message += "; its last step could not be saved: \(failure)" }
            return RunEnd(status: error.isInterruption ? .interrupted : .failed, step: completed.step, message: message)
        }
    }

    /// Sees the last whole step saved, if the learner stands right behind it or a save is under way. Returns why it is not, or nil.
    private func saveCompleted() async -> String? {
        guard savedStep < completed.step || !saves.isIdle else { return saves.lastFailure }
        guard roster.members(.learner).allSatisfy({ roster.membership.counts($0.id) }) else { return "a learner is lost" }
        isClosing = true
        fatal = nil
        absentSince = [:]
        do {
            try await finishSave()
            if savedStep < completed.step {
                guard learnerStep == completed.step else { return "the learner has begun the next" }
                try await checkpoint(completed.step, cursor: completed.cursor, validation: nil)
                try await finishSave()
            }
            return saves.lastFailure
        } catch {
            return "\(error)"
        }
    }

    private func trainSteps(_ begins: (_ pictures: [InputClaim]) throws -> Void) async throws -> RunEnd {
        let configuration = inputs.configuration
        guard try await meetRanks() else {
            return RunEnd(status: .stopped, step: records.startStep, message: "asked to stop before a step was begun")
        }
        try begins(try await checkPictures())
        hasBegun = true
        sayWhatIsLeftOut()
        for version in records.versionsToPublish { try await publish(version) }
        let progress = ProgressLine(totalSteps: configuration.training.steps, firstStep: records.startStep)
        defer { progress.finish() }
        var skips = SkipCounter(limit: configuration.training.maxSkippedSteps)
        var plans: [Int: PlannedStep] = [:]
        var sampler = try ProblemSampler(
            problemCount: trainProblems.count, seed: UInt64(configuration.training.seed), cursor: records.cursor)
        if records.startStep == 0, configuration.validation.atStart { try await recordStart() }
        var step = records.startStep
        while step < configuration.training.steps {
            step += 1
            var meter = StepMeter(start: now)
            for planned in step...min(step + configuration.training.staleness, configuration.training.steps) where plans[planned] == nil {
                plans[planned] = try plan(planned, &sampler)
            }
            pump()
            guard let planned = plans.removeValue(forKey: step) else { throw ClusterError("step \(step) was never planned") }
            try await wait(for: "the groups of step \(step)") { self.isJudged(planned) }
            meter.sampled(at: now)
            let batch = batch(planned)
            let audit = try beginAudit(step, planned.plan)
            let outcome = try await train(step, batch)
            meter.trained(at: now)
            let exhaustion = admit(outcome, step, batch, &skips)
            try await publish(PolicyVersion(step))
            meter.published(at: now)
            var validationScores: ValidationScores?
            if configuration.validation.every > 0, step % configuration.validation.every == 0 || step == configuration.training.steps {
                validationScores = try await validate(step)
            }
            let audited = try await finishAudit(step, audit)
            meter.validated(at: now)
            var record = record(step, batch: batch, planned: planned, outcome: outcome, validation: validationScores, meter: meter)
            record.set(audited)
            let distrust = watch(&record)
            say(health.observe(&record), step: step)
            let isStopping = stop.isRequested || distrust != nil
            let isLast = step == configuration.training.steps || isStopping
            try recordUnknown(planned.assignments)
            switch try records.append(record, samples: sampleRecords(step, batch)) {
            case .written, .known: break
            case .completed: log.warning("samples of an earlier attempt are lost; its records from here on are replaced", ["step": step])
            case .replaced:
                log.warning("an earlier attempt could read other pictures; its records from here on are replaced", ["step": step])
            }
            progress.update(record, elapsed: now)
            try finish(planned)
            completed = (step, planned.cursorAfter)
            if let reason = exhaustion ?? emptiness() { throw ClusterError(reason, ending: .givenUp) }
            let isDue = configuration.checkpoint.every > 0 && step % configuration.checkpoint.every == 0
            if isLast || isDue || isBest(validationScores) {
                try await checkpoint(step, cursor: planned.cursorAfter, validation: validationScores)
            }
            if isStopping {
                let isDone = step == configuration.training.steps
                return try await afterSaves(
                    RunEnd(
                        status: isDone ? .finished : .stopped, step: step,
                        message: distrust?.description ?? (isDone ? nil : "asked to stop")))
            }
        }
        return try await afterSaves(RunEnd(status: .finished, step: step))
    }

    /// Plans a step and adds its groups to the work buffer.
    private func plan(_ step: Int, _ sampler: inout ProblemSampler) throws -> PlannedStep {
        let rollout = inputs.configuration.rollout
        let before = sampler.cursor
        var draws: [ProblemDraw] = []
        var found: [Problem?] = []
        var longPrompts = 0
        while draws.count < rollout.problemsPerStep {
            for drawn in sampler.draw(rollout.problemsPerStep - draws.count) {
                let draw = ProblemDraw(problemIndex: trainProblems.index(at: drawn.problemIndex), visit: drawn.visit)
                var problem: Problem?
                do {
                    let candidate = try inputs.train.problem(at: draw.problemIndex)
                    if try inputs.prompts.tokenCount(of: candidate, in: inputs.train) > rollout.maxPromptTokens {
                        longPrompts += 1
                        log.warning("a prompt is too long", ["problem": candidate.id.rawValue, "limit": rollout.maxPromptTokens])
                        guard longPrompts <= trainProblems.count + rollout.problemsPerStep else {
                            throw ClusterError(
                                "no prompt of the training data is within rollout.max_prompt_tokens (\(rollout.maxPromptTokens))")
                        }
                        continue
                    }
                    problem = candidate
                } catch let error where UnreadablePicture.isCause(of: error) {
                    log.warning("a group is dropped for its picture", ["step": step, "index": draw.problemIndex, "reason": "\(error)"])
                }
                draws.append(draw)
                found.append(problem)
            }
        }
        let plan = StepPlan(
            step: StepIndex(step), staleness: Staleness(lag: inputs.configuration.training.staleness), groupSize: rollout.groupSize,
            draws: draws, cursor: before)
        let planned = PlannedStep(
            plan: plan, cursorAfter: sampler.cursor, longPrompts: longPrompts,
            unreadable: Set(zip(plan.assignments, found).filter { $1 == nil }.map(\.0.group)))
        try training.add(planned.assignments)
        for (assignment, problem) in zip(plan.assignments, found) { problems[assignment.group] = problem }
        return planned
    }

    private func isJudged(_ planned: PlannedStep) -> Bool {
        planned.assignments.allSatisfy { training.phase(of: $0.group) == .judged }
    }

    private func batch(_ planned: PlannedStep) -> StepBatch {
        let groups = planned.assignments.map { assignment in
            (members: judgedMembers(assignment), annotationCount: paysForSight ? problems[assignment.group]?.annotations.count ?? 0 : 0)
        }
        return StepBatch(
            groups: groups, unreadable: (planned.unreadable.count, planned.plan.groupSize), rubric: inputs.rubric,
            ownValues: { self.ownValues(of: $0) },
            minimumMembers: inputs.configuration.judge.minimumMembers, advantage: inputs.configuration.advantage.kind,
            advantageEpsilon: inputs.configuration.advantage.epsilon)
    }

    /// A group's trajectories with their verdicts, in member order.
    func judgedMembers(_ assignment: GroupAssignment) -> [(trajectory: Trajectory, verdicts: [Verdict])] {
        (0..<assignment.memberCount).compactMap { member in
            let id = TrajectoryID(group: assignment.group, member: member)
            return trajectories[id].map { ($0, dispatch.judgements(for: id)?.map(\.verdict) ?? []) }
        }
    }

    /// Has all learner ranks train the batch, each on its own lanes; their outcomes agree but for who saw what was not finite.
    private func train(_ step: Int, _ batch: StepBatch) async throws -> StepOutcome {
        learnerReports = [:]
        learnerStep = step
        let batches = LearningBatch.byRank(batch.samples, aggregation: inputs.configuration.aggregation, rankCount: cluster.learners.count)
        for (member, batch) in zip(cluster.learners, batches) {
            let learner: LearnerWorker = try actorSystem.actor(ClusterLayout.Name.learner, at: member.peer)
            try await insist("the batch of step \(step) for learner \(member.worker.rawValue)") {
                try await learner.train(step: step, batch: batch)
            }
        }
        try await wait(for: "the learner to train step \(step)") { self.learnerReports.count == self.cluster.learners.count }
        let reports = learnerReports.sorted { $0.key < $1.key }.map(\.value)
        if let failed = reports.first(where: { $0.failure != nil }) {
            throw ClusterError("learner \(failed.rank), step \(step): \(failed.failure ?? "")", isInterruption: failed.isInterruption)
        }
        guard var outcome = reports.first?.outcome else { throw ClusterError("no learner reported step \(step)") }
        outcome.culprit = reports.lazy.compactMap { $0.outcome?.culprit }.first
        return outcome
    }

    /// Repeats an idempotent call to a learner until it arrives; what does not arrive interrupts the run.
    func insist(_ what: String, _ call: @Sendable () async throws -> Void) async throws {
        do {
            try await Insistence.repeating(what, limit: inputs.configuration.cluster.workerDeadline) { try await call() }
        } catch let error as InsistenceError {
            throw ClusterError("\(error)", isInterruption: true)
        }
    }

    /// Counts a step that changed nothing, because it had no group or because something was not finite.
    ///
    /// - Returns: Why the run should give up: too many steps in a row were not finite; or nil.
    private func admit(_ outcome: StepOutcome, _ step: Int, _ batch: StepBatch, _ skips: inout SkipCounter) -> String? {
        guard !outcome.isApplied else {
            skips.recordUpdate()
            return nil
        }
        skippedSteps += 1
        guard !batch.samples.isEmpty else {
            log.error("a step is skipped", ["step": step, "culprit": "no group is left", "groups": batch.groupCount])
            return nil
        }
        let culprit = outcome.culprit ?? NonFiniteValue(name: "gradient norm", index: 0, value: .nan)
        log.error("a step is skipped", ["step": step, "culprit": culprit])
        if case .stop(let reason) = skips.recordSkip(culprit) { return reason }
        return nil
    }

    /// Why the run should give up after steps without any group; nil if there were not too many in a row.
    private func emptiness() -> String? {
        let limit = inputs.configuration.training.maxEmptySteps
        guard health.emptySteps >= limit else { return nil }
        let cause = health.lasting.first { $0.name == .groupsDropped }?.text ?? "every group was dropped"
        return "\(health.emptySteps) steps in a row trained nothing (training.max_empty_steps): \(cause)"
            + (lastEndpointFailure.map { "; the judge's last failure: \($0)" } ?? "")
            + (lastUnknownReward.map { "; the last unknown reward was \($0)" } ?? "")
    }

    /// Forgets a trained step: its slots are free.
    private func finish(_ planned: PlannedStep) throws {
        let groups = planned.assignments.map(\.group)
        try training.release(groups)
        forget(groups, members: planned.plan.groupSize)
    }

    func forget(_ groups: [GroupID], members: Int) {
        dispatch.forget(groups)
        rewards.forget(groups, members: members)
        for group in groups {
            problems[group] = nil
            for member in 0..<members { trajectories[TrajectoryID(group: group, member: member)] = nil }
        }
    }
}
