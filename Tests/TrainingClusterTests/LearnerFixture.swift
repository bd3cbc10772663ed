import ActorRuntime
import Foundation
import Learning
import LinearAlgebra
import PolicyModel
import TrainingCluster
import Randomness

/// A `qwen2` model with random weights, too small to be good at anything.
enum TinyModel {
    static func configuration(vocabulary: Int = 96) throws -> ModelConfiguration {
        try ModelConfiguration(json: json(vocabulary: vocabulary), source: "tiny")
    }

    static func json(vocabulary: Int) -> Data {
        Data(
            """
            {"model_type": "qwen2", "vocab_size": \(vocabulary), "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
             "tie_word_embeddings": false, "eos_token_id": 1}
            """.utf8)
    }

    static func weights() throws -> PolicyWeights {
        let weights = PolicyWeights(try configuration())
        weights.initialize(seed: 5)
        return weights
    }
}

/// Cross-entropy over all targets of a batch, of which one may be poisoned.
struct TestObjective: LearningObjective {
    var weight: Float
    var poison: (lane: Int, value: Float)?

    func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float] {
        statistics.supervisedLoss -= logProbs.reduce(0.0) { $0 + Double($1) } * Double(weight)
        var result = [Float](repeating: -weight, count: logProbs.count)
        if let poison, poison.lane == lane, microBatch == 0, item == 0 { result[0] = poison.value }
        return result
    }
}

/// A batch in four lanes of uneven length, different for every step.
enum TestBatch {
    static func microBatches(step: Int) -> [[[LearningItem]]] {
        let random = CounterRandom(key: CounterRandom.mix(31, UInt64(step)))
        return (0..<4).map { lane in
            (0..<(lane == 1 ? 1 : 2)).map { micro in
                (0..<(1 + (lane + micro) % 3)).map { item in
                    func tokens(_ part: Int, _ count: Int) -> [Int32] {
                        (0..<count).map { Int32(random.words(UInt64(lane * 100 + micro * 10 + item), UInt64(part * 100 + $0))[0] % 96) }
                    }
                    return LearningItem(prompt: tokens(0, 7 + lane), images: [], responses: [tokens(1, 5 + item), tokens(2, 9)])
                }
            }
        }
    }
}

/// What one rank ends with.
struct RankResult: Sendable {
    let weights: [UInt32]
    let moments: [UInt32]
    let updateCount: Int
    let outcomes: [StepOutcome]
}

/// Runs a learner on `count` ranks over a loopback network, each in a task of its own.
func train(
    ranks count: Int, steps: Int = 3, storage: WeightStorage = .float32, rules: ParameterRules = ParameterRules(),
    maximumNorm: Double? = 1,
    objective: @escaping @Sendable (_ step: Int) -> TestObjective = { _ in TestObjective(weight: 0.01) }
) async throws -> [RankResult] {
    let network = LoopbackNetwork(peerCount: count)
    return try await withThrowingTaskGroup(of: (Int, RankResult).self) { group in
        for rank in 0..<count {
            group.addTask {
                let exchange = ShardExchange(
                    transport: network.transport(rank: rank), peers: network.peers, rank: rank, deadline: .seconds(30))
                let learner = try LearnerRank(
                    weights: TinyModel.weights(), storage: storage, exchange: count == 1 ? nil : exchange, threads: 2, optimizer: AdamW(),
                    rules: rules,
                    weightDecay: 0.01, maximumNorm: maximumNorm)
                var outcomes: [StepOutcome] = []
                for step in 1...steps {
                    outcomes.append(
                        try await learner.step(
                            step, microBatches: TestBatch.microBatches(step: step), distribution: TokenDistribution(),
                            objective: objective(step), learningRate: 1e-2))
                }
                return (rank, result(learner, outcomes))
            }
        }
        var results = [RankResult?](repeating: nil, count: count)
        for try await (rank, result) in group { results[rank] = result }
        return results.compactMap { $0 }
    }
}

private func result(_ learner: LearnerRank, _ outcomes: [StepOutcome]) -> RankResult {
    func bits(_ values: UnsafeMutablePointer<Float>) -> [UInt32] { (0..<learner.shard.range.count).map { values[$0].bitPattern } }
    return RankResult(
        weights: learner.weights.values.values.map(\.bitPattern),
        moments: bits(learner.shard.weights) + bits(learner.shard.firstMoments) + bits(learner.shard.secondMoments),
        updateCount: learner.shard.updateCount, outcomes: outcomes)
}
