import Rewards
import Configuration
import ConfigurationReading
import Foundation
import Tasks
import Testing

/// The smallest configuration that trains.
let minimal = """
    schema_version: 1
    model: {policy: models/policy}
    data:
      train: {type: digits}
    judge: {type: rules}
    output: runs/a
    """

func load(_ yaml: String, set: [String] = []) throws(ConfigurationError) -> ResolvedConfiguration<RunConfiguration> {
    var overrides: [ConfigurationOverride] = []
    for item in set { overrides.append(try ConfigurationOverride(parsing: item)) }
    return try RunConfiguration.load(sources: [ConfigurationSource(name: "a.yaml", text: yaml)], overrides: overrides)
}

/// The lines that a refused configuration prints; empty if it is accepted.
func faults(_ yaml: String, set: [String] = []) -> [String] {
    do throws(ConfigurationError) {
        _ = try load(yaml, set: set)
        return []
    } catch {
        return error.diagnostics.map(\.description)
    }
}

@Suite("Run configuration")
struct RunConfigurationTests {
    @Test("a part of the reward is checked where it counts; parts that only take away make no reward")
    func rewardParts() throws {
        let wide = "reward: {weights: {overlong: WEIGHT}, overlong: {buffer_tokens: 100000}}\n"
        _ = try load(minimal + "\n" + wide.replacing("WEIGHT", with: "0"))
        let error = #expect(throws: ConfigurationError.self) { try load(minimal + "\n" + wide.replacing("WEIGHT", with: "1")) }
        #expect(error?.description.contains("reward.overlong.buffer_tokens: is 100000, above rollout.max_response_tokens") == true)
        let nothing = "reward: {weights: {accuracy: 0, format: 0, visual: 0, overlong: 1}}\n"
        let empty = #expect(throws: ConfigurationError.self) { try load(minimal + "\n" + nothing) }
        #expect(empty?.description.contains("accuracy, format and visual are all 0, so nothing is rewarded") == true)
        let unknown = #expect(throws: ConfigurationError.self) { try load(minimal + "\nreward: {weights: {overlog: 1}}\n") }
        #expect(unknown?.description.contains("overlong") == true)
    }

    @Test("the defaults are those of the released run")
    func defaults() throws {
        let run = try load(minimal).value
        #expect(run.reward.weights == RewardConfiguration.Weights())
        #expect(["accuracy", "format", "visual", "repetition"].map { run.reward.weights[$0] } == [0.9, 0.1, 0.7, 1])
        #expect((run.loss.clipLow, run.loss.clipHigh, run.loss.dualClip) == (0.2, 0.3, 3.0))
        #expect((run.optimizer.learningRate, run.optimizer.weightDecay) == (1e-6, 1e-3))
        #expect(run.rollout.groupSize == 8)
        #expect(run.advantage.kind.rawValue == "grpo")
        #expect(run.training.staleness == 0)
        #expect(run.data.promptTemplate == "{question}")
        #expect(run.data.validation == nil)
        #expect(run.model.policy == "models/policy")
    }

    @Test("a byte order mark before the text is passed over")
    func byteOrderMark() throws {
        #expect(try load("\u{FEFF}" + minimal).value == load(minimal).value)
        #expect(!faults("a\u{FEFF}: 1\n" + minimal).isEmpty)
    }

    @Test("a leading ~ of a path is the home folder, in the file as by options, and nowhere else")
    func home() throws {
        let home = try #require(ProcessInfo.processInfo.environment["HOME"])
        let text = minimal.replacing("runs/a", with: "~/runs/a").replacing("models/policy", with: "'~'")
        let run = try load(text, set: ["data.train={type: image_folder, path: ~/data}", "data.system_prompt=~/no path"]).value
        #expect(run.output == home + "/runs/a" && run.model.policy == home)
        guard let folder = run.data.train.task as? ImageFolderSettings else { return #expect(Bool(false), "no image folder") }
        #expect(folder.path == home + "/data" && run.data.systemPrompt == "~/no path")
        #expect(run.resolvedJSON.contains("\"\(home)/runs/a\""))
        let unknown = faults(minimal, set: ["output=~nobody-of-this-name/x"])
        #expect(unknown.count == 1 && unknown[0].contains("output: '~nobody-of-this-name/x' names the home of a user that does not exist"))
    }

    @Test("every section is read")
    func everySection() throws {
        let yaml = """
            schema_version: 1
            model: {policy: p, reference: r}
            data:
              train: {type: image_folder, path: pictures, columns: {answer: gold}}
              validation: {type: digits, split: validation, problems: 100, seed: 3}
              test: {type: digits, split: test}
              system_prompt: "Think first."
              prompt_template: "Question: {question}"
            rollout: {problems_per_step: 4, group_size: 4, temperature: 0.8, max_prompt_tokens: 64, max_response_tokens: 96}
            judge: {type: model, model: j, minimum_members: 3, lease_seconds: 2.5}
            reward: {weights: {visual: 0}}
            advantage: {kind: dr_grpo}
            loss: {dual_clip: 0, aggregation: fixed_length, kl: {coefficient: 0.01, estimator: k1}}
            optimizer:
              learning_rate: 1e-4
              schedule: cosine
              warmup_steps: 3
              frozen: ["visual.*"]
              learning_rate_scales: [{pattern: "*.bias", scale: 2}]
            training: {steps: 7, seed: 9, staleness: 1, tokens_per_micro_batch: 2048}
            validation: {every: 5, at_start: true}
            checkpoint: {every: 2, keep: 1}
            placement: {learner: 2, rollout: 3, judge: 1}
            cluster: {heartbeat_seconds: 0.5}
            output: out
            """
        let run = try load(yaml).value
        guard let folder = run.data.train.task as? ImageFolderSettings else {
            Issue.record("train is not an image folder")
            return
        }
        #expect(folder.columns.answer == "gold")
        #expect(folder.columns.annotations == "visual_key_info")
        #expect(run.data.validation?.kind == TaskKind(EmbeddedSettings<DigitsTask>.self))
        #expect(run.advantage.kind.rawValue == "dr_grpo")
        #expect(run.loss.aggregation == .fixedLength)
        #expect(run.loss.kl.estimator == .k1)
        #expect(run.optimizer.frozen == ["visual.*"])
        #expect(run.optimizer.learningRateScales.map(\.scale) == [2])
        #expect(run.judge.lease == .milliseconds(2_500))
        #expect(run.cluster.heartbeat == .milliseconds(500))
        #expect(run.validation.atStart)
        #expect(run.placement.rankCount == 6)
    }

    @Test("the resolved form loads as the same value and prints the same bytes")
    func roundTrip() throws {
        let set = [
            "optimizer.learning_rate=3e-6", "optimizer.learning_rate_scales=[{pattern: a*, scale: 0.1}]",
            "training.seed=9223372036854775807",
            "data.system_prompt=yes: \"a\"\\ \u{2028}\t\u{7}é", "data.prompt_template={question}", "optimizer.frozen=[\"1\", x]",
        ]
        let first = try load(minimal, set: set).value
        #expect(first.data.promptTemplate == "{question}")
        #expect(first.data.systemPrompt == "yes: \"a\"\\ \u{2028}\t\u{7}é")
        let second = try load(first.resolvedJSON).value
        #expect(second == first)
        #expect(second.resolvedJSON == first.resolvedJSON)
        #expect(first.resolvedJSON.contains("\"learning_rate\": 3e-06"))
        #expect(first.resolvedJSON.hasPrefix("{\n  \"advantage\": {\n    \"epsilon\": 1e-06,\n    \"kind\": \"grpo\"\n  },"))
    }

    @Test("defaults give way to files, files to later files, these to --set, and that to flags; each value knows its origin")
    func precedence() throws {
        let later = "schema_version: 1\ntraining: {steps: 20, threads: 4}\n"
        let sources = [
            ConfigurationSource(name: "a.yaml", text: minimal + "\ntraining: {steps: 10, threads: 3, seed: 5}\n"),
            ConfigurationSource(name: "b.yaml", text: later),
        ]
        let overrides = [
            try ConfigurationOverride(parsing: "training.steps=30"), try ConfigurationOverride(parsing: "rollout.group_size=4"),
            ConfigurationOverride(path: "training.steps", value: "40", option: "--steps"),
        ]
        let resolved = try RunConfiguration.load(sources: sources, overrides: overrides)
        #expect(resolved.value.training.steps == 40)
        #expect(resolved.value.training.threads == 4)
        #expect(resolved.value.training.seed == 5)
        #expect(resolved.value.rollout.groupSize == 4)
        #expect(resolved.origins["training.steps"] == "--steps")
        #expect(resolved.origins["rollout.group_size"] == "--set")
        #expect(resolved.origins["training.threads"] == "b.yaml:2")
        #expect(resolved.origins["training.seed"] == "a.yaml:7")
        #expect(resolved.origins["training.staleness"] == "default")
        #expect(resolved.listing.contains("training.threads = 4  # b.yaml:2\n"))
    }

    @Test("a later data source of another type replaces the earlier one whole")
    func otherType() throws {
        let run = try load(minimal, set: ["data.train.problems=5", "data.train={type: image_folder, path: x}"]).value
        #expect(run.data.train.kind == TaskKind(ImageFolderSettings.self))
        let other = try load(minimal, set: ["data.train.problems=5", "data.train.type=image_folder", "data.train.path=x"]).value
        #expect(other == run)
    }

    @Test("null takes an optional value away")
    func null() throws {
        let yaml = minimal + "\nvalidation: {every: 0}\n"
        #expect(
            try load(yaml, set: ["data.validation={type: digits}", "data.validation=null", "data.system_prompt=null"]).value
                == load(yaml).value)
    }

    @Test("differences are named key by key")
    func differences() throws {
        let first = try load(minimal).value
        let second = try load(minimal, set: ["training.steps=5", "data.validation={type: digits}"]).value
        let paths = first.differences(from: second).map(\.path)
        #expect(paths.contains("training.steps"))
        #expect(paths.contains("data.validation"))
        #expect(paths.contains("data.validation.split"))
        #expect(first.differences(from: first).isEmpty)
    }

    @Test("a value changed in code is held to the same rules")
    func validation() throws {
        var run = try load(minimal).value
        try run.validate()
        run.optimizer.learningRate = .nan
        run.rollout.groupSize = 1
        let error = #expect(throws: ConfigurationError.self) { try run.validate() }
        #expect(error?.diagnostics.map(\.path) == ["rollout.group_size", "optimizer.learning_rate"])
    }

    @Test("placement is checked against the world, and the message shows the sum")
    func placement() throws {
        let overrides = try PlacementConfiguration.overrides(parsing: "learner=1,rollout=2,judge=2")
        let run = try RunConfiguration.load(sources: [ConfigurationSource(name: "a.yaml", text: minimal)], overrides: overrides).value
        #expect(run.placement == PlacementConfiguration(learner: 1, rollout: 2, judge: 2))
        try run.placement.check(worldSize: 5)
        let error = #expect(throws: ConfigurationError.self) { try run.placement.check(worldSize: 4) }
        #expect(error?.description.contains("learner 1 + rollout 2 + judge 2 = 5 ranks, but 4 were started") == true)
        // A role that is not named keeps its ranks.
        let given = ConfigurationSource(name: "a.yaml", text: minimal + "\nplacement: {learner: 2, rollout: 3, judge: 1}\n")
        let judges = try PlacementConfiguration.overrides(parsing: "judge=5")
        #expect(
            try RunConfiguration.load(sources: [given], overrides: judges).value.placement
                == PlacementConfiguration(learner: 2, rollout: 3, judge: 5))
        for text in ["learner", "lerner=1", "learner=1,learner=2", "", "learner=1,"] {
            #expect(throws: ConfigurationError.self) { try PlacementConfiguration.overrides(parsing: text) }
        }
        #expect(faults(minimal, set: ["placement.learner=3"]).isEmpty)
        #expect(faults(minimal, set: ["placement.learner=5"]).count == 1)
    }
}
