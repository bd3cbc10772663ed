import ActorRuntime
import Configuration
import ConfigurationReading
import Foundation
import Telemetry
import Testing
import TrainingCluster

/// Supervised training from random weights on loopback: a tiny architecture, three steps.
@Suite("supervised training", .serialized)
struct FineTuningTests {
    private func configuration(_ folder: URL, ranks: Int = 1, theta: String = "rope_theta") throws -> FineTuningConfiguration {
        let text = """
            schema_version: 1
            output: \(folder.path)
            model:
              tokenizer_vocabulary: 512
              initialization_seed: 3
              architecture: {hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2,
                num_key_value_heads: 1, max_position_embeddings: 2048, rms_norm_eps: 1.0e-6, \(theta): 10000.0,
                tie_word_embeddings: true}
            data: {type: digits_judge, decisions: 2, seed: 4}
            optimizer: {learning_rate: 1.0e-2}
            training: {steps: 3, batch_size: 6, threads: 1, tokens_per_micro_batch: 400}
            placement: {learner: \(ranks)}
            cluster: {startup_deadline_seconds: 60}
            """
        return try FineTuningConfiguration.load(sources: [ConfigurationSource(name: "sft.yaml", text: text)]).value
    }

    private func train(_ configuration: FineTuningConfiguration, ranks: Int? = nil, log: Log = Log { _ in }) async throws {
        let launch = try FineTuning.Launch(configuration: configuration, command: ["test"], version: "test")
        let network = LoopbackNetwork(peerCount: ranks ?? configuration.placement.learner)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rank in network.peers.indices {
                let transport = network.transport(rank: rank)
                group.addTask { try await FineTuning(launch, transport: transport, log: log).run() }
            }
            for try await _ in group {}
        }
    }

    private func withFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-sft-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// The files of a trained model's folder.
    private func model(ranks: Int) async throws -> [String: Data] {
        try await withFolder { folder in
            try await train(try configuration(folder, ranks: ranks))
            let model = folder.appending(path: "model")
            let names = try FileManager.default.contentsOfDirectory(atPath: model.path)
            return try Dictionary(uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: model.appending(path: $0))) })
        }
    }

    @Test("a key that no model of the family has is refused by name")
    func unknownKeys() async throws {
        try await withFolder { folder in
            let misspelt = try configuration(folder, theta: "rope_teta")
            let error = await #expect(throws: (any Error).self) { try await train(misspelt) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("rope_teta"))
        }
    }

    @Test("the model has the same bytes on 1 to 4 ranks, and again on a second run")
    func placements() async throws {
        let one = try await model(ranks: 1)
        #expect(Set(one.keys).isSuperset(of: ["config.json", "model.safetensors", "tokenizer.json"]))
        for ranks in 1...4 {
            let other = try await model(ranks: ranks)
            #expect(other == one, "\(ranks) ranks")
        }
    }

    @Test("a run leaves its manifest, its configuration, a record a step and its end")
    func folder() async throws {
        try await withFolder { folder in
            let configuration = try configuration(folder, ranks: 2)
            try await train(configuration)
            let manifest = try RunManifest.load(fromFolder: folder.path)
            #expect(manifest.ranks.map(\.role) == ["learner", "learner"])
            let text = try String(contentsOf: folder.appending(path: "config.json"), encoding: .utf8)
            let written = try FineTuningConfiguration.load(sources: [ConfigurationSource(name: "config.json", text: text)]).value
            #expect(written == configuration)
            let records = try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
            #expect(records.map(\.step) == [1, 2, 3])
            #expect(try RunEnd.load(fromFolder: folder.path) == RunEnd(status: .finished, step: 3))
        }
    }

    @Test("lines that are no example are left out and named, up to a share of all")
    func badLines() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appending(path: "examples.jsonl")
            let good = (0..<4).map { "{\"prompt\": \"question \($0)\", \"response\": \"answer \($0)\"}" }
            let text =
                "\u{FEFF}"
                + ([good[0], "", "{\"prompt\" 1}", "{\"prompt\": \" \", \"response\": \"x\"}"] + good[1...]).joined(separator: "\n")
            try Data(text.utf8).write(to: file)
            func data(_ run: String, _ share: Double) throws -> FineTuningConfiguration {
                var configuration = try configuration(folder.appending(path: run))
                var lines = JSONLinesDataConfiguration()
                (lines.path, lines.maxBadShare) = (file.path, share)
                configuration.data = .jsonLines(lines)
                return configuration
            }
            let log = LogLines()
            try await train(try data("run", 0.4), log: Log { log.append($0) })
            let warning = log.all.first { $0.contains("data lines are left out") } ?? ""
            #expect(warning.contains("2 of 6 lines are no example; \(file.path), line 3: column 11: a colon was expected"), "\(warning)")
            #expect(warning.contains("line 4: the text prompt is blank") && !warning.contains("\\n"))
            let error = await #expect(throws: ClusterError.self) { try await train(try data("refused", 0.3)) }
            #expect(error?.description.contains("data.max_bad_share (0.3)") == true && error?.description.contains("line 3: ") == true)
            #expect(try RunEnd.load(fromFolder: folder.path + "/refused")?.status == .failed)
        }
    }

    @Test("a folder that holds a run, and a placement that the ranks don't fill, are refused")
    func refusals() async throws {
        try await withFolder { folder in
            let configuration = try configuration(folder)
            await #expect(throws: ConfigurationError.self) { try await train(configuration, ranks: 2) }
            try await train(configuration)
            await #expect(throws: ClusterError.self) { try await train(configuration) }
        }
    }
}
