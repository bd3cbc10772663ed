import ActorRuntime
import Configuration
import Foundation
import PolicyModel
import Telemetry
import Testing
import TrainingCluster

@Suite("Supervised training")
struct LearnerFineTuningTests {
    private func configuration(learners: Int, output: URL) throws -> FineTuningConfiguration {
        let text = """
            schema_version: 1
            output: \(output.path)
            model:
              kind: qwen2
              tokenizer_vocabulary: 512
              architecture:
                hidden_size: 32
                intermediate_size: 48
                num_hidden_layers: 1
                num_attention_heads: 2
                num_key_value_heads: 1
                max_position_embeddings: 2048
                rms_norm_eps: 1.0e-6
                rope_theta: 10000.0
                tie_word_embeddings: true
            data: {type: digits_judge, decisions: 3, plain_examples: 6, seed: 4}
            training: {steps: 3, batch_size: 6, seed: 1, threads: 1, tokens_per_micro_batch: 1024}
            placement: {learner: \(learners)}
            """
        return try FineTuningConfiguration.load(sources: [ConfigurationSource(name: "test", text: text)], overrides: []).value
    }

    private func train(learners: Int, peers: Int, in folder: URL) async throws -> Data {
        let output = folder.appending(path: "run-\(learners)")
        let configuration = try configuration(learners: learners, output: output)
        let network = LoopbackNetwork(peerCount: peers)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rank in 0..<peers {
                let host = FineTuningHost(configuration, transport: network.transport(rank: rank), log: Log { _ in })
                group.addTask { try await host.run() }
            }
            try await group.waitForAll()
        }
        #expect(try RunEnd.load(fromFolder: output.path)?.status == .finished)
        return try Data(contentsOf: output.appending(path: "model/model.safetensors"))
    }

    @Test("1 and 2 learner ranks write the same model, byte for byte, and mark the end; a world of another size is refused")
    func ranks() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let alone = try await train(learners: 1, peers: 1, in: folder)
        let two = try await train(learners: 2, peers: 2, in: folder)
        #expect(alone == two)
        let configuration = try configuration(learners: 2, output: folder.appending(path: "refused"))
        let host = FineTuningHost(configuration, transport: LoopbackNetwork(peerCount: 1).transport(rank: 0), log: Log { _ in })
        await #expect(throws: ConfigurationError.self) { try await host.run() }
    }
}
