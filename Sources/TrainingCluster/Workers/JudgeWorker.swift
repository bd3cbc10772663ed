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
    private let controller: Controller
    private let worker: WorkerID
    private let lifetime: WorkerLifetime
    /// How often the controller hears that long calls are still under way; a fraction of the lease.
    private let progressInterval: Duration
    private let log: Log
    private var queue: [JudgeRequest] = []
    /// What is queued or being judged.
    private var held: Set<JudgeRequest> = []
    private var callCount = 0
    private var reporter: Task<Void, Never>?

    /// Responses that go through the model together at most: small, so that verdicts leave early.
    private static let responsesTogether = 16

    package init(
        actorSystem: ClusterActorSystem, judge: any ResponseJudge, controller: Controller, worker: WorkerID, lifetime: WorkerLifetime,
        lease: Duration, log: Log
    ) {
        self.actorSystem = actorSystem
        self.judge = judge
        self.controller = controller
        self.worker = worker
        self.lifetime = lifetime
        progressInterval = lease / 4
        self.log = log
    }

    /// Queues responses and returns at once. What is held already is not taken twice: a lease that runs out while a large model is at work
    /// costs no second pass. A request that comes again after its answer is judged again.
    package distributed func judge(_ requests: [JudgeRequest]) {
        queue += requests.filter { held.insert($0).inserted }
        startCalls()
    }

    /// Whose verdicts this judge gives, in the order in which they are asked: the same on all judge ranks.
    package distributed func identities() -> [String] { judge.identities }

    /// Ends this worker's work.
    package distributed func stop() {
        queue = []
        held = []
        reporter?.cancel()
        lifetime.end()
    }

    private func startCalls() {
        let batchSize = judge.concurrency > 1 ? 1 : Self.responsesTogether
        while callCount < judge.concurrency, !queue.isEmpty {
            let batch = Array(queue.prefix(batchSize))
            queue.removeFirst(batch.count)
            callCount += 1
            Task { await call(batch) }
        }
        if callCount > 0, judge.concurrency > 1, reporter == nil { reporter = Task { await reportProgress() } }
    }

    private func call(_ batch: [JudgeRequest]) async {
        do {
            let judgements = try await judge.judgements(on: batch.map { JudgeItem(response: $0.text, annotations: $0.annotations) })
            if judge.concurrency > 1 { try await controller.record(judge.endpointCounters, from: worker) }
            try await controller.deliver(
                zip(batch, judgements).map { JudgedTrajectory(id: $0.trajectory, places: $0.places, judgements: $1) }, from: worker)
        } catch {
            log.error("judging failed", ["error": "\(error)"])
            try? await controller.failed(worker, reason: "\(error)")
        }
        held.subtract(batch)
        callCount -= 1
        startCalls()
    }

    /// Keeps the leases of calls that wait for an endpoint: every such wait has a limit of its own (deadline, attempts, back-off), so the
    /// lease has only this rank's death to notice.
    private func reportProgress() async {
        while callCount > 0, (try? await Task.sleep(for: progressInterval)) != nil { try? await controller.progressed(worker) }
        reporter = nil
    }
}
