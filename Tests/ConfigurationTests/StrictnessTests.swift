import Configuration
import ConfigurationReading
import Foundation
import Testing

@Suite("Strict reading")
struct StrictnessTests {
    @Test("all unknown keys are refused at once, with file, line, column and the nearest spelling")
    func unknownKeys() {
        let yaml = """
            schema_version: 1
            model: {policy: p}
            data:
              train: {type: digits, splitt: train}
            judge: {type: rules}
            optimizer:
              lerning_rate: 1e-4
            rolout: {group_size: 4}
            learning_rate: 1e-4
            output: o
            wombat: 1
            """
        let lines = faults(yaml)
        #expect(lines.count == 5)
        #expect(lines[0] == "a.yaml:4:25: data.train.splitt: unknown key; did you mean 'split'?")
        #expect(lines[1] == "a.yaml:7:3: optimizer.lerning_rate: unknown key; did you mean 'learning_rate'?")
        #expect(lines[2] == "a.yaml:8:1: rolout: unknown key; did you mean 'rollout'?")
        #expect(lines[3] == "a.yaml:9:1: learning_rate: unknown key; did you mean 'optimizer.learning_rate'?")
        #expect(lines[4].hasPrefix("a.yaml:11:1: wombat: unknown key; known here: schema_version, model, data,"))
    }

    @Test(
        "ill-typed values are refused with their line, not replaced by defaults",
        arguments: [
            ("training.steps", "010", "leading zero"), ("training.steps", "1e3", "write 1000"), ("training.steps", "5.0", "write 5"),
            ("training.steps", "'5'", "remove the quotes"), ("training.steps", "0x10", "decimal digits"),
            ("training.steps", "1_000", "decimal digits"),
            ("training.steps", "1:30", "decimal digits"), ("training.steps", "99999999999999999999", "64 bits"),
            ("training.steps", "", "no value"),
            ("training.steps", "~", "no value"), ("training.steps", "[5]", "found a list"), ("training.steps", "0", "must be in 1 ..."),
            ("training.steps", "+5", "decimal digits"), ("training.steps", "!!int 5", "tags"), ("training.steps", "&a 5", "anchors"),
            ("training.staleness", "2", "must be in 0 ... 1"), ("optimizer.learning_rate", "3e-6x", "expected a number"),
            ("optimizer.learning_rate", ".nan", "finite"), ("optimizer.learning_rate", "NaN", "finite"),
            ("optimizer.learning_rate", ".inf", "finite"),
            ("optimizer.learning_rate", "-.inf", "finite"), ("optimizer.learning_rate", "inf", "finite"),
            ("optimizer.learning_rate", "1e999", "double precision"), ("optimizer.learning_rate", "1e-999", "double precision"),
            ("optimizer.learning_rate", "01.5", "leading zero"), ("optimizer.learning_rate", "0", "greater than 0"),
            ("optimizer.learning_rate", "1e", "expected a number"), ("optimizer.beta2", "1", "less than 1"),
            ("validation.at_start", "yes", "write true"), ("validation.at_start", "off", "write false"),
            ("validation.at_start", "True", "write true"),
            ("validation.at_start", "1", "write true"), ("validation.at_start", "'true'", "remove the quotes"),
            ("model.policy", "yes", "quote it"),
            ("model.policy", "1.5", "quote it"), ("model.policy", "2024-01-01", "quote it"), ("model.policy", "0o17", "quote it"),
            ("model.policy", "''", "is required"), ("model.policy", "{a: 1}", "found a mapping"),
            ("advantage.kind", "gpro", "not one of grpo, dr_grpo, rloo, reinforce_pp_baseline; did you mean 'grpo'?"),
            ("loss.aggregation", "mean", "not one of token_mean, sequence_mean, fixed_length"), ("rollout", "5", "expected a mapping"),
            ("optimizer.frozen", "abc", "expected a list"), ("optimizer.frozen", "[yes]", "quote it"),
            ("optimizer.learning_rate_scales", "[5]", "expected a mapping"),
            ("optimizer.learning_rate_scales", "[{scale: 2}]", "is required"),
        ])
    func illTyped(path: String, value: String, expected: String) {
        let parts = path.split(separator: ".").map(String.init)
        var yaml = "schema_version: 1\ndata: {train: {type: digits}}\njudge: {type: rules}\noutput: o\n"
        if parts[0] != "model" { yaml += "model: {policy: p}\n" }
        yaml += parts.count == 1 ? "\(parts[0]): \(value)\n" : "\(parts[0]):\n  \(parts[1]): \(value)\n"
        let line = yaml.split(separator: "\n").count
        let lines = faults(yaml)
        #expect(lines.count == 1, "\(lines)")
        #expect(lines.first?.hasPrefix("a.yaml:\(line):") == true, "\(lines)")
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }

    @Test(
        "numbers in ordinary spellings are accepted", arguments: [("1e-6", 1e-6), ("3.5E-4", 3.5e-4), ("1", 1), ("0.10", 0.1), ("1e+0", 1)])
    func numbers(text: String, expected: Double) throws {
        #expect(try load(minimal + "\noptimizer: {learning_rate: \(text)}").value.optimizer.learningRate == expected)
    }

    @Test(
        "what YAML would read in silence is refused: duplicates, merges, several documents, broken syntax",
        arguments: [
            ("output: b", "more than once"), ("training: {steps: 1, steps: 2}", "more than once"), ("<<: {a: 1}", "unknown key"),
            ("---\na: 1", "another document"), ("rollout: {", "not valid YAML"), ("[a]: 1", "a key must be a word"),
            ("rollout: &r {group_size: 4}\nloss: *r", "anchors"), ("\ttraining: 1", "not valid YAML"),
        ])
    func structure(extra: String, expected: String) {
        let lines = faults(minimal + "\n" + extra + "\n")
        #expect(lines.first?.contains(expected) == true, "\(lines)")
        #expect(lines.first?.hasPrefix("a.yaml:") == true, "\(lines)")
    }

    @Test("a duplicate key names its line")
    func duplicateLine() {
        #expect(
            faults(minimal + "\ntraining:\n  steps: 1\n  steps: 2\n").first?.hasPrefix("a.yaml:8:3: the same mapping holds 'steps'") == true
        )
    }

    @Test("schema_version is required and must be 1")
    func schemaVersion() {
        #expect(faults("output: a").first?.contains("put 'schema_version: 1' at the top") == true)
        #expect(
            faults(minimal.replacing("schema_version: 1", with: "schema_version: 2")).first?.contains("reads schema_version 1, not 2")
                == true)
        #expect(faults("").first?.contains("schema_version") == true)
        #expect(faults("- a").first?.contains("expected a mapping of sections") == true)
    }

    @Test("what has no default is asked for, all at once")
    func required() {
        let lines = faults("schema_version: 1")
        #expect(lines.map { $0.split(separator: ":")[0] } == ["model.policy", "data.train", "output"])
        #expect(
            faults(minimal.replacing("{type: digits}", with: "{problems: 5}")).first?.contains(
                "data.train.type: is required; one of digits") == true)
        #expect(
            faults(minimal.replacing("type: digits", with: "type: image_folder")).first?.contains("data.train.path: is required") == true)
    }

    @Test(
        "rules between keys name the key to change and its place",
        arguments: [
            ("training: {tokens_per_micro_batch: 100}", "a.yaml:7:36: training.tokens_per_micro_batch: is 100, below"),
            ("rollout: {max_reply_tokens: 100000}", ""),
            (
                "rollout: {max_turns: 2, max_reply_tokens: 100000}",
                "rollout.max_response_tokens + rollout.max_reply_tokens (4096 + 4096 + 100000 = 108192)"
            ),
            ("rollout: {top_p: 0.9}", "rollout.top_p: must be 1 in training"),
            ("rollout: {top_k: 5}", "rollout.top_k: must be 0 in training"),
            ("loss: {kl: {coefficient: 0.1}}", "model.reference: is required"), ("validation: {every: 5}", "data.validation is absent"),
            ("loss: {dual_clip: 0.5}", "greater than 1, or 0"), ("rollout: {group_size: 2}\nadvantage: {kind: rloo}", ""),
            ("cluster: {heartbeat_seconds: 40}", "cluster.worker_deadline_seconds"),
            ("reward: {weights: {accuracy: 0, format: 0, visual: 0}}", "nothing is rewarded"),
        ])
    func acrossKeys(extra: String, expected: String) {
        let lines = faults(minimal + "\n" + extra)
        if expected.isEmpty {
            #expect(lines.isEmpty)
        } else {
            #expect(lines.count == 1, "\(lines)")
            #expect(lines.first?.contains(expected) == true, "\(lines)")
        }
    }

    @Test("rules on the judge and the prompt")
    func judgeAndPrompt() {
        #expect(faults(minimal, set: ["judge.minimum_members=9"]).first?.contains("above rollout.group_size (8)") == true)
        #expect(faults(minimal, set: ["judge.type=model"]).first?.contains("judge.model: is required") == true)
        #expect(faults(minimal, set: ["judge.model=x"]).first?.contains("has no use with 'type: rules'") == true)
        #expect(faults(minimal, set: ["judge.type=endpoint"]).first?.contains("judge.endpoint: is required") == true)
        #expect(
            faults(minimal, set: ["judge.endpoint={base_url: 'https://h', model: m}"]).first?.contains("has no use with 'type: rules'")
                == true)
        let pool = "{name: a, type: endpoint, endpoint: {base_url: 'https://h', model: m}}"
        #expect(faults(minimal, set: ["judge.pools=[\(pool), {name: b, type: rules}]"]) == [])
        #expect(faults(minimal, set: ["judge.pools=[\(pool), {name: a, type: rules}]"]).first?.contains("names another pool") == true)
        #expect(faults(minimal, set: ["judge.pools=[{name: a, type: model}]"]).first?.contains("judge.pools[0].model: is required") == true)
        #expect(faults(minimal, set: ["judge.pools=[{name: a}]"]).first?.contains("judge.pools[0].type: is required") == true)
        #expect(faults(minimal, set: ["judge.pools=[\(pool)]", "judge.model=x"]).first?.contains("no use beside judge.pools") == true)
        #expect(
            faults(
                minimal, set: ["judge.pools=[{name: a, type: endpoint, endpoint: {base_url: 'https://h', model: m, key_variable: sk-1}}]"]
            )
            .first?.contains("name of an environment variable") == true)
        #expect(faults(minimal, set: ["model.reference=x"]).first?.contains("has no use while loss.kl.coefficient is 0") == true)
        #expect(faults(minimal, set: ["data.prompt_template=hello"]).first?.contains("must contain {question}") == true)
    }

    @Test("a fault in an option names the option")
    func options() {
        #expect(faults(minimal, set: ["training.step=5"]) == ["--set training.step=5: training.step: unknown key; did you mean 'steps'?"])
        #expect(
            faults(minimal, set: ["training.steps=five"]).first?.hasPrefix("--set training.steps=five: training.steps: expected an integer")
                == true)
        #expect(faults(minimal, set: ["optimizer.frozen=[a"]).first?.hasPrefix("--set optimizer.frozen=[a: ") == true)
        for text in ["training.steps", "=5", "training..steps=5", ".a=1", "a.=1"] { #expect(faults(minimal, set: [text]).count == 1) }
    }

    @Test("nesting without end is refused", arguments: ["[", "- ", "{a: ", "? "])
    func nesting(opening: String) {
        #expect(!faults(minimal + "\nloss:\n  " + String(repeating: opening, count: 100_000)).isEmpty)
    }

    @Test("files that can't be read, or are no text, are named")
    func files() throws {
        #expect(throws: ConfigurationError.self) { try ConfigurationSource(file: "/nonexistent/a.yaml") }
        #expect(throws: ConfigurationError.self) { try ConfigurationSource(file: "/") }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("percept-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: Data([0xFF, 0xFE, 0x41])))
        #expect(throws: ConfigurationError.self) { try ConfigurationSource(file: path) }
        #expect(FileManager.default.createFile(atPath: path, contents: Data(minimal.utf8)))
        #expect(try RunConfiguration.load(files: [path]).value == load(minimal).value)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(repeating: 0x20, count: (1 << 20) + 1)))
        #expect(throws: ConfigurationError.self) { try ConfigurationSource(file: path) }
    }
}
