package import ActorRuntime
import Configuration
import Digests
package import Distributed
import Endpoints
package import Orchestration
package import Telemetry
package import Trajectories

/// Directs a run: plans steps, hands out groups and responses, builds batches, has them trained, publishes versions, keeps the records.
///
/// ```
///  plan(step) ─► WorkBuffer ─ assign ─► RolloutWorker ─ deliver(trajectory) ─► VerdictLog ─► JudgeDispatch ─ judge ─► JudgeWorker
///                    ▲                                                             │ known         ▲                         │
///                    └───────────────────────── group judged ◄─────────────────────┴─ VerdictLog ◄─┴─── deliver(verdicts) ◄──┘
///  all groups of the step judged ─► rewards, advantages ─ train ─► LearnerWorker × L ─ trained ─► publish ─► RolloutWorker × R
/// ```
///
/// | loop | waits for | unblocked by |
/// | --- | --- | --- |
/// | ``run()`` | the step's groups, the learner's reports | `deliver`, `trained`, `saved` |
/// | ``pump()`` | nothing: hands out what there is room for | every delivery, every publication, a clock tick |
/// | workers | work | `assign`, `judge`, `install` |
///
/// Who answers, when, and how often shows in time only: trajectories and verdicts are accepted by id, first answer first, later ones compared.
package distributed actor Controller {
    package typealias ActorSystem = ClusterActorSystem

    let inputs: RunInputs
    let cluster: ClusterLayout
    let records: RunRecords
    let published: PublishedWeights
    let stop: StopRequest
    let log: Log

    var training: WorkBuffer
    var validation: WorkBuffer
    var dispatch: JudgeDispatch
    /// What each judge's endpoints were asked since it began.
    var endpointCounters: [WorkerID: EndpointCounters] = [:]
    /// Failures of endpoints that the log has told.
    var loggedEndpointFailures = 0
    /// Trajectories in work, and the problems of their groups.
    var trajectories: [TrajectoryID: Trajectory] = [:]
    var problems: [GroupID: Problem] = [:]
    var learnerReports: [Int: LearnerReport] = [:]
    var saveReports: [Int: LearnerReport] = [:]
    /// Workers that are not to be given work: silent, or failing.
    var lost: Set<WorkerID> = []
    var failureCounts: [WorkerID: Int] = [:]
    var fatal: ClusterError?
    /// Whose verdicts count, in the order in which they are asked.
    var judgeIdentities: [String] = []
    /// Audit questions that are judged again on purpose.
    var repeats: Set<TrajectoryID> = []
    var judgeWatch: JudgeWatch
    /// Whether the rules of the digits task know the right verdicts.
    let isDigits: Bool
    /// Steps whose update was skipped since the run began.
    var skippedSteps: Int
    /// Time that workers of a role spent without work, for `idle/*`.
    var idle = IdleClock()

    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private var waiter: CheckedContinuation<Void, Never>?
    private var lastProgress: ContinuousClock.Instant
    private var ticker: Task<Void, Never>?

    package init(
        actorSystem: ClusterActorSystem, inputs: RunInputs, cluster: ClusterLayout, records: RunRecords, published: PublishedWeights,
        stop: StopRequest, log: Log
    ) {
        self.actorSystem = actorSystem
        self.inputs = inputs
        self.cluster = cluster
        self.records = records
        self.published = published
        self.stop = stop
        self.log = log
        let configuration = inputs.configuration
        let lag = Staleness(lag: configuration.training.staleness)
        // A long decode renews its lease by progress; only a worker that stands still loses its groups.
        let lease = configuration.cluster.workerDeadline
        training = WorkBuffer(
            slotCount: (lag.lag + 1) * configuration.rollout.problemsPerStep, staleness: lag, leaseDuration: lease,
            publishedVersion: PolicyVersion(records.startStep))
        validation = WorkBuffer(
            slotCount: max(1, configuration.validation.problems), staleness: nil, leaseDuration: lease,
            publishedVersion: PolicyVersion(records.startStep))
        dispatch = JudgeDispatch(
            limits: JudgeLimits(
                batchSize: 16, inFlightPerWorker: Judges.inFlightLimit(configuration.judge), leaseDuration: configuration.judge.lease))
        isDigits = if case .digits = configuration.data.train { true } else { false }
        judgeWatch = JudgeWatch(configuration.judge.audit)
        for record in records.history { _ = judgeWatch.observe(record) }
        skippedSteps = records.skippedSteps
        started = clock.now
        lastProgress = clock.now
    }

    // MARK: - What workers say

    /// A finished trajectory. Idempotent: keyed by its id.
    package distributed func deliver(_ trajectory: Trajectory, from worker: WorkerID) throws {
        progressMade()
        let hash = TrajectoryHash.of(trajectory)
        let group = trajectory.id.group
        let isTraining = group.purpose == .train
        let delivery =
            isTraining
            ? training.deliver(trajectory.id, contentHash: hash, from: worker, at: now)
            : validation.deliver(trajectory.id, contentHash: hash, from: worker, at: now)
        switch delivery {
        case .accepted:
            trajectories[trajectory.id] = trajectory
            try enqueue(trajectory, annotations: problems[group]?.annotations ?? [])
        case .duplicate(let matches):
            if !matches {
                log.error("two workers sampled different trajectories", ["trajectory": trajectory.id, "worker": worker.rawValue])
            }
        case .unknown:
            log.debug("a trajectory came too late", ["trajectory": trajectory.id])
        }
        pump()
    }

    /// Verdicts on some responses. Idempotent: keyed by the trajectory.
    package distributed func deliver(_ answers: [JudgedTrajectory], from worker: WorkerID) throws {
        progressMade()
        // A judge that delivers is at work on what it still holds.
        dispatch.renew(worker, at: now)
        for answer in answers { try accept(answer, from: worker) }
        pump()
    }

    /// A worker is still at work: its leases are extended.
    package distributed func progressed(_ worker: WorkerID) {
        progressMade()
        for group in training.leases(of: worker) { training.renew(group, by: worker, at: now) }
        for group in validation.leases(of: worker) { validation.renew(group, by: worker, at: now) }
        dispatch.renew(worker, at: now)
    }

    /// A worker could not do its work: it is handed out again; a worker that fails three times is given no more.
    package distributed func failed(_ worker: WorkerID, reason: String) {
        failureCounts[worker, default: 0] += 1
        log.error("a worker failed", ["worker": worker.rawValue, "reason": reason])
        release(worker)
        if failureCounts[worker, default: 0] >= 3 {
            lost.insert(worker)
            if cluster.rollouts.allSatisfy({ lost.contains($0.worker) }) || cluster.judges.allSatisfy({ lost.contains($0.worker) }) {
                fatal = ClusterError("every worker of a role has failed; the last said: \(reason)")
            }
        }
        pump()
        changed()
    }

    /// A learner rank has trained a step, or could not.
    package distributed func trained(_ report: LearnerReport) {
        progressMade()
        learnerReports[report.rank] = report
        changed()
    }

    /// A learner rank has written its part of a checkpoint, or could not.
    package distributed func saved(_ report: LearnerReport) {
        progressMade()
        saveReports[report.rank] = report
        changed()
    }

    /// A peer fell silent, or is heard again.
    func peer(_ event: PeerEvent) {
        switch event {
        case .silent(let peer):
            log.warning("a rank is silent", ["peer": peer])
            if cluster.learners.contains(where: { $0.peer == peer }) {
                fatal = ClusterError(
                    "learner \(peer) has been silent for \(inputs.configuration.cluster.workerDeadline); restart from the last checkpoint")
            }
            for member in cluster.workers where member.peer == peer {
                lost.insert(member.worker)
                release(member.worker)
            }
        case .returned(let peer):
            log.notice("a silent rank is back", ["peer": peer])
            for member in cluster.workers where member.peer == peer { lost.remove(member.worker) }
        }
        pump()
        changed()
    }

    private func release(_ worker: WorkerID) {
        _ = training.lose(worker)
        _ = validation.lose(worker)
        _ = dispatch.lose(worker)
    }

    func judged(_ trajectory: TrajectoryID) throws {
        // An audit has no group that waits for it.
        guard trajectory.group.purpose != .audit else { return changed() }
        let isComplete =
            trajectory.group.purpose == .train ? try training.recordJudged(trajectory) : try validation.recordJudged(trajectory)
        if isComplete { changed() }
    }

    // MARK: - Time and waiting

    /// Time since the controller was made.
    var now: Duration { clock.now - started }

    private func progressMade() { lastProgress = clock.now }

    private func changed() {
        waiter?.resume()
        waiter = nil
    }

    /// Expired leases go back to the queues; runs several times a second.
    private func tick() {
        for (group, worker) in training.expire(at: now) { log.warning("a lease ran out", ["group": group, "worker": worker.rawValue]) }
        for (group, worker) in validation.expire(at: now) { log.warning("a lease ran out", ["group": group, "worker": worker.rawValue]) }
        for request in dispatch.expire(at: now) { log.warning("a judge's lease ran out", ["trajectory": request]) }
        pump()
        changed()
    }

    func startTicking() {
        ticker = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(200))
                await self?.whenLocal { $0.tick() }
            }
        }
    }

    func stopTicking() { ticker?.cancel() }

    /// Suspends until `isDone`; every delivery and tick asks again.
    ///
    /// - Parameter what: what is waited for: stands in the error when nothing has made progress for the startup deadline.
    func wait(for what: String, until isDone: () -> Bool) async throws {
        let limit = inputs.configuration.cluster.startupDeadline
        progressMade()
        while !isDone() {
            if let fatal { throw fatal }
            guard clock.now - lastProgress < limit else {
                throw ClusterError("nothing happened for \(limit) while waiting for \(what)")
            }
            await withCheckedContinuation { waiter = $0 }
        }
    }
}

/// The fingerprint of everything that a trajectory determines.
enum TrajectoryHash {
    static func of(_ trajectory: Trajectory) -> [UInt8] {
        var sha = SHA256()
        sha.update(trajectory.problem.rawValue)
        sha.update(trajectory.promptTokens)
        sha.update(trajectory.tokens)
        sha.update(trajectory.logProbs)
        sha.update(trajectory.finishReason.rawValue)
        return sha.finalize()
    }
}
