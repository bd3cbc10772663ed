import Learning
import LinearAlgebra
import PolicyModel
import Randomness
import Testing
import Trajectories
import TrainingCluster

/// What a learner rank is sent, and what of it carries loss.
@Suite("learning batches")
struct LearningBatchTests {
    private let random = CounterRandom(key: 12)

    private func tokens(_ row: Int, _ count: Int) -> [Int32] { (0..<count).map { Int32(random.index(below: 96, row: row, column: $0)) } }

    private func spans(_ key: Int) -> [TokenSpan] {
        let sampled = tokens(key, 4 + key % 3)
        var spans = [TokenSpan.sampled(sampled, logProbs: sampled.map { -Float($0) / 96 })]
        if !key.isMultiple(of: 4) {
            let more = tokens(key + 1000, 3)
            spans += [.given(tokens(key + 2000, 2 + key % 5)), .sampled(more, logProbs: more.map { -Float($0) / 96 })]
        }
        return spans
    }

    /// Groups of uneven size; some trajectories have two turns.
    private func samples(groups: Int) -> [Sample] {
        (0..<groups).flatMap { slot in
            (0..<(2 + slot % 3)).map { member in
                let spans = spans(slot * 10 + member)
                let turns = spans.filter { $0.kind == .sampled }.map { _ in Turn(text: "t") }
                let trajectory = Trajectory(
                    id: TrajectoryID(group: GroupID(step: StepIndex(1), slot: slot), member: member), problem: ProblemID("p\(slot)"),
                    problemIndex: slot, visit: 0, version: PolicyVersion(0), spans: [.given(tokens(slot + 500, 5 + slot))] + spans,
                    entropy: 0,
                    finishReason: .stop, turns: turns, rewards: RewardVector())
                return Sample(
                    trajectory: trajectory, verdicts: [], values: RewardVector(), reward: 0, advantage: Float(member) - 0.75)
            }
        }
    }

    private func policyBatch(_ batch: LearningBatch) throws -> PolicyBatch {
        try PolicyBatch(batch, tokensPerMicroBatch: 40, configuration: try TinyModel.configuration()) { _ in [] }
    }

    @Test("each rank is sent the groups of its lanes and no other; cut alike, they are those of one rank", arguments: [2, 3, 4])
    func ranks(_ count: Int) throws {
        let samples = samples(groups: 7)
        let whole = try #require(LearningBatch.byRank(samples, aggregation: .tokenMean, rankCount: 1).first)
        #expect(whole.groups.count == 7 && whole.groups.flatMap(\.samples).map(\.id) == samples.map(\.trajectory.id))
        let parts = LearningBatch.byRank(samples, aggregation: .tokenMean, rankCount: count)
        #expect(parts.count == count && parts.allSatisfy { $0.shapes == whole.shapes && $0.groups.count < 7 })
        #expect(parts.flatMap(\.groups).sorted { $0.place < $1.place } == whole.groups)
        let expected = try policyBatch(whole).samples
        for (rank, part) in parts.enumerated() {
            let lanes = LaneReduction.lanes(ofRank: rank, rankCount: count)
            let own = try policyBatch(part).samples
            for lane in 0..<4 { #expect(own[lane] == (lanes.contains(lane) ? expected[lane] : []), "rank \(rank), lane \(lane)") }
        }
    }

    @Test("weights come from sampled tokens alone, the cut from all that stands behind a prompt")
    func weights() throws {
        let samples = samples(groups: 5)
        let batch = try #require(LearningBatch.byRank(samples, aggregation: .tokenMean, rankCount: 1).first)
        let sampled = samples.reduce(0) { $0 + $1.trajectory.tokens.count }
        let all = samples.reduce(0) { $0 + $1.trajectory.response.reduce(0) { $0 + $1.tokens.count } }
        #expect(sampled < all && batch.shapes.reduce(0) { $0 + $1.responseTokenCounts.reduce(0, +) } == all)
        for (sample, learned) in zip(samples, batch.groups.flatMap(\.samples)) {
            #expect(learned.tokenWeight == 1 / Double(sampled) && learned.tokenFactors == nil)
            #expect(learned.trainedPlaces.map { learned.tokens[$0] } == sample.trajectory.tokens)
            #expect(learned.logProbs == sample.trajectory.logProbs && learned.advantage == sample.advantage)
        }
        let empty = LearningBatch.byRank([], aggregation: .tokenMean, rankCount: 2)
        #expect(empty.count == 2 && empty[0].isEmpty && empty[1].isEmpty)
    }

    @Test("a rank whose pictures are not the prompt's says so")
    func pictures() throws {
        let batch = try #require(LearningBatch.byRank(samples(groups: 1), aggregation: .tokenMean, rankCount: 1).first)
        let picture = VisualInput(time: 1, height: 2, width: 2, patches: [])
        let error = #expect(throws: ClusterError.self) {
            try PolicyBatch(batch, tokensPerMicroBatch: 40, configuration: try TinyModel.configuration()) { _ in [picture] }
        }
        #expect(error?.description.contains("is its data the same?") == true)
    }

    /// Minus the sum of the sampled tokens' log-probabilities, each sequence by itself.
    private func loss(_ batch: LearningBatch, _ weights: PolicyWeights) throws -> Double {
        var sum = 0.0
        for group in batch.groups {
            for sample in group.samples {
                let rows = try PackedBatch([TokenFamily(prompt: group.prompt + sample.tokens)], configuration: weights.configuration)
                let pass = ForwardPass(weights: weights, batch: rows, arena: Arena(), purpose: .inference)
                let targets = sample.trainedPlaces.map { TokenTarget(row: group.prompt.count + $0 - 1, token: sample.tokens[$0]) }
                sum -= pass.logProbs(targets).reduce(0.0) { $0 + Double($1.logProb) }
            }
        }
        return sum
    }

    private func gradient(_ items: [[LearningItem]], _ weights: PolicyWeights) throws -> [Float] {
        let gradients = FloatBuffer(count: weights.table.count)
        _ = try LaneGradients.compute(
            lane: 0, microBatches: items, weights: weights, distribution: TokenDistribution(), objective: TestObjective(weight: 1),
            gradients: gradients, arena: Arena())
        return gradients.values
    }

    @Test("given spans carry no loss: the gradient is that of the sampled tokens, by finite differences")
    func givenSpans() throws {
        let weights = try TinyModel.weights()
        // Two groups in lanes 0 and 1; lane 0's is the gradient that is looked at.
        let whole = try #require(LearningBatch.byRank(samples(groups: 2), aggregation: .tokenMean, rankCount: 1).first)
        let batch = LearningBatch(shapes: [whole.shapes[1]], groups: [first(whole.groups[1])])
        #expect(batch.groups[0].samples.contains { $0.trained.count == 2 })
        let items = try policyBatch(batch).items[0]
        #expect(
            items.joined().flatMap(\.targets).map(\.token) == batch.groups[0].samples.flatMap { s in s.trainedPlaces.map { s.tokens[$0] } })
        let masked = try gradient(items, weights)
        let count = weights.table.count
        let direction = (0..<count).map { Float(random.uniform(9, UInt64($0))) - 0.5 }
        let slope = zip(masked, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let start = weights.values.values
        func moved(by step: Float) throws -> Double {
            for index in 0..<count { weights.values.base[index] = start[index] + step * direction[index] }
            return try loss(batch, weights)
        }
        let step: Float = 1e-3
        let measured = try (moved(by: step) - moved(by: -step)) / (2 * Double(step))
        for index in 0..<count { weights.values.base[index] = start[index] }
        #expect(abs(measured - slope) < 0.01 * max(1, abs(slope)), "\(measured) measured, \(slope) computed")
        // With a loss on given tokens the gradient would be another one.
        let unmasked = items.map { $0.map { LearningItem(prompt: $0.family.prompt, images: [], responses: responses(batch)) } }
        #expect(try gradient(unmasked, weights) != masked)
    }

    private func responses(_ batch: LearningBatch) -> [[Int32]] { batch.groups[0].samples.map(\.tokens) }

    private func first(_ group: LearningGroup) -> LearningGroup {
        LearningGroup(place: 0, pictures: group.pictures, prompt: group.prompt, samples: group.samples)
    }
}
