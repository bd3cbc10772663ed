package import ActorRuntime
import Checkpointing
package import Configuration
import ConfigurationReading
import Tasks
import Distributed
import Files
import Foundation
import Judging
import Learning
import Multimodal
import PolicyModel
package import Telemetry

/// One rank of supervised training of a starting policy or a judge. Every rank runs this same loop and computes its own lanes of each
/// step's batch; rank 0 keeps the run folder.
package struct FineTuning: Sendable {
    /// What the launcher knows of a run.
    package struct Launch: Sendable {
        package let configuration: FineTuningConfiguration
        fileprivate let start: RunStart
        /// What this rank computes from, as it will be compared with the others'.
        fileprivate let claims: RunClaims

        /// Checks what all ranks would stumble over.
        ///
        /// - Throws: errors naming the file of a model that can't be used; ``ClusterError`` for a folder that holds a run already.
        package init(configuration: FineTuningConfiguration, command: [String], version: String) throws {
            try RunStart.checkFresh(configuration.output, canResume: false)
            if let path = configuration.model.path { try PolicyFolder.check(URL(filePath: path)) }
            if case .jsonLines(let data) = configuration.data, !FileManager.default.isReadableFile(atPath: data.path) {
                throw ClusterError("\(data.path): does not exist or can't be read; check data.path")
            }
            self.configuration = configuration
            claims = try RunClaims(configuration)
            start = RunStart(version: version, command: command, configuration: configuration.resolvedJSON)
        }
    }

    private let launch: Launch
    private let transport: any Transport
    private let rank: Int
    private let log: Log

    /// - Throws: `ConfigurationError` if the placement does not fill the transport's world.
    package init(_ launch: Launch, transport: any Transport, log: Log) throws {
        try launch.configuration.placement.check(worldSize: transport.peers.count)
        guard let rank = transport.peers.firstIndex(of: transport.localPeer) else {
            throw ClusterError("\(transport.localPeer) is not of this cluster")
        }
        self.launch = launch
        self.transport = transport
        self.rank = rank
        self.log = log
    }

    private var configuration: FineTuningConfiguration { launch.configuration }
    private var isFirst: Bool { rank == 0 }

    /// Meets the other ranks and trains. Rank 0 writes `run.json`, `config.json`, `metrics.jsonl`, `model` (a Hugging Face folder) and, when
    /// the run ends by itself, `run.end.json`.
    package func run() async throws {
        let system = ClusterActorSystem(transport: transport)
        defer { system.shutdown() }
        let (peers, limit) = (transport.peers, configuration.cluster.startupDeadline)
        let desk = isFirst ? try system.host(ClusterLayout.Name.identity) { IdentityDesk(actorSystem: system, world: peers) } : nil
        try await system.exchangeFingerprints(
            build: try ProgramFingerprints.build.get(), numeric: try ProgramFingerprints.numeric.get(), deadline: limit)
        try await InputMeeting(claims: launch.claims, limit: limit, silence: limit, localPeer: transport.localPeer).agree(
            system, at: peers[0], log)
        guard isFirst else { return try await train { _ in } }
        let folder = configuration.output
        try FileFailure.naming("create the folder", folder) {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let lease = try RunLease(folder: folder)
        let models = try configuration.model.path.map { ["start": try ModelDigest.of(URL(filePath: $0))] } ?? [:]
        let claims = launch.claims
        let identity = RunIdentity(
            configuration: claims.keys.map { .init(key: $0.name, value: $0.value) }, files: await desk?.whenLocal { $0.files() } ?? [])
        try launch.start.write(
            toFolder: folder,
            RunStart.Facts(
                run: launch.start.run, identity: identity, programs: [try launch.start.program(afterStep: 0)],
                roles: peers.map { _ in Role.learner.rawValue }, hosts: await desk?.whenLocal { $0.hosts() } ?? [], models: models))
        var lastStep = 0
        do {
            try await train { lastStep = $0 }
            try lease.check()
        } catch {
            try RunEnd(status: .failed, step: lastStep, message: FileFailure.message(of: error)).write(toFolder: folder)
            throw error
        }
        try RunEnd(status: .finished, step: configuration.training.steps).write(toFolder: folder)
    }

    /// - Parameter finished: told of each step that is done.
    private func train(_ finished: (_ step: Int) -> Void) async throws {
        let exchange =
            transport.peers.count == 1
            ? nil
            : ShardExchange(transport: transport, peers: transport.peers, rank: rank, deadline: configuration.cluster.startupDeadline)
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
        let progress = isFirst ? ProgressLine(totalSteps: configuration.training.steps) : nil
        defer { progress?.finish() }
        if isFirst {
            log.info("fine-tuning starts", ["parameters": start.weights.table.count, "steps": configuration.training.steps])
        }
        let clock = ContinuousClock()
        let began = clock.now
        var longestPrompt = 0
        for step in 1...configuration.training.steps {
            let stepBegan = clock.now
            let batch = try batch(step, task)
            longestPrompt = max(longestPrompt, batch.longestPrompt)
            let outcome = try await learner.step(
                step, microBatches: batch.microBatches, distribution: TokenDistribution(), objective: batch.objective,
                learningRate: rates.rate(step: step))
            guard outcome.isApplied else {
                throw ClusterError(
                    "step \(step): \(outcome.culprit?.description ?? "a gradient") is not finite; lower optimizer.learning_rate")
            }
            finished(step)
            guard let metrics, let progress else { continue }
            let record = record(step, outcome, seconds: clock.now - stepBegan)
            try metrics.append(record)
            progress.update(record, elapsed: clock.now - began)
        }
        guard isFirst else { return }
        try PolicyFolder.save(start.weights, to: output.appending(path: "model"), companions: start.folder)
        if case .judge = configuration.data {
            try JudgeSpecification(form: .plain, maximumTokens: longestPrompt).write(to: output.appending(path: "model"))
        }
        log.info("fine-tuning ends", ["model": output.appending(path: "model").path])
    }

    private func task(_ start: StartingModel) throws -> any SupervisedTask {
        let lookUpTokens = Set(configuration.data.task?.lookUpWords.flatMap { start.processor.tokenizer.encode($0) } ?? [])
        switch configuration.data {
        case .policy(let data):
            let prompts = PolicyPrompts(processor: start.processor, systemPrompt: nil, template: "{question}")
            return WorkedProblems(
                task: try data.lessons.open(), prompts: prompts, lookUpWeight: data.lessons.lookUpWeight, lookUpTokens: lookUpTokens)
        case .judge(let data):
            return JudgedResponses(
                lessons: JudgeLessons(seed: UInt64(data.seed), of: data.task, decisionCount: data.decisions),
                encoder: try JudgeEncoder(tokenizer: start.processor.tokenizer), languageModelWeight: data.languageModelWeight,
                lookUpWeight: data.lookUpWeight, plainExamples: data.plainExamples, lookUpTokens: lookUpTokens)
        case .jsonLines(let data):
            let task = try JSONLinesTask(path: data.path, processor: start.processor, maximumBadShare: data.maxBadShare)
            if isFirst, let leftOut = task.leftOut {
                log.warning("data lines are left out", ["data": "data", "report": leftOut.replacing("\n  ", with: "; ")])
            }
            return task
        }
    }

    private struct Batch {
        let microBatches: [[[LearningItem]]]
        let objective: SupervisedObjective
        /// Tokens before the continuations of the example that has most.
        let longestPrompt: Int
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
            objective: SupervisedObjective(kinds: lanes.map { $0.map { $0.map(\.kinds) } }, weight: task.weight),
            longestPrompt: items.map(\.item.family.prompt.count).max() ?? 0)
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
