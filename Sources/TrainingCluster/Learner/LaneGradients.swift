package import Learning
package import LinearAlgebra
package import PolicyModel

/// How often the right token had more than half of the probability.
package struct HitCount: Codable, Hashable, Sendable {
    package private(set) var correct = 0
    package private(set) var total = 0

    package init() {}

    mutating func add(_ isCorrect: Bool) {
        total += 1
        if isCorrect { correct += 1 }
    }

    mutating func combine(_ other: Self) {
        correct += other.correct
        total += other.total
    }

    /// The share of hits; nil without any.
    package var rate: Double? { total > 0 ? Double(correct) / Double(total) : nil }
}

/// What one lane adds up beside its gradient. Lanes combine in the fixed tree, so that every figure is the same on any number of ranks.
package struct LaneStatistics: Codable, Hashable, Sendable {
    /// Sum of coefficient-weighted negative log-probabilities: the supervised loss.
    package var supervisedLoss = 0.0
    /// Supervised decisions, and look-ups.
    package var decisions = HitCount()
    package var lookUps = HitCount()
    package var policy = LossStatistics()
    package var agreement = RolloutAgreement()
    package var entropySum = 0.0
    package var targetCount = 0
    /// Rows that went through the model.
    package var rowCount = 0

    package init() {}

    package mutating func combine(_ other: Self) {
        supervisedLoss += other.supervisedLoss
        decisions.combine(other.decisions)
        lookUps.combine(other.lookUps)
        policy.combine(other.policy)
        agreement.combine(other.agreement)
        entropySum += other.entropySum
        targetCount += other.targetCount
        rowCount += other.rowCount
    }
}

/// What is being minimised: turns the log-probabilities of an item's targets into gradients.
package protocol LearningObjective: Sendable {
    /// dL / d log-probability of each target of item `item` in micro-batch `microBatch` of `lane`.
    ///
    /// - Throws: anything that makes the step meaningless; the step then changes nothing.
    func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float]
}

/// An objective whose every use is told: a step that lasts moves, one that hangs does not.
struct WatchedObjective<Objective: LearningObjective>: LearningObjective {
    private let objective: Objective
    private let used: @Sendable () -> Void

    init(_ objective: Objective, used: @escaping @Sendable () -> Void) {
        self.objective = objective
        self.used = used
    }

    func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float] {
        used()
        return try objective.coefficients(
            lane: lane, microBatch: microBatch, item: item, logProbs: logProbs, entropies: entropies, statistics: &statistics)
    }
}

/// Computes a lane's gradient, micro-batch after micro-batch in order: a function of the weights and the lane's items alone.
package enum LaneGradients {
    /// Overwrites `gradients` with the lane's gradient.
    ///
    /// - Parameters:
    ///   - lane: the lane's number, handed to the objective.
    ///   - microBatches: the lane's items, cut by ``BatchPlan``.
    ///   - distribution: how logits become log-probabilities; the same as where the tokens were sampled.
    package static func compute(
        lane: Int, microBatches: [[LearningItem]], weights: PolicyWeights, distribution: TokenDistribution,
        objective: some LearningObjective, gradients: FloatBuffer, arena: Arena
    ) throws -> LaneStatistics {
        gradients.clear()
        var statistics = LaneStatistics()
        for (index, items) in microBatches.enumerated() {
            let batch = try PackedBatch(items.map(\.family), configuration: weights.configuration)
            let targets = batch.rows(items)
            let pass = ForwardPass(weights: weights, batch: batch, arena: arena)
            let found = pass.logProbs(targets, distribution)
            var coefficients: [Float] = []
            coefficients.reserveCapacity(targets.count)
            for (item, content) in items.enumerated() {
                let own = found[coefficients.count..<(coefficients.count + content.targets.count)]
                coefficients += try objective.coefficients(
                    lane: lane, microBatch: index, item: item, logProbs: own.map(\.logProb), entropies: own.map(\.entropy),
                    statistics: &statistics)
            }
            statistics.entropySum += found.reduce(0.0) { $0 + Double($1.entropy) }
            statistics.targetCount += targets.count
            statistics.rowCount += batch.rowCount
            if coefficients.contains(where: { $0 != 0 }) {
                pass.backward(targets, coefficients: coefficients, distribution, gradients: gradients)
            }
        }
        return statistics
    }
}
