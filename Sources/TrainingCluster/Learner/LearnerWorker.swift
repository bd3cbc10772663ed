package import ActorRuntime
package import Checkpointing
import Configuration
package import Distributed
import Foundation
import Generation
import Learning
import LinearAlgebra
import Orchestration
package import PolicyModel
import Synchronization
package import Telemetry
package import Trajectories

/// What a learner rank says when a piece of work is over.
package struct LearnerReport: Codable, Sendable {
    package let step: Int
    package let rank: Int
    package let outcome: StepOutcome?
    /// Why the work failed; nil if it did not.
    package let failure: String?
    /// Whether it failed because another rank was lost.
    package var isInterruption = false
    /// Of a save: for how long the rank's state was being copied, which is how long it could not train.
    package var snapshot: Duration?
}

/// Weights that learner rank 0 has finished, for the controller beside it to publish.
package final class PublishedWeights: Sendable {
    private let buffers = Mutex<[PolicyVersion: BulkBuffer]>([:])

    package init() {}

    /// The weights of a version as they go to the workers.
    package subscript(version: PolicyVersion) -> BulkBuffer? { buffers.withLock { $0[version] } }

    /// Stores what `make` returns. The oldest go first, so that there are never more than `count` versions.
    func store(_ version: PolicyVersion, keeping count: Int, _ make: () -> BulkBuffer) {
        buffers.withLock { table in
            table[version] = nil
            for old in table.keys.sorted().dropLast(count - 1) { table[old] = nil }
        }
        let buffer = make()
        buffers.withLock { $0[version] = buffer }
    }
}

/// One rank of the learner: trains on its lanes of the batches that the controller sends to all learner ranks, and writes its part of checkpoints.
package distributed actor LearnerWorker {
    package typealias ActorSystem = ClusterActorSystem

    private let inputs: RunInputs
    private let learner: LearnerRank
    private let reference: PolicyWeights?
    private let controller: Controller
    private let rank: Int
    private let published: PublishedWeights?
    private let exchange: ShardExchange?
    private let lease: RunLease?
    private let lifetime: WorkerLifetime
    private let saveObserver: SaveObserver?
    private let rates: LearningRateSchedule
    private let log: Log
    private let trainer: (any StepTrainer)?
    /// The last step that was begun, and the last save.
    private var lastStep = 0
    private var lastSave = 0
    /// The last step that was asked for: a snapshot is taken after it.
    private var training: Task<Void, Never>?
    private var stepWork: Task<LearnerReport, Never>?
    /// The last snapshot that was asked for: a step begins after it.
    private var copying: Task<Snapshot, any Error>?
    /// The last save that was asked for: another is written after it.
    private var saving: Task<Void, Never>?
    /// Whether a save is being written: until that has ended, a part of it may stand on the disk.
    private(set) var isWriting = false

    /// A rank's state after a step.
    private struct Snapshot: Sendable {
        let shard: CheckpointShard
        /// Weights of versions that the next steps still sample with.
        let lagged: [(version: Int, weights: BulkBuffer)]
        /// For how long it was being taken.
        let duration: Duration
    }

    /// - Parameters:
    ///   - published: on rank 0, where finished weights go.
    ///   - lease: on rank 0, the run folder's.
    ///   - trainer: What trains in place of `learner`.
    ///   - saveObserver: is told each piece of work of a save, for tests and drills.
    package init(
        actorSystem: ClusterActorSystem, inputs: RunInputs, learner: LearnerRank, reference: PolicyWeights?, controller: Controller,
        rank: Int, published: PublishedWeights?, exchange: ShardExchange?, lease: RunLease?, lifetime: WorkerLifetime,
        log: Log, saveObserver: SaveObserver? = nil, trainer: (any StepTrainer)? = nil
    ) throws {
        self.actorSystem = actorSystem
        self.inputs = inputs
        self.learner = learner
        self.reference = reference
        self.controller = controller
        self.rank = rank
        self.published = published
        self.exchange = exchange
        self.lease = lease
        self.lifetime = lifetime
        self.log = log
        self.trainer = trainer
        self.saveObserver = saveObserver
        rates = try inputs.configuration.optimizer.learningRates(steps: inputs.configuration.training.steps)
    }

    /// Trains one step and returns at once; `trained` follows. `batch` holds the groups of this rank's lanes.
    ///
    /// Idempotent: a step that is under way or done is not trained again.
    package distributed func train(step: Int, batch: LearningBatch) {
        guard step > lastStep else { return }
        lastStep = step
        let copying = copying
        let work = Task { () -> LearnerReport in
            // What is being copied must not change under the copy.
            _ = await copying?.result
            do {
                let outcome = try await update(step, batch)
                if let published { publish(PolicyVersion(step), published) }
                return LearnerReport(step: step, rank: rank, outcome: outcome, failure: nil)
            } catch {
                return LearnerReport(step: step, rank: rank, outcome: nil, failure: "\(error)", isInterruption: error is TransportError)
            }
        }
        // A save waits for the step, not for the controller to hear of it.
        stepWork = work
        training = Task { _ = await work.value }
        Task {
            let report = await work.value
            await tell("the report of step \(step)") { try await self.controller.trained(report) }
        }
    }

    /// Copies this rank's state and writes the copy as its part of a checkpoint. Returns at once; `saved` follows.
    ///
    /// The next step begins as soon as the copy is taken, and runs while it is being written. Idempotent: an order is followed once.
    package distributed func save(_ order: SaveOrder) {
        guard order.ordinal > lastSave else { return }
        lastSave = order.ordinal
        let (training, earlier) = (training, saving)
        let copying = Task {
            await training?.value
            return try await snapshot(order.step)
        }
        self.copying = copying
        saving = Task {
            await earlier?.value
            var report = LearnerReport(step: order.step, rank: rank, outcome: nil, failure: nil)
            do {
                let snapshot = try await copying.value
                if self.copying == copying { self.copying = nil }
                report.snapshot = snapshot.duration
                isWriting = true
                defer { isWriting = false }
                try await write(order, snapshot)
            } catch is SaveAbandoned {
                // As if the process had been killed there: nobody hears of it.
                return
            } catch {
                report = LearnerReport(step: order.step, rank: rank, outcome: nil, failure: "\(error)", snapshot: report.snapshot)
            }
            let told = report
            await tell("the report of the checkpoint of step \(order.step)") { try await self.controller.saved(told) }
        }
    }

    /// Ends this worker's work. A step or a save under way is given up: it may wait for a learner rank that is lost.
    ///
    /// - Parameter canFinalize: Whether all ranks end together, so that MPI can be finalized.
    package distributed func stop(canFinalize: Bool) {
        stepWork?.cancel()
        saving?.cancel()
        lifetime.end(canFinalize: canFinalize)
    }

    /// Repeats a report until it arrives. One that never does is missed by the controller, which waits for it by name.
    private func tell(_ what: String, _ call: @Sendable () async throws -> Void) async {
        do {
            try await Insistence.repeating(what, limit: inputs.configuration.cluster.stallDeadline) { try await call() }
        } catch {
            log.error("the controller did not hear a report", ["error": "\(error)"])
        }
    }

    /// A batch without samples changes nothing: neither weights nor moments nor the count of updates.
    private func update(_ step: Int, _ batch: LearningBatch) async throws -> StepOutcome {
        guard !batch.isEmpty else { return StepOutcome(skippedAt: rates.rate(step: step)) }
        if let trainer { return try await trainer.train(step: step, batch: batch) }
        let configuration = inputs.configuration
        let distribution = inputs.sampler.training.distribution
        let (inputs, reference, lanes, controller) = (inputs, reference, learner.lanes, controller)
        let cut = try await LostPicture.recovering({ try await controller.pictures(of: $0) }) { fetched in
            try await ComputeThreads.run {
                try PolicyBatch(
                    batch, tokensPerMicroBatch: configuration.training.tokensPerMicroBatch, configuration: inputs.model
                ) { try inputs.visuals($0, fetched: fetched) }
            }
        }
        let frozen = try await ComputeThreads.run {
            try reference.map { try cut.logProbs($0, lanes: lanes, distribution: distribution) }
        }
        let objective = PolicyObjective(
            loss: try configuration.policyLoss(), selection: EntropySelection(share: configuration.loss.entropyShare),
            samples: cut.samples, reference: frozen, version: PolicyVersion(step - 1))
        // A step of a large model lasts: its micro-batches tell it from one that hangs.
        let beat = ProgressBeat(interval: .seconds(2))
        let worker = WorkerID(rank)
        let watched = WatchedObjective(objective) {
            if beat.isDue() { Task { try? await controller.progressed(worker) } }
        }
        return try await learner.step(
            step, microBatches: cut.items, distribution: distribution, objective: watched, learningRate: rates.rate(step: step))
    }

    private func publish(_ version: PolicyVersion, _ published: PublishedWeights) {
        published.store(version, keeping: inputs.configuration.training.staleness + 2) {
            trainer?.publishedWeights() ?? learner.publishedWeights()
        }
    }

    private func snapshot(_ step: Int) async throws -> Snapshot {
        let (learner, published, lag) = (learner, published, inputs.configuration.training.staleness)
        return try await ComputeThreads.run {
            let clock = ContinuousClock()
            let began = clock.now
            let shard = CheckpointShard(
                range: learner.shard.range, weights: learner.shard.weights, firstMoments: learner.shard.firstMoments,
                secondMoments: learner.shard.secondMoments)
            // With a lag, the next steps sample with versions older than the newest: they go along, as they are.
            let lagged = (max(0, step - lag)..<step).compactMap { version in
                published?[PolicyVersion(version)].map { (version: version, weights: $0) }
            }
            return Snapshot(shard: shard, lagged: lagged, duration: clock.now - began)
        }
    }

    private func write(_ order: SaveOrder, _ snapshot: Snapshot) async throws {
        let store = CheckpointStore(path: inputs.configuration.output + "/checkpoints")
        let blobs = snapshot.lagged.map { version, weights in
            CheckpointBlob(name: LaggedWeights.fileName(version, learner.storage)) { body in try weights.withUnsafeBytes(body) }
        }
        let coordinator: any CheckpointCoordinator =
            exchange.map { LearnerCoordinator(exchange: $0, ordinal: order.ordinal) } ?? SoleCoordinator()
        try await store.save(
            snapshot.shard,
            contents: CheckpointContents(
                step: order.step, generation: order.generation, slices: learner.weights.table.slices, state: order.state, blobs: blobs,
                configDigest: order.configDigest, origin: order.origin,
                libraryVersions: ["openblas": Products.openBLASDescription.configuration]),
            coordinator: coordinator, lease: lease, observer: saveObserver)
    }
}

/// The names of lagged policy weights in a checkpoint.
enum LaggedWeights {
    static func fileName(_ version: Int, _ storage: WeightStorage) -> String {
        "policy-version-\(version).\(storage == .float32 ? "f32" : "bf16")"
    }
}
