package import ActorRuntime
import Configuration
import Tasks
import Digests
package import Distributed
import Endpoints
package import Orchestration
import Rewards
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
/// | loop | waits for | unblocked by | at its limit |
/// | --- | --- | --- | --- |
/// | ``run()`` | ranks, the step's groups, the learner's reports | `ready`, `deliver`, `trained`, `saved` | the run is interrupted, with a checkpoint |
/// | ``pump()`` | nothing: hands out what there is room for | every delivery, every publication, a clock tick | |
/// | ``outfit(_:)`` | a rollout worker to take weights | `install` | tried again; others go on |
/// | workers | work | `assign`, `judge`, `install` | the controller's silence ends them |
///
/// Every wait for a peer is a call with a deadline (``ClusterActorSystem``), an ``Insistence``, or ``wait(for:limit:until:)``: each has a name
/// that `percept status` shows. Who answers, when, and how often shows in time only: trajectories and verdicts are accepted by id, first answer first, later ones compared.
package distributed actor Controller {
    package typealias ActorSystem = ClusterActorSystem

    let inputs: RunInputs
    let cluster: ClusterLayout
    let records: RunRecords
    let published: PublishedWeights
    let stop: StopRequest
    let board: StatusBoard
    let log: Log

    var training: WorkBuffer
    var validation: WorkBuffer
    var dispatch: JudgeDispatch
    /// The responses that rewards of a user's own are asked about.
    var rewards: RewardDispatch
    /// By which the log of their values knows those rewards, by name.
    let rewardIdentities: [String: String]
    /// How many of their values stayed unknown, by name, and the last one with its reason.
    var unknownRewards: [String: Int] = [:]
    var lastUnknownReward: String?
    /// What each judge's endpoints were asked since it began.
    var endpointCounters: [WorkerID: EndpointCounters] = [:]
    /// Failures of endpoints that the log has told.
    var loggedEndpointFailures = 0
    /// Trajectories in work, and the problems of their groups.
    var trajectories: [TrajectoryID: Trajectory] = [:]
    var problems: [GroupID: Problem] = [:]
    /// What training and validation draw from: the data sets without the problems that can't be used.
    var trainProblems: UsableProblems
    var validationProblems: UsableProblems?
    var learnerReports: [Int: LearnerReport] = [:]
    var saves = SaveLedger()
    /// Who works for the run, and in which state.
    var roster: Roster
    /// Starts further workers; nil where there is no way to.
    let spawner: (any WorkerSpawner)?
    /// Changes of the number of workers that are under way.
    var scaling: ScalingWork
    /// Whether all ranks of the beginning were met.
    var hasBegun = false
    var fatal: ClusterError?
    /// Whether the run ends, and only saves what it has.
    var isClosing = false
    /// Whose verdicts count, in the order in which they are asked.
    var judgeIdentities: [String] = []
    /// Audit questions that are judged again on purpose.
    var repeats: Set<TrajectoryID> = []
    var judgeWatch: JudgeWatch
    /// Whether anything is learned.
    var health: RunHealth
    /// Whether training rewards what a judge sees in a response: if not, nobody is asked about training's responses.
    let paysForSight: Bool
    /// Steps whose update was skipped since the run began.
    var skippedSteps: Int
    /// What went wrong last with a worker: it stands in the error when nothing happens any more.
    var lastTrouble: String?
    /// Ranks that have not said that they are ready, for people; nil if there are none.
    var unready: String? {
        let names = roster.all.filter { roster.state(of: $0.id) == .joining }.map { "rank \($0.id.rawValue) (\($0.role.rawValue))" }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }
    /// Which worker is given work first: another one each time.
    var turn = 0
    /// Time that workers of a role spent without work, for `idle/*`.
    var idle = IdleClock()
    /// The last step that is done, with the draws up to it: what an interrupted run saves.
    var completed: (step: Int, cursor: Int)
    /// The last step that the learner was given.
    var learnerStep: Int
    /// The step whose checkpoint was begun last.
    var savedStep: Int
    /// What ``wait(for:limit:until:)`` waits for.
    var currentWait: (what: String, since: Duration, limit: Duration)?
    /// Since when a role has had no worker.
    var absentSince: [Role: Duration] = [:]

    /// SHA-256 of each picture on this machine, nil of one that can't be read, by what is drawn from the data set.
    var pictureDigests: [Purpose: [String?]] = [:]
    /// Machines whose pictures are known to be these.
    var verifiedPlaces: Set<String> = []
    /// Ranks that join whose pictures are being looked at.
    var lookingAt: Set<WorkerID> = []

    private let clock = ContinuousClock()
    private let started: ContinuousClock.Instant
    private var waiter: CheckedContinuation<Void, Never>?
    private(set) var progressAt = Duration.zero
    private var ticker: Task<Void, Never>?

    package init(
        actorSystem: ClusterActorSystem, inputs: RunInputs, cluster: ClusterLayout, records: RunRecords, published: PublishedWeights,
        stop: StopRequest, spawner: (any WorkerSpawner)?, board: StatusBoard, log: Log
    ) {
        self.actorSystem = actorSystem
        self.inputs = inputs
        self.cluster = cluster
        self.records = records
        self.published = published
        self.stop = stop
        self.spawner = spawner
        self.board = board
        self.log = log
        trainProblems = UsableProblems(inputs.train)
        validationProblems = inputs.validation.map { UsableProblems($0) }
        roster = Roster(cluster)
        scaling = ScalingWork(runFolder: inputs.configuration.output)
        completed = (records.startStep, records.cursor)
        learnerStep = records.startStep
        savedStep = records.startStep
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
        rewards = RewardDispatch(
            limits: JudgeLimits(
                batchSize: 16, inFlightPerWorker: OwnRewards.inFlightLimit(configuration.reward),
                leaseDuration: configuration.judge.lease))
        rewardIdentities = OwnRewards.identities(configuration.reward)
        paysForSight = configuration.reward.weights[VisualReward.self] > 0
        judgeWatch = JudgeWatch(configuration.judge.audit)
        for record in records.history { _ = judgeWatch.observe(record) }
        health = records.health
        skippedSteps = records.skippedSteps
        started = clock.now
    }

    // MARK: - What workers say

    /// A finished trajectory. Idempotent: keyed by its id.
    package distributed func deliver(_ trajectory: Trajectory, from worker: WorkerID) throws {
        progressMade(by: worker)
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
            try enqueue(trajectory, annotations: isTraining && !paysForSight ? [] : problems[group]?.annotations ?? [])
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
        progressMade(by: worker)
        // A judge that delivers is at work on what it still holds.
        renewJudge(worker)
        for answer in answers { try accept(answer, from: worker) }
        pump()
    }

    /// A worker is still at work: its leases are extended.
    package distributed func progressed(_ worker: WorkerID) {
        progressMade(by: worker)
        for group in training.leases(of: worker) { training.renew(group, by: worker, at: now) }
        for group in validation.leases(of: worker) { validation.renew(group, by: worker, at: now) }
        renewJudge(worker)
    }

    /// What a judge rank holds stays its own for another lease.
    private func renewJudge(_ worker: WorkerID) {
        dispatch.renew(worker, at: now)
        rewards.renew(worker, at: now)
    }

    /// A worker could not do its work: it is handed out again; a worker that fails three times is sent away.
    package distributed func failed(_ worker: WorkerID, reason: String) {
        // Who says so moves.
        progressMade(by: worker)
        roster[worker]?.failureCount += 1
        log.error("a worker failed", ["worker": worker.rawValue, "reason": reason])
        release(worker)
        if let failing = roster[worker], failing.failureCount >= 3 {
            roster.change(worker, at: now) { $0.dismiss(worker) }
            if roster.count(failing.role) == 0 {
                end(by: ClusterError("every \(failing.role.rawValue) worker has failed; the last said: \(reason)"))
            }
        }
        pump()
        changed()
    }

    /// A judge rank has nobody to ask any more: before the first step the run is refused; later the rank is sent away, and with the last one
    /// the run ends, with a checkpoint. Idempotent.
    ///
    /// - Parameter isForGood: Whether waiting would not have helped.
    package distributed func judgeLost(_ worker: WorkerID, reason: String, isForGood: Bool) {
        progressMade(by: worker)
        lastTrouble = reason
        log.error("a judge rank has nobody to ask", ["worker": worker.rawValue, "reason": reason])
        release(worker)
        // A replacement would find the same refusal.
        if roster.change(worker, at: now, { $0.dismiss(worker) }), isForGood { roster.targets[.judge, default: 1] -= 1 }
        if !hasBegun {
            end(by: ClusterError(reason))
        } else if roster.count(.judge) == 0 {
            end(by: ClusterError("every judge is lost; the last: \(reason)", ending: isForGood ? .givenUp : .interruption))
        }
        pump()
        changed()
    }

    /// The run can't go on. Where it is ending already, its last checkpoint needs the learner alone: what else is lost is no news.
    func end(by error: ClusterError, isLearner: Bool = false) { if !isClosing || isLearner { fatal = error } }

    /// A learner rank has trained a step, or could not. Idempotent.
    package distributed func trained(_ report: LearnerReport) {
        progressMade(by: WorkerID(report.rank))
        learnerReports[report.rank] = report
        changed()
    }

    /// A learner rank has written its part of a checkpoint, or could not. Idempotent.
    package distributed func saved(_ report: LearnerReport) {
        progressMade(by: WorkerID(report.rank))
        heardOfSave(report)
        changed()
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

    func progressMade(by worker: WorkerID) {
        progressAt = now
        roster[worker]?.progressAt = now
        if roster.change(worker, at: now, { $0.progress(worker) }) {
            log.notice("a rank that stood still moves again", ["worker": worker.rawValue])
        }
    }

    func changed() {
        waiter?.resume()
        waiter = nil
    }

    /// Everything that time alone brings about; runs several times a second.
    private func tick() {
        expireLeases()
        tendRoster()
        pump()
        board.post(status())
        board.observer?(load())
        changed()
    }

    /// Work whose lease has run out is handed out again; its holder stands still and gets no more until it moves.
    private func expireLeases() {
        var holders: Set<WorkerID> = []
        for (group, worker) in training.expire(at: now) + validation.expire(at: now) {
            log.warning("a lease ran out", ["group": group, "worker": worker.rawValue])
            holders.insert(worker)
        }
        for (request, worker) in dispatch.expire(at: now) {
            log.warning("a judge's lease ran out", ["trajectory": request, "worker": worker.rawValue])
            holders.insert(worker)
        }
        for (request, worker) in rewards.expire(at: now) {
            log.warning("a lease on a reward ran out", ["trajectory": request, "worker": worker.rawValue])
            holders.insert(worker)
        }
        for worker in holders where roster.change(worker, at: now, { $0.stall(worker) }) {
            lastTrouble = "that rank \(worker.rawValue) stood still with its work"
        }
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
    /// - Parameters:
    ///   - what: What is waited for: stands in `percept status` and in the error.
    ///   - limit: How long nothing at all may make progress; `cluster.stall_deadline_seconds` unless it is given.
    /// - Throws: What is fatal to the run; ``ClusterError`` at the limit, or when a role has had no worker for
    ///   `cluster.absence_deadline_seconds`: an interruption in both cases.
    func wait(for what: String, limit: Duration? = nil, until isDone: () -> Bool) async throws {
        let cluster = inputs.configuration.cluster
        let limit = limit ?? cluster.stallDeadline
        progressAt = now
        currentWait = (what, now, limit)
        defer { currentWait = nil }
        while !isDone() {
            if let fatal { throw fatal }
            let obstacle = scaling.obstacle(at: now).map { "; \($0)" } ?? ""
            if let (role, since) = absentSince.min(by: { $0.value < $1.value }), now - since >= cluster.absenceDeadline {
                throw ClusterError(
                    "there has been no \(role.rawValue) rank for \(cluster.absenceDeadline) (cluster.absence_deadline_seconds) while waiting for "
                        + "\(what)\(obstacle); go on with --resume once there are some", isInterruption: true)
            }
            guard now - progressAt < limit else {
                let culprit = RunDiagnosis.culprit(status(), age: 0, patience: min(RunDiagnosis.patience, limit / .seconds(2)))
                throw ClusterError(
                    "nothing happened for \(limit) while waiting for \(what)" + (culprit.map { ": \($0)" } ?? "")
                        + obstacle + (unready.map { "; not ready: \($0)" } ?? "")
                        + (lastTrouble.map { "; the last trouble was \($0)" } ?? ""),
                    isInterruption: true)
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
        for span in trajectory.spans {
            sha.update(span.kind.rawValue)
            sha.update(span.tokens)
            sha.update(span.logProbs)
        }
        sha.update(trajectory.finishReason.rawValue)
        return sha.finalize()
    }
}
