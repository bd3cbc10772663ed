import Learning
import LinearAlgebra
import PolicyModel
import Testing
import TrainingCluster

@Suite("Learner ranks")
struct LearnerRankTests {
    @Test("1 to 4 ranks end with the same bits and report the same figures, on every rank", arguments: [2, 3, 4])
    func rankCounts(count: Int) async throws {
        let alone = try await train(ranks: 1)[0]
        let ranks = try await train(ranks: count)
        #expect(ranks.count == count)
        for rank in ranks {
            #expect(rank.weights == alone.weights)
            #expect(rank.outcomes == alone.outcomes)
            #expect(rank.updateCount == 3)
        }
        #expect(alone.weights != (try TinyModel.weights().values.values.map(\.bitPattern)))
        #expect(alone.outcomes.allSatisfy { $0.isApplied && $0.gradientNorm > 0 && $0.statistics.targetCount > 0 })
        // The moments of all shards together are those of the single rank.
        let third = alone.moments.count / 3
        for part in 0..<3 {
            let joined = ranks.flatMap { rank in
                let size = rank.moments.count / 3
                return Array(rank.moments[(part * size)..<((part + 1) * size)])
            }
            #expect(joined == Array(alone.moments[(part * third)..<((part + 1) * third)]))
        }
    }

    @Test("weights published in bfloat16 are the rounded masters, on any number of ranks", arguments: [2, 3, 4])
    func roundedRanks(count: Int) async throws {
        let alone = try await train(ranks: 1, storage: .bfloat16)[0]
        #expect(alone.weights.allSatisfy { $0 & 0xffff == 0 })
        let masters = Array(alone.moments.prefix(alone.weights.count))
        var values = masters.map { Float(bitPattern: $0) }
        #expect(values.map(\.bitPattern) != alone.weights, "masters keep what rounding takes away")
        WeightStorage.bfloat16.round(&values, count: values.count)
        #expect(values.map(\.bitPattern) == alone.weights)
        for rank in try await train(ranks: count, storage: .bfloat16) {
            #expect(rank.weights == alone.weights)
            #expect(rank.outcomes == alone.outcomes)
        }
        #expect(alone.weights != (try await train(ranks: 1)[0].weights))
    }

    @Test("training lowers the loss of a batch that is seen again")
    func learns() async throws {
        let first = try await train(ranks: 1, steps: 1)[0].outcomes[0].statistics.supervisedLoss
        let weights = try TinyModel.weights()
        let learner = try LearnerRank(
            weights: weights, exchange: nil, threads: 1, optimizer: AdamW(), rules: ParameterRules(), weightDecay: 0, maximumNorm: 1)
        var last = first
        for step in 1...12 {
            last =
                try await learner.step(
                    step, microBatches: TestBatch.microBatches(step: 1), distribution: TokenDistribution(),
                    objective: TestObjective(weight: 0.01), learningRate: 1e-2
                ).statistics.supervisedLoss
        }
        #expect(last < 0.8 * first)
    }

    @Test(
        "a gradient that is not finite changes nothing on any rank, and every rank names the same tensor", arguments: 1...4,
        [Float.nan, .infinity])
    func nonFinite(count: Int, value: Float) async throws {
        let poisoned = try await train(ranks: count, steps: 2) { step in
            TestObjective(weight: 0.01, poison: step == 2 ? (lane: 3, value: value) : nil)
        }
        let once = try await train(ranks: count, steps: 1)
        let names = Set(try TinyModel.weights().table.slices.map(\.name))
        for (rank, before) in zip(poisoned, once) {
            #expect(!rank.outcomes[1].isApplied && rank.outcomes[0].isApplied)
            #expect(rank.weights == before.weights)
            #expect(rank.moments == before.moments)
            #expect(rank.updateCount == 1)
            let culprit = try #require(rank.outcomes[1].culprit)
            #expect(names.contains(culprit.name))
            #expect(culprit == poisoned[0].outcomes[1].culprit)
        }
        if count > 1 {
            let alone = try await train(ranks: 1, steps: 2) { step in
                TestObjective(weight: 0.01, poison: step == 2 ? (lane: 3, value: value) : nil)
            }
            #expect(alone[0].outcomes[1].culprit == poisoned[0].outcomes[1].culprit)
        }
    }

    @Test("frozen parameters stay as they are and count neither in the norm nor for the guard", arguments: 1...4)
    func frozen(count: Int) async throws {
        let rules = ParameterRules(frozen: [NamePattern("model.layers.*"), NamePattern("model.embed_tokens.weight")])
        let ranks = try await train(ranks: count, rules: rules)
        let all = try await train(ranks: 1)[0]
        let start = try TinyModel.weights()
        for rank in ranks {
            for slice in start.table.slices {
                let before = (slice.range).map { start.values.base[$0].bitPattern }
                let isFrozen = slice.name.hasPrefix("model.layers.") || slice.name == "model.embed_tokens.weight"
                #expect((before == Array(rank.weights[slice.range])) == isFrozen, "\(slice.name)")
            }
            #expect(rank.outcomes[0].gradientNorm < all.outcomes[0].gradientNorm)
        }
        #expect(ranks.allSatisfy { $0.weights == ranks[0].weights && $0.outcomes == ranks[0].outcomes })
        // A poisoned gradient reaches only layers, so with those frozen it is only the head that can stop the step.
        let everything = ParameterRules(frozen: [NamePattern("*")])
        let nothing = try await train(ranks: count, steps: 1, rules: everything) { _ in
            TestObjective(weight: 0.01, poison: (lane: 0, value: .nan))
        }
        #expect(nothing.allSatisfy { $0.outcomes[0].isApplied && $0.outcomes[0].gradientNorm == 0 })
        #expect(nothing[0].weights == start.values.values.map(\.bitPattern))
    }

    @Test("a restored learner goes on as one that never stopped")
    func restore() async throws {
        func learner() throws -> LearnerRank {
            try LearnerRank(
                weights: TinyModel.weights(), exchange: nil, threads: 2, optimizer: AdamW(), rules: ParameterRules(), weightDecay: 0.01,
                maximumNorm: 1)
        }
        func step(_ learner: LearnerRank, _ step: Int) async throws -> StepOutcome {
            try await learner.step(
                step, microBatches: TestBatch.microBatches(step: step), distribution: TokenDistribution(),
                objective: TestObjective(weight: 0.01), learningRate: 1e-2)
        }
        let whole = try learner()
        _ = try await step(whole, 1)
        let saved = OptimizerShard(range: whole.shard.range, updateCount: whole.shard.updateCount)
        let count = saved.range.count
        saved.weights.update(from: whole.shard.weights, count: count)
        saved.firstMoments.update(from: whole.shard.firstMoments, count: count)
        saved.secondMoments.update(from: whole.shard.secondMoments, count: count)
        let working = whole.weights.values.values
        let expected = try await step(whole, 2)
        let resumed = try learner()
        resumed.restore(saved, working: working)
        #expect(try await step(resumed, 2) == expected)
        #expect(resumed.weights.values.values == whole.weights.values.values)
    }
}
