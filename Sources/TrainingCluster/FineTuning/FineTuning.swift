import ActorRuntime
package import Configuration
import Datasets
import Foundation
import Judging
import Learning
import Multimodal
import PolicyModel
package import Telemetry

/// Supervised training of a starting policy or a judge on one or more learner ranks. Every rank runs this same loop and computes its own
/// lanes of each step's batch; rank 0 logs and writes the model.
package struct FineTuning: Sendable {
    private let configuration: FineTuningConfiguration
    private let exchange: ShardExchange?

    /// - Parameter exchange: nil on a single rank.
    package init(_ configuration: FineTuningConfiguration, exchange: ShardExchange?) {
        self.configuration = configuration
        self.exchange = exchange
    }

    private var isFirst: Bool { (exchange?.rank ?? 0) == 0 }

    /// Trains, and writes `output/model` (a Hugging Face folder) and `output/metrics.jsonl`.
    package func run(log: Log) async throws {
        let output = URL(filePath: configuration.output)
        let scratch =
            isFirst ? output.appending(path: "model") : FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
        defer { if !isFirst { try? FileManager.default.removeItem(at: scratch) } }
        let start = try StartingModel(configuration, scratch: scratch)
        let task = try task(start)
        let learner = try configuration.optimizer.learnerRank(
            weights: start.weights, exchange: exchange, threads: configuration.training.threads)
        let rates = try configuration.optimizer.learningRates(steps: configuration.training.steps)
        let metrics = isFirst ? try JSONLinesLog(path: output.appending(path: "metrics.jsonl").path) : nil
        try metrics?.truncate(toOffset: 0)
        let progress = isFirst ? ProgressLine(totalSteps: configuration.training.steps) : nil
        if isFirst { log.info("fine-tuning starts", ["parameters": start.weights.table.count, "steps": configuration.training.steps]) }
        let clock = ContinuousClock()
        let began = clock.now
        for step in 1...configuration.training.steps {
            let stepBegan = clock.now
            let batch = try batch(step, task)
            let outcome = try await learner.step(
                step, microBatches: batch.microBatches, distribution: TokenDistribution(), objective: batch.objective,
                learningRate: rates.rate(step: step))
            guard outcome.isApplied else {
                throw ClusterError(
                    "step \(step): \(outcome.culprit?.description ?? "a gradient") is not finite; lower optimizer.learning_rate")
            }
            guard let metrics, let progress else { continue }
            let record = record(step, outcome, seconds: clock.now - stepBegan)
            try metrics.append(record)
            progress.update(record, elapsed: clock.now - began)
        }
        progress?.finish()
        if isFirst { try PolicyFolder.save(start.weights, to: output.appending(path: "model"), companions: start.folder) }
        if isFirst { log.info("fine-tuning ends", ["model": output.appending(path: "model").path]) }
    }

    private func task(_ start: StartingModel) throws -> any SupervisedTask {
        let digitTokens = Set((0...9).flatMap { start.processor.tokenizer.encode("\($0)") })
        switch configuration.data {
        case .digitsPolicy(let data):
            let digits = try DigitsTask(
                split: .warmStart, problems: data.problems, seed: UInt64(data.seed), warmStartDigitsPerClass: data.digitsPerClass)
            let prompts = PolicyPrompts(processor: start.processor, systemPrompt: nil, template: "{question}")
            return DigitsPolicyTask(digits: digits, prompts: prompts, lookUpWeight: data.lookUpWeight, digitTokens: digitTokens)
        case .digitsJudge(let data):
            return DigitsJudgeTask(
                text: JudgeTrainingText(seed: UInt64(data.seed), decisionCount: data.decisions),
                encoder: try JudgeEncoder(tokenizer: start.processor.tokenizer), languageModelWeight: data.languageModelWeight,
                lookUpWeight: data.lookUpWeight, plainExamples: data.plainExamples,
                digitTokens: digitTokens)
        case .jsonLines(let data):
            return try JSONLinesTask(path: data.path, processor: start.processor)
        }
    }

    private struct Batch {
        let microBatches: [[[LearningItem]]]
        let objective: SupervisedObjective
    }

    /// Step s trains on examples (s - 1) * size ..< s * size.
    private func batch(_ step: Int, _ task: any SupervisedTask) throws -> Batch {
        let size = configuration.training.batchSize
        let first = (step - 1) * size
        let items = try (first..<(first + size)).map { try task.item(at: $0) }
        let plan = try BatchPlan(
            groups: items.map { GroupShape(promptTokenCount: 0, responseTokenCounts: [$0.item.family.rowCount]) },
            tokensPerMicroBatch: configuration.training.tokensPerMicroBatch)
        let lanes = plan.lanes.map { $0.map { $0.segments.map { items[$0.groupIndex] } } }
        return Batch(
            microBatches: lanes.map { $0.map { $0.map(\.item) } },
            objective: SupervisedObjective(kinds: lanes.map { $0.map { $0.map(\.kinds) } }, weight: task.weight))
    }

    private func record(_ step: Int, _ outcome: StepOutcome, seconds: Duration) -> MetricRecord {
        var record = MetricRecord(step: step)
        record.set("training/loss", outcome.statistics.supervisedLoss)
        record.set("training/decision_accuracy", outcome.statistics.decisions.rate)
        record.set("training/look_up_accuracy", outcome.statistics.lookUps.rate)
        record.set("actor/grad_norm", outcome.gradientNorm)
        record.set("actor/lr", outcome.learningRate)
        record.set("perf/total_num_tokens", outcome.statistics.rowCount)
        record.set("timing_s/step", seconds)
        record.set("perf/throughput", Double(outcome.statistics.rowCount) / (seconds / .seconds(1)))
        return record
    }
}
