package import ActorRuntime
package import Distributed
package import Judging
package import Orchestration
package import Telemetry
import Trajectories

/// Judges the responses it is given and delivers the verdicts. Verdicts are a pure function of (judge, annotation, response): who judges,
/// when and beside whom is invisible in the result.
package distributed actor JudgeWorker {
    package typealias ActorSystem = ClusterActorSystem

    private let judge: any ResponseJudge
    private let controller: Controller
    private let worker: WorkerID
    private let lifetime: WorkerLifetime
    private let log: Log
    private var queue: [JudgeRequest] = []
    private var isJudging = false

    /// Responses that go through the model together at most: small, so that verdicts leave early.
    private static let responsesTogether = 16

    package init(
        actorSystem: ClusterActorSystem, judge: any ResponseJudge, controller: Controller, worker: WorkerID, lifetime: WorkerLifetime,
        log: Log
    ) {
        self.actorSystem = actorSystem
        self.judge = judge
        self.controller = controller
        self.worker = worker
        self.lifetime = lifetime
        self.log = log
    }

    /// Queues responses and returns at once. A repeated request is judged again, with the same verdicts.
    package distributed func judge(_ requests: [JudgeRequest]) {
        queue += requests
        guard !isJudging else { return }
        isJudging = true
        Task { await judgeQueue() }
    }

    /// Whose verdicts this judge gives, in the order in which they are asked: the same on all judge ranks.
    package distributed func identities() -> [String] { judge.identities }

    /// Ends this worker's work.
    package distributed func stop() {
        queue = []
        lifetime.end()
    }

    private func judgeQueue() async {
        defer { isJudging = false }
        while !queue.isEmpty {
            let batch = Array(queue.prefix(Self.responsesTogether))
            queue.removeFirst(batch.count)
            do {
                let judgements = try await judge.judgements(on: batch.map { JudgeItem(response: $0.text, annotations: $0.annotations) })
                try await controller.deliver(
                    zip(batch, judgements).map { JudgedTrajectory(id: $0.trajectory, places: $0.places, judgements: $1) }, from: worker)
            } catch {
                log.error("judging failed", ["error": "\(error)"])
                try? await controller.failed(worker, reason: "\(error)")
            }
        }
    }
}
