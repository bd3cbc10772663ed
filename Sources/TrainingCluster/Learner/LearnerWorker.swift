package import ActorRuntime
package import Checkpointing
import Configuration
package import Distributed
import Foundation
import Generation
import Learning
import LinearAlgebra
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

/// One rank of the learner: trains on the batches that the controller sends to all learner ranks, and writes its part of checkpoints.
package distributed actor LearnerWorker {
    package typealias ActorSystem = ClusterActorSystem

    private let inputs: RunInputs
    private let learner: LearnerRank
    private let reference: PolicyWeights?
    private let controller: Controller
    private let rank: Int
    private let published: PublishedWeights?
    private let coordinator: any CheckpointCoordinator
    private let lease: RunLease?
    private let lifetime: WorkerLifetime
    private let rates: LearningRateSchedule
    private let log: Log
    /// The last step that was begun.
    private var lastStep = 0

    /// - Parameters:
    ///   - published: on rank 0, where finished weights go.
    ///   - lease: on rank 0, the run folder's.
    package init(
        actorSystem: ClusterActorSystem, inputs: RunInputs, learner: LearnerRank, reference: PolicyWeights?, controller: Controller,
        rank: Int, published: PublishedWeights?, exchange: ShardExchange?, lease: RunLease?, lifetime: WorkerLifetime,
        log: Log
    ) throws {
        self.actorSystem = actorSystem
        self.inputs = inputs
        self.learner = learner
        self.reference = reference
        self.controller = controller
        self.rank = rank
        self.published = published
        coordinator = exchange.map { LearnerCoordinator(exchange: $0) } ?? SoleCoordinator()
        self.lease = lease
        self.lifetime = lifetime
        self.log = log
        rates = try inputs.configuration.optimizer.learningRates(steps: inputs.configuration.training.steps)
    }

    /// Trains one step and returns at once; `trained` follows. `samples` are the whole batch, in id order.
    ///
    /// Idempotent: a step that is under way or done is not trained again.
    package distributed func train(step: Int, samples: [Sample]) {
        guard step > lastStep else { return }
        lastStep = step
        Task {
            let report: LearnerReport
            do {
                let outcome = try await update(step, samples)
                if let published { publish(PolicyVersion(step), published) }
                report = LearnerReport(step: step, rank: rank, outcome: outcome, failure: nil)
            } catch {
                report = LearnerReport(
                    step: step, rank: rank, outcome: nil, failure: "\(error)", isInterruption: error is TransportError)
            }
            await tell("the report of step \(step)") { try await self.controller.trained(report) }
        }
    }

    /// Writes this rank's part of a checkpoint and returns at once; `saved` follows.
    package distributed func save(step: Int, state: [UInt8], configDigest: String) {
        Task {
            var failure: String?
            do { try await write(step, state, configDigest) } catch { failure = "\(error)" }
            let report = LearnerReport(step: step, rank: rank, outcome: nil, failure: failure)
            await tell("the report of the checkpoint of step \(step)") { try await self.controller.saved(report) }
        }
    }

    /// Ends this worker's work.
    ///
    /// - Parameter canFinalize: Whether all ranks end together, so that MPI can be finalized.
    package distributed func stop(canFinalize: Bool) { lifetime.end(canFinalize: canFinalize) }

    /// Repeats a report until it arrives. One that never does is missed by the controller, which waits for it by name.
    private func tell(_ what: String, _ call: @Sendable () async throws -> Void) async {
        do {
            try await Insistence.repeating(what, limit: inputs.configuration.cluster.stallDeadline) { try await call() }
        } catch {
            log.error("the controller did not hear a report", ["error": "\(error)"])
        }
    }

    private func update(_ step: Int, _ samples: [Sample]) async throws -> StepOutcome {
        let configuration = inputs.configuration
        let distribution = inputs.sampler.training.distribution
        let weights = configuration.aggregation.tokenWeights(responseLengths: samples.map(\.trajectory.tokens.count))
        let (inputs, reference, lanes) = (inputs, reference, learner.lanes)
        let prepared = try await ComputeThreads.run {
            let batch = try PolicyBatch(samples, inputs: inputs)
            return (batch, try reference.map { try batch.logProbs($0, lanes: lanes, distribution: distribution) })
        }
        let objective = PolicyObjective(
            loss: try configuration.policyLoss(), samples: prepared.0.samples,
            tokenWeights: Dictionary(uniqueKeysWithValues: zip(samples.map(\.trajectory.id), weights)), reference: prepared.1,
            version: PolicyVersion(step - 1))
        return try await learner.step(
            step, microBatches: prepared.0.items, distribution: distribution, objective: objective, learningRate: rates.rate(step: step))
    }

    private func publish(_ version: PolicyVersion, _ published: PublishedWeights) {
        published.store(version, keeping: inputs.configuration.training.staleness + 2) { learner.publishedWeights() }
    }

    private func write(_ step: Int, _ state: [UInt8], _ configDigest: String) async throws {
        let store = CheckpointStore(path: inputs.configuration.output + "/checkpoints")
        let shard = CheckpointShard(
            range: learner.shard.range, weights: learner.shard.weights, firstMoments: learner.shard.firstMoments,
            secondMoments: learner.shard.secondMoments)
        // With a lag, the next steps sample with versions older than the newest: they go along.
        let blobs = (max(0, step - inputs.configuration.training.staleness)..<step).compactMap { version -> CheckpointBlob? in
            guard let buffer = published?[PolicyVersion(version)] else { return nil }
            return CheckpointBlob(name: LaggedWeights.fileName(version, learner.storage), bytes: buffer.withUnsafeBytes { Array($0) })
        }
        try await store.save(
            shard,
            contents: CheckpointContents(
                step: step, slices: learner.weights.table.slices, state: state, blobs: blobs, configDigest: configDigest,
                libraryVersions: ["openblas": Products.openBLASDescription.configuration]), coordinator: coordinator, lease: lease)
    }
}

/// The names of lagged policy weights in a checkpoint.
enum LaggedWeights {
    static func fileName(_ version: Int, _ storage: WeightStorage) -> String {
        "policy-version-\(version).\(storage == .float32 ? "f32" : "bf16")"
    }
}

/// The learner ranks as a checkpoint's writers: an all-gather over the bulk lane.
struct LearnerCoordinator: CheckpointCoordinator {
    let exchange: ShardExchange
    private let round = RoundCounter()

    init(exchange: ShardExchange) { self.exchange = exchange }

    var rank: Int { exchange.rank }
    var rankCount: Int { exchange.peers.count }

    func exchange(_ bytes: [UInt8]) async throws -> [[UInt8]] {
        let count = exchange.peers.count
        let own = BulkBuffer(copying: [UInt64(bytes.count)])
        let sizes = try await exchange.all(
            .coordination, step: round.next(), outgoing: .init(repeating: own, count: count),
            incomingByteCounts: .init(repeating: 8, count: count))
        let counts = sizes.map { buffer in buffer.map { Int($0.withUnsafeBytes { $0.load(as: UInt64.self) }) } ?? bytes.count }
        let content = BulkBuffer(copying: bytes)
        let parts = try await exchange.all(
            .coordination, step: round.next(), outgoing: .init(repeating: content, count: count), incomingByteCounts: counts)
        return parts.map { $0.map { $0.withUnsafeBytes { Array($0) } } ?? bytes }
    }
}

/// Counts the rounds of coordination, which all ranks go through in the same order.
final class RoundCounter: Sendable {
    private let value = Atomic<Int>(0)
    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
}
