import Configuration
import ConfigurationReading
import Foundation
import Testing

@Suite("Fine-tuning configuration")
struct FineTuningConfigurationTests {
    private func load(_ yaml: String) throws(ConfigurationError) -> FineTuningConfiguration {
        try FineTuningConfiguration.load(sources: [ConfigurationSource(name: "s.yaml", text: yaml)]).value
    }

    private let judge = """
        schema_version: 1
        model:
          kind: qwen2
          tokenizer_vocabulary: 300
          initialization_seed: 1
          architecture:
            hidden_size: 128
            rms_norm_eps: 1e-6
            tie_word_embeddings: true
            hidden_act: silu
            rope_scaling: {mrope_section: [4, 6, 6]}
        data: {type: digits_judge, decisions: 4, language_model_weight: 0.2, seed: 3}
        training: {steps: 20, batch_size: 16}
        placement: {learner: 2}
        output: out
        """

    @Test("a model from random weights keeps the keys of its architecture, and the resolved form loads as the same value")
    func inlineModel() throws {
        let configuration = try load(judge)
        #expect(configuration.model.kind == .qwen2)
        #expect(
            configuration.model.architecture
                == .mapping([
                    "hidden_size": .integer(128), "rms_norm_eps": .real(1e-6), "tie_word_embeddings": .flag(true),
                    "hidden_act": .text("silu"),
                    "rope_scaling": .mapping(["mrope_section": .list([.integer(4), .integer(6), .integer(6)])]),
                ]))
        let parsed = try JSONSerialization.jsonObject(with: Data(configuration.model.architectureJSON.utf8)) as? [String: Any]
        #expect(parsed?["hidden_size"] as? Int == 128)
        guard case .judge(let data) = configuration.data else {
            Issue.record("not the judge's data")
            return
        }
        #expect(data.seed == 3)
        #expect(try load(configuration.resolvedJSON) == configuration)
        try configuration.placement.check(worldSize: 2)
        #expect(throws: ConfigurationError.self) { try configuration.placement.check(worldSize: 3) }
    }

    @Test("a configuration travels through any coder as its canonical text")
    func coding() throws {
        let configuration = try load(judge)
        let data = try JSONEncoder().encode([configuration])
        #expect(try JSONDecoder().decode([FineTuningConfiguration].self, from: data) == [configuration])
    }

    @Test("words that YAML readers disagree on are refused inside an architecture too", arguments: ["010", "yes", ".nan", "1_000"])
    func ambiguous(word: String) {
        #expect(throws: ConfigurationError.self) { try load(judge.replacing("hidden_size: 128", with: "hidden_size: \(word)")) }
    }

    @Test("a model comes from a folder or from an architecture, not from both or neither")
    func oneModel() {
        #expect(throws: ConfigurationError.self) { try load(judge.replacing("  kind: qwen2", with: "  path: p\n  kind: qwen2")) }
        let neither = "schema_version: 1\ndata: {type: jsonl, path: d.jsonl}\noutput: o\n"
        #expect(throws: ConfigurationError.self) { try load(neither) }
        #expect(throws: Never.self) { try load(neither + "model: {path: p}\n") }
    }

    @Test("the type of the data is required, and its keys are checked")
    func dataType() {
        let head = "schema_version: 1\nmodel: {path: p}\noutput: o\n"
        #expect(throws: ConfigurationError.self) { try load(head) }
        #expect(throws: ConfigurationError.self) { try load(head + "data: {type: digits}") }
        #expect(throws: ConfigurationError.self) { try load(head + "data: {type: digits_policy, decisions: 4}") }
        #expect(throws: Never.self) { try load(head + "data: {type: digits_policy, digits_per_class: 8, problems: 100, seed: 0}") }
    }
}
