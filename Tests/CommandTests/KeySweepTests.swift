import Configuration
import ConfigurationReading
import Foundation
import Testing

/// Every key of `percept train` with a number, at both ends of its range: planned, and trained with where that is possible.
@Suite("runs at the ends of keys")
struct KeySweepTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let text = """
        schema_version: 1
        model: {policy: \(root.path)/configs/models/digits-policy}
        data:
          train: {type: digits, problems: 100, seed: 5}
          validation: {type: digits, split: validation, problems: 4}
        rollout: {problems_per_step: 2, group_size: 2, max_prompt_tokens: 256, max_response_tokens: 96, max_reply_tokens: 128}
        judge: {type: rules, audit: {share: 0.5}}
        training: {steps: 1, tokens_per_micro_batch: 700, threads: 1}
        validation: {every: 0, problems: 2}
        checkpoint: {every: 0}
        placement: {learner: 1, rollout: 1, judge: 1}
        output: run

        """

    private struct End: Hashable, Comparable {
        let key: String
        let value: String
        var assignment: String { "\(key)=\(value)" }
        var section: Substring { key[..<(key.lastIndex(of: ".") ?? key.endIndex)] }
        static func < (a: Self, b: Self) -> Bool { a.assignment < b.assignment }
    }

    private static func ends() throws -> [End] {
        let loaded = try RunConfiguration.load(sources: [ConfigurationSource(name: "run.yaml", text: text)])
        return loaded.ranges.flatMap { key, range in range.ends.map { End(key: key, value: $0) } }.sorted()
    }

    /// What a step can't be trained with here, each with the reason.
    private static let excluded: [String: String] = [
        "cluster.heartbeat_seconds=86400.0": "must be below the worker's deadline, which ends there too: tried as a refusal",
        "cluster.worker_deadline_seconds=0.01": "must be above the heartbeat: tried as a refusal",
        "cluster.startup_deadline_seconds=0.01": "no model is loaded in a hundredth of a second: tried as a refusal",
        "cluster.stall_deadline_seconds=0.01": "a step takes longer without progress: tried as a refusal",
        "data.validation.problems=10000000": "rendering ten million problems takes many minutes",
        "judge.minimum_members=1024": "must not be above rollout.group_size: tried as a refusal",
        "loss.kl.coefficient=100.0": "needs a reference model: tried as a refusal",
        "placement.judge=4096": "4,096 ranks in one process take more memory than tests have",
        "placement.rollout=4096": "4,096 ranks in one process take more memory than tests have",
        "rollout.group_size=1024": "2,048 responses take minutes",
        "rollout.max_prompt_tokens=1": "no prompt is so short: tried as a refusal",
        "rollout.max_prompt_tokens=1048576": "micro batches would have to hold it: tried as a refusal",
        "rollout.max_response_tokens=1048576": "micro batches would have to hold it: tried as a refusal",
        "rollout.problems_per_step=65536": "131,072 responses take hours",
        "rollout.top_k=1048576": "training needs 0: tried as a refusal",
        "rollout.top_p=5e-324": "training needs 1: tried as a refusal",
        "training.steps=10000000": "ten million steps are more than one",
        "training.tokens_per_micro_batch=1": "no sample fits: tried as a refusal",
    ]

    private static func run(_ arguments: [String]) throws -> Outcome {
        let scratch = try Scratch()
        try scratch.write(text, to: "run.yaml")
        return try PerceptProgram.run(["train", "run.yaml"] + arguments, in: scratch.folder)
    }

    private static func wasChosen(_ outcome: Outcome) -> Bool {
        !outcome.wasKilled && (outcome.code == 0 || (1...2).contains(outcome.code) && !outcome.errors.isEmpty)
    }

    /// A plan for more memory than there is names what to have less of, not a key.
    private static func saysWhatIsTooMuch(_ outcome: Outcome) -> Bool {
        outcome.errors.contains("memory") || outcome.errors.contains("ranks") || outcome.errors.contains("GiB")
    }

    @Test("a plan is made at every end, or refused by a rule that names its keys")
    func dryRuns() async throws {
        let ends = try Self.ends()
        #expect(ends.count > 100)
        // Two processes at a time: so many cores do the tests need.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for half in 0..<2 {
                group.addTask {
                    for (index, end) in ends.enumerated() where index % 2 == half {
                        let outcome = try Self.run(["--dry-run", "--set", end.assignment])
                        #expect(Self.wasChosen(outcome), "\(end.assignment): \(outcome.code) \(outcome.errors.suffix(300))")
                        let isNamed = outcome.code == 0 || outcome.errors.contains(end.key) || Self.saysWhatIsTooMuch(outcome)
                        #expect(isNamed, "\(end.assignment): \(outcome.errors.suffix(300))")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a step is trained at every end that a step can have, many of them together")
    func steps() throws {
        let ends = try Self.ends()
        let known = Set(ends.map(\.assignment))
        #expect(Self.excluded.keys.filter { !known.contains($0) }.sorted() == [], "excluded, but no end of any key")
        var rest = ends.filter { Self.excluded[$0.assignment] == nil }
        #expect(rest.count > 80)
        while !rest.isEmpty {
            // One end of each section that is left: keys of one section may exclude each other.
            var taken: [End] = []
            for end in rest where !taken.contains(where: { $0.section == end.section }) { taken.append(end) }
            rest.removeAll { taken.contains($0) }
            let outcome = try Self.run(taken.flatMap { ["--set", $0.assignment] })
            #expect(!outcome.wasKilled && outcome.code == 0, "\(taken.map(\.assignment)): \(outcome.code) \(outcome.errors.suffix(600))")
        }
    }

    @Test("what can't be kept is refused, or ends the run with a message, within its own time")
    func refusals() throws {
        let tried = Self.excluded.filter { $0.value.hasSuffix("tried as a refusal") }.map(\.key).sorted()
        #expect(tried.count >= 8)
        for end in tried {
            let outcome = try Self.run(["--set", end])
            // A fast machine may keep the shortest of times.
            #expect(
                Self.wasChosen(outcome) && (outcome.code != 0 || end.hasSuffix("=0.01")),
                "\(end): \(outcome.code) \(outcome.errors.suffix(300))")
        }
    }
}
