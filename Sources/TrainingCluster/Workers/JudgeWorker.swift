package import ActorRuntime
package import Distributed
import Endpoints
package import Judging
package import Orchestration
package import Telemetry
import Trajectories

/// Judges the responses it is given and delivers the verdicts. Verdicts of judges in process are a pure function of (judge, annotation,
/// response): who judges, when and beside whom is invisible in the result.
///
/// A judge that batches gets several responses in a call, one call at a time. One that waits for others (an endpoint) gets a response a call,
/// many calls at a time, and each response's verdicts leave as soon as they are there.
package distributed actor JudgeWorker {
    package typealias ActorSystem = ClusterActorSystem

    private let judge: any ResponseJudge
    let rewards: OwnRewards
    let controller: Controller
    let worker: WorkerID
    private let lifetime: WorkerLifetime
    /// How often the controller hears that long calls are still under way; a fraction of the lease.
    private let progressInterval: Duration
    /// How long a delivery is repeated before its work counts as failed.
    let insistenceLimit: Duration
    let log: Log
    private var inbox = JudgeInbox()
    /// Responses whose own rewards are being asked for.
    var heldRewards: Set<RewardRequest> = []
    private var callCount = 0
    private var reporter: Task<Void, Never>?

    /// Responses that go through the model together at most: small, so that verdicts leave early.
    private static let responsesTogether = 16

    package init(
        actorSystem: ClusterActorSystem, judge: any ResponseJudge, rewards: OwnRewards, controller: Controller, worker: WorkerID,
        lifetime: WorkerLifetime,
        lease: Duration, insistenceLimit: Duration, log: Log
    ) {
        self.actorSystem = actorSystem
        self.judge = judge
        self.rewards = rewards
        self.controller = controller
        self.worker = worker
        self.lifetime = lifetime
        progressInterval = lease / 4
        self.insistenceLimit = insistenceLimit
        self.log = log
    }

    /// Sees that the judge can be asked, before this rank says that it is ready. A judge that is away is waited for, and the controller hears that
    /// this rank lives.
    ///
    /// - Throws: ``JudgeLoss``.
    func reach() async throws {
        let waiting = Task { [progressInterval, controller, worker] in
            while (try? await Task.sleep(for: min(progressInterval, .seconds(10)))) != nil { try? await controller.progressed(worker) }
        }
        defer { waiting.cancel() }
        try await judge.reach()
        try await rewards.reach()
    }

    /// Queues responses and returns at once. What is held already is not taken twice: a lease that runs out while a large model is at work
    /// costs no second pass. A request that comes again after its answer is judged again.
    package distributed func judge(_ requests: [JudgeRequest]) {
        inbox.receive(requests)
        startCalls()
    }

    /// Ends this worker's work.
    ///
    /// - Parameter canFinalize: Whether all ranks end together, so that MPI can be finalized.
    package distributed func stop(canFinalize: Bool) {
        inbox.clear()
        heldRewards = []
        reporter?.cancel()
        lifetime.end(canFinalize: canFinalize)
    }

    private func startCalls() {
        let batchSize = judge.concurrency > 1 ? 1 : Self.responsesTogether
        while callCount < judge.concurrency, case let batch = inbox.next(batchSize), !batch.isEmpty {
            callCount += 1
            Task { await call(batch) }
        }
        reportWhileBusy()
    }

    /// Whether this rank waits for somebody outside of this process.
    private var waitsForOthers: Bool { callCount > 0 && judge.isRemote || !heldRewards.isEmpty }

    /// Has the controller hear from time to time that what is held is under way.
    func reportWhileBusy() { if waitsForOthers, reporter == nil { reporter = Task { await reportProgress() } } }

    private func call(_ batch: [JudgeRequest]) async {
        do {
            let judgements = try await judgements(on: batch)
            // A total: what is lost is in the next.
            if judge.isRemote { try? await controller.record(judge.endpointCounters, from: worker) }
            let answers = zip(batch, judgements).map { JudgedTrajectory(id: $0.trajectory, places: $0.places, judgements: $1) }
            try await Insistence.repeating("the delivery of \(answers.count) responses' verdicts", limit: insistenceLimit) {
                try await controller.deliver(answers, from: worker)
            }
        } catch let loss as JudgeLoss {
            await report(loss)
        } catch {
            log.error("judging failed", ["error": "\(error)"])
            await tell("the report of a failure") { try await self.controller.failed(self.worker, reason: "\(error)") }
        }
        callCount -= 1
        startCalls()
    }

    private func judgements(on batch: [JudgeRequest]) async throws -> [[Judgement]] {
        defer { inbox.finish(batch) }
        return try await judge.judgements(on: batch.map { JudgeItem(response: $0.text, annotations: $0.annotations) })
    }

    /// Says that nobody judges here any more.
    func report(_ loss: JudgeLoss) async {
        log.error("the judge is lost", ["reason": loss])
        await tell("the report that the judge is lost") {
            try await self.controller.judgeLost(self.worker, reason: loss.description, isForGood: loss.isForGood)
        }
    }

    /// Repeats a report until it arrives. What the controller never hears of runs into its lease there.
    private func tell(_ what: String, _ call: @Sendable () async throws -> Void) async {
        do {
            try await Insistence.repeating(what, limit: insistenceLimit) { try await call() }
        } catch {
            log.error("the controller did not hear of a failure", ["error": "\(error)"])
        }
    }

    /// Keeps the leases of calls that wait for an endpoint or a program: every such wait has a limit of its own (deadline, attempts, back-off), so the
    /// lease has only this rank's death to notice.
    private func reportProgress() async {
        while waitsForOthers, (try? await Task.sleep(for: progressInterval)) != nil { try? await controller.progressed(worker) }
        reporter = nil
    }
}
