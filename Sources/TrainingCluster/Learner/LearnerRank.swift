import ActorRuntime
import Glibc
package import Learning
import LinearAlgebra
package import PolicyModel

/// What one optimizer step did, the same on every learner rank and for any number of them.
package struct StepOutcome: Codable, Hashable, Sendable {
    package var statistics = LaneStatistics()
    /// Global norm before clipping.
    package var gradientNorm = 0.0
    package var learningRate = 0.0
    /// False if something was not finite: weights, moments and counters are then as before.
    package var isApplied = true
    /// The first non-finite gradient in the order of the flat buffer.
    package var culprit: NonFiniteValue?

    package init() {}

    /// Of a step that had nothing to train on.
    init(skippedAt learningRate: Double) {
        self.learningRate = learningRate
        isApplied = false
    }
}

/// One rank of the learner: working weights replicated, gradients summed in four fixed lanes, masters and moments sharded.
///
/// ```
/// lanes of this rank ─► merge ─► slices to their owners ─► norm ─► AdamW on own shard ─► all slices, rounded as published, to all ranks
/// ```
///
/// The working weights are the published ones: rounded to what rollouts store, held in float32, so that learner and rollouts compute the
/// same bits. What rounding takes away stays in the masters.
///
/// - Isolation: one step at a time; ``weights`` must not be read during a step.
package final class LearnerRank: @unchecked Sendable {
    package let weights: PolicyWeights
    /// How weights are published.
    package let storage: WeightStorage
    package private(set) var shard: OptimizerShard
    package let plan: ShardPlan
    private let exchange: ShardExchange?
    private let rank: Int
    private let threads: Int
    private let optimizer: AdamW
    private let segments: [OptimizerSegment]
    private let maximumNorm: Double?
    /// In which order this rank's lanes are computed, and in which of ``gradients``.
    private let schedule: LaneSchedule
    /// The first ends as the sum of this rank's lanes.
    private let gradients: [FloatBuffer]
    /// One for each lane that is computed at the same time.
    private let arenas: [Arena]

    /// - Parameters:
    ///   - weights: the starting weights, equal on all ranks; rounded here, once the masters are taken from them.
    ///   - storage: how weights are published.
    ///   - exchange: nil on a single rank.
    ///   - threads: lanes computed at once, as far as ``LaneSchedule`` uses them.
    /// - Throws: `LearningError` if a name pattern matches no tensor.
    package init(
        weights: PolicyWeights, storage: WeightStorage = .float32, exchange: ShardExchange?, threads: Int, optimizer: AdamW,
        rules: ParameterRules, weightDecay: Double,
        maximumNorm: Double?
    ) throws {
        self.weights = weights
        self.storage = storage
        self.exchange = exchange
        self.threads = threads
        self.optimizer = optimizer
        self.maximumNorm = maximumNorm
        rank = exchange?.rank ?? 0
        plan = ShardPlan(parameterCount: weights.table.count, rankCount: exchange?.peers.count ?? 1)
        segments = try rules.segments(for: weights.table.slices, parameterCount: weights.table.count, weightDecay: weightDecay)
        shard = OptimizerShard(range: plan.elements(ofRank: rank), copying: weights.values.base)
        storage.round(weights.values.base, count: weights.table.count)
        schedule = LaneSchedule(lanes: LaneReduction.lanes(ofRank: rank, rankCount: plan.rankCount), threads: threads)
        gradients = (0..<schedule.bufferCount).map { _ in FloatBuffer(count: weights.table.count) }
        arenas = (0..<schedule.width).map { _ in Arena() }
    }

    /// The lanes that this rank computes.
    package var lanes: Range<Int> { LaneReduction.lanes(ofRank: rank, rankCount: plan.rankCount) }

    /// Replaces masters and moments, and the working weights, by a checkpoint's.
    package func restore(_ shard: OptimizerShard, working: UnsafePointer<Float>) {
        self.shard = shard
        memcpy(weights.values.base, working, weights.table.count * 4)
    }

    /// The working weights as they go to the workers.
    func publishedWeights() -> BulkBuffer {
        let buffer = BulkBuffer(byteCount: weights.table.count * storage.byteCount)
        storage.write(weights.values.base, count: weights.table.count, to: buffer.baseAddress)
        return buffer
    }

    /// One optimizer step over the lanes' items: `microBatches[lane]` for each of the four lanes; only this rank's are looked at.
    package func step(
        _ step: Int, microBatches: [[[LearningItem]]], distribution: TokenDistribution, objective: some LearningObjective,
        learningRate: Double
    ) async throws -> StepOutcome {
        var outcome = StepOutcome()
        outcome.learningRate = learningRate
        let statistics = try await ComputeThreads.run { [self] in try computeLanes(microBatches, distribution, objective) }
        outcome.statistics = try await combined(statistics, step)
        try await reduceGradients(step)
        GradientNorm.clearFrozen(
            UnsafeMutableBufferPointer(mutating: ownGradient), offset: shard.range.lowerBound, segments: segments)
        let sums = try await chunkSums(step)
        outcome.gradientNorm = GradientNorm.norm(chunkSums: sums)
        guard outcome.gradientNorm.isFinite else {
            outcome.isApplied = false
            outcome.culprit = try await culprit(step)
            return outcome
        }
        let scale = GradientNorm.clipScale(norm: outcome.gradientNorm, maximum: maximumNorm)
        try await ComputeThreads.run { [self] in
            optimizer.update(
                shard, gradients: gradients[0].base + shard.range.lowerBound, segments: segments, learningRate: learningRate,
                gradientScale: scale)
        }
        try await gatherWeights(step)
        return outcome
    }

    private func computeLanes(
        _ microBatches: [[[LearningItem]]], _ distribution: TokenDistribution, _ objective: some LearningObjective
    ) throws -> [LaneStatistics] {
        let results = Slots<LaneStatistics>(count: lanes.count)
        for wave in schedule.waves {
            try ComputeThreads.forEach(wave.lanes.count, threads: threads) { index in
                let place = wave.lanes[index]
                results[place.lane - lanes.lowerBound] = try LaneGradients.compute(
                    lane: place.lane, microBatches: microBatches[place.lane], weights: weights, distribution: distribution,
                    objective: objective, gradients: gradients[place.buffer], arena: arenas[index])
            }
            for addition in wave.additions {
                Rows.add(gradients[addition.source].base, to: gradients[addition.target].base, count: weights.table.count)
            }
        }
        return results.values
    }

    /// This rank's part of the reduced gradient; valid after ``reduceGradients(_:)``.
    private var ownGradient: UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: gradients[0].base + shard.range.lowerBound, count: shard.range.count)
    }

    /// Leaves the sum of all lanes over this rank's shard in `gradients[0]`.
    private func reduceGradients(_ step: Int) async throws {
        guard let exchange else { return }
        let partial = gradients[0].base
        let outgoing = (0..<plan.rankCount).map { other -> BulkBuffer? in
            let range = plan.elements(ofRank: other)
            return other == rank
                ? nil : BulkBuffer(copying: UnsafeRawBufferPointer(start: partial + range.lowerBound, count: range.count * 4))
        }
        let incoming = try await exchange.all(
            .gradients, step: step, outgoing: outgoing, incomingByteCounts: .init(repeating: shard.range.count * 4, count: plan.rankCount))
        sumPartials(incoming, own: partial + shard.range.lowerBound)
    }

    private func sumPartials(_ incoming: [BulkBuffer?], own: UnsafeMutablePointer<Float>) {
        let parts = incoming.map { $0?.baseAddress.assumingMemoryBound(to: Float.self) ?? own }
        let count = shard.range.count
        for merge in LaneReduction.mergesBetweenRanks(rankCount: plan.rankCount) {
            Rows.add(parts[merge.source], to: parts[merge.target], count: count)
        }
        memmove(gradients[0].base + shard.range.lowerBound, parts[0], count * 4)
    }

    private func chunkSums(_ step: Int) async throws -> [Double] {
        let own = GradientNorm.chunkSums(of: ownGradient)
        guard let exchange else { return own }
        let incoming = try await exchange.all(
            .norms, step: step, outgoing: .init(repeating: BulkBuffer(copying: own), count: plan.rankCount),
            incomingByteCounts: (0..<plan.rankCount).map { plan.chunks(ofRank: $0).count * 8 })
        return incoming.enumerated().flatMap { other, buffer -> [Double] in
            guard let buffer else { return own }
            return buffer.withUnsafeBytes { Array($0.bindMemory(to: Double.self).prefix(plan.chunks(ofRank: other).count)) }
        }
    }

    private func gatherWeights(_ step: Int) async throws {
        guard let exchange else {
            memcpy(weights.values.base, shard.weights, shard.range.count * 4)
            return storage.round(weights.values.base, count: shard.range.count)
        }
        let own = BulkBuffer(byteCount: shard.range.count * storage.byteCount)
        storage.write(shard.weights, count: shard.range.count, to: own.baseAddress)
        let incoming = try await exchange.all(
            .weights, step: step, outgoing: .init(repeating: own, count: plan.rankCount),
            incomingByteCounts: (0..<plan.rankCount).map { plan.elements(ofRank: $0).count * storage.byteCount })
        for (other, buffer) in incoming.enumerated() {
            let range = plan.elements(ofRank: other)
            storage.read((buffer ?? own).baseAddress, count: range.count, into: weights.values.base + range.lowerBound)
        }
    }

    private func combined(_ own: [LaneStatistics], _ step: Int) async throws -> LaneStatistics {
        var lanes = own
        if let exchange {
            lanes = try await gathered(own, .norms, step, exchange).flatMap { $0 }
        }
        return LaneReduction.combine(lanes) { a, b in
            var sum = a
            sum.combine(b)
            return sum
        }
    }

    /// The first non-finite gradient of all ranks: ranks own ascending parts of the buffer.
    private func culprit(_ step: Int) async throws -> NonFiniteValue? {
        let own = NonFiniteValue.first(in: ownGradient, offset: shard.range.lowerBound, slices: weights.table.slices)
        guard let exchange else { return own }
        return try await gathered([own].compactMap { $0 }, .norms, step, exchange).lazy.compactMap(\.first).first
    }

    /// Every rank's `own`, by rank.
    private func gathered<Value: Codable>(_ own: [Value], _ purpose: ShardExchange.Purpose, _ step: Int, _ exchange: ShardExchange)
        async throws -> [[Value]]
    {
        let bytes = try BinaryCoder.encode(own)
        // A fixed size on the wire: length, content, zeros.
        var framed = [UInt8](repeating: 0, count: Self.frameByteCount)
        precondition(bytes.count + 2 <= framed.count, "\(purpose) of \(bytes.count) bytes")
        framed[0] = UInt8(bytes.count & 0xff)
        framed[1] = UInt8(bytes.count >> 8)
        framed.replaceSubrange(2..<(bytes.count + 2), with: bytes)
        let incoming = try await exchange.all(
            purpose, step: step, outgoing: .init(repeating: BulkBuffer(copying: framed), count: plan.rankCount),
            incomingByteCounts: .init(repeating: Self.frameByteCount, count: plan.rankCount))
        return try incoming.map { buffer -> [Value] in
            guard let buffer else { return own }
            return try buffer.withUnsafeBytes { raw in
                let count = min(Int(raw[0]) | Int(raw[1]) << 8, raw.count - 2)
                return try BinaryCoder.decode([Value].self, from: Array(raw[2..<(count + 2)]))
            }
        }
    }

    private static let frameByteCount = 4096
}

/// Results written by index from several threads, each index by one.
private final class Slots<Value>: @unchecked Sendable {
    private let memory: UnsafeMutablePointer<Value?>
    private let count: Int

    init(count: Int) {
        self.count = count
        memory = .allocate(capacity: max(1, count))
        memory.initialize(repeating: nil, count: count)
    }

    deinit {
        memory.deinitialize(count: count)
        memory.deallocate()
    }

    subscript(index: Int) -> Value? {
        get { memory[index] }
        set { memory[index] = newValue }
    }

    var values: [Value] { (0..<count).compactMap { memory[$0] } }
}
