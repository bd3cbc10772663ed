package import ActorRuntime
import Configuration
import Footprints
package import Distributed
package import Orchestration
import Synchronization
package import Telemetry
package import Trajectories

/// Samples the groups it is assigned and delivers each trajectory the moment it is finished.
///
/// ```
/// install(version) ─► weights        assign(groups) ─► queue ─► sample together ─► deliver(trajectory) to the controller, one by one
/// ```
///
/// Holds nothing that matters: whatever is lost with it is sampled again elsewhere, with the same bits.
package distributed actor RolloutWorker {
    package typealias ActorSystem = ClusterActorSystem

    private let inputs: RunInputs
    private let controller: Controller
    private let worker: WorkerID
    private let lifetime: WorkerLifetime
    private let log: Log
    private let sampler: any GroupSampler
    /// Published weights by version; the oldest go when more than `keptVersions` are held.
    private var versions: [PolicyVersion: any PolicyMemory] = [:]
    private var queue: [GroupAssignment] = []
    private var isSampling = false
    private let isCancelled = CancellationFlag()

    /// - Parameter sampler: What samples in place of the policy.
    package init(
        actorSystem: ClusterActorSystem, inputs: RunInputs, controller: Controller, worker: WorkerID, lifetime: WorkerLifetime, log: Log,
        sampler: (any GroupSampler)? = nil
    ) {
        self.actorSystem = actorSystem
        self.inputs = inputs
        self.controller = controller
        self.worker = worker
        self.lifetime = lifetime
        self.log = log
        self.sampler = sampler ?? PolicyGroupSampler(inputs: inputs) { try await controller.pictures(of: $0) }
    }

    /// Receives the weights of a version over the bulk lane; returns when groups of that version can be sampled.
    ///
    /// Idempotent: a version that is held already is received again and kept.
    package distributed func install(_ version: PolicyVersion, ticket: BulkTicket, from peer: PeerAddress) async throws {
        // The oldest go first, so that the newest never stands beside more than are kept.
        let kept = inputs.configuration.training.staleness + 2
        for old in versions.keys.filter({ $0 != version }).sorted().dropLast(kept - 1) { versions[old] = nil }
        let weights = sampler.makeMemory()
        guard weights.bytes.count == ticket.byteCount else {
            throw ClusterError("\(ticket.byteCount) bytes of weights for a model of \(weights.bytes.count)")
        }
        // Received in place: there is no second copy.
        let buffer = BulkBuffer(weights.bytes, owner: weights)
        try await actorSystem.transport.receiveBulk(
            into: buffer, from: peer, tag: ticket.tag, deadline: inputs.configuration.cluster.callDeadline)
        guard buffer.checksum == ticket.checksum else {
            throw ClusterError("weights of version \(version.rawValue) arrived damaged")
        }
        weights.refresh()
        versions[version] = weights
        start()
    }

    /// Queues groups and returns at once. Repeated assignments of a group sample it again, with the same bits.
    package distributed func assign(_ groups: [GroupAssignment]) {
        queue += groups
        start()
    }

    /// Ends this worker's work.
    ///
    /// - Parameter canFinalize: Whether all ranks end together, so that MPI can be finalized.
    package distributed func stop(canFinalize: Bool) {
        isCancelled.set()
        queue = []
        lifetime.end(canFinalize: canFinalize)
    }

    private func start() {
        guard !isSampling else { return }
        isSampling = true
        Task { await sampleQueue() }
    }

    private func sampleQueue() async {
        defer { isSampling = false }
        while let batch = takeBatch() {
            do {
                try await sample(batch.groups, batch.weights)
            } catch {
                log.error("sampling failed", ["error": "\(error)"])
                await report(error)
            }
        }
    }

    /// Says that work failed. What the controller never hears of runs into its lease there.
    private func report(_ error: any Error) async {
        do {
            try await Insistence.repeating("the report of a failure", limit: inputs.configuration.cluster.workerDeadline) {
                try await controller.failed(worker, reason: "\(error)")
            }
        } catch {
            log.error("the controller did not hear of a failure", ["error": "\(error)"])
        }
    }

    /// The first groups of one purpose and version whose weights are here.
    private func takeBatch() -> (groups: [GroupAssignment], weights: any PolicyMemory)? {
        guard let first = queue.first(where: { versions[$0.version] != nil }), let weights = versions[first.version] else { return nil }
        var groups: [GroupAssignment] = []
        var rest: [GroupAssignment] = []
        for group in queue {
            let fits = group.version == first.version && group.group.purpose == first.group.purpose
            if fits, groups.count < RunFootprint.groupsTogether { groups.append(group) } else { rest.append(group) }
        }
        queue = rest
        return (groups, weights)
    }

    private func sample(_ groups: [GroupAssignment], _ weights: any PolicyMemory) async throws {
        let (finished, source) = AsyncStream.makeStream(of: Trajectory.self)
        let progress = ProgressBeat(interval: .seconds(2))
        let (sampler, isCancelled, worker, controller) = (sampler, isCancelled, worker, controller)
        async let sampled: Void = {
            defer { source.finish() }
            try await sampler.sample(
                groups, with: weights, isCancelled: { isCancelled.isSet },
                progressed: {
                    guard progress.isDue() else { return }
                    Task { try? await controller.progressed(worker) }
                },
                finished: { source.yield($0) })
        }()
        let limit = inputs.configuration.cluster.stallDeadline
        for await trajectory in finished {
            try await Insistence.repeating("the delivery of trajectory \(trajectory.id)", limit: limit) {
                try await controller.deliver(trajectory, from: worker)
            }
        }
        try await sampled
    }
}

/// Set once, read by compute threads.
final class CancellationFlag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

/// Says when the next sign of progress is due: work that lasts is told from work that hangs.
final class ProgressBeat: Sendable {
    private let interval: Duration
    private let last = Mutex(ContinuousClock.now)

    init(interval: Duration) { self.interval = interval }

    func isDue() -> Bool {
        let now = ContinuousClock.now
        return last.withLock { last in
            guard now - last >= interval else { return false }
            last = now
            return true
        }
    }
}
