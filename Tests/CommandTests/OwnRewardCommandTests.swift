import Foundation
import Testing

/// Which commands a call of `percept` runs.
@Suite("commands of rewards of a user's own")
struct OwnRewardCommandTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A configuration whose reward leaves a file when it is started, and fails.
    private func write(_ name: String, command: String) throws -> String {
        try scratch.write(
            """
            schema_version: 1
            model: {policy: \(Self.root.path)/configs/models/digits-policy}
            data: {train: {type: digits, problems: 20}}
            rollout: {problems_per_step: 2, group_size: 2, max_prompt_tokens: 256, max_response_tokens: 16}
            judge: {type: rules}
            reward: {parts: [{name: own, type: process, command: \(command)}], weights: {own: 1}}
            training: {steps: 1, tokens_per_micro_batch: 700, threads: 1}
            validation: {every: 0, at_start: false}
            checkpoint: {every: 0}
            placement: {learner: 1, rollout: 1, judge: 1}
            output: \(scratch.path("run"))
            """, to: name)
        return scratch.path(name)
    }

    /// Whether the command of ``write(_:command:)`` was started.
    private var hasRun: Bool { FileManager.default.fileExists(atPath: scratch.path("started")) }

    private func command() throws -> String {
        try scratch.write(
            """
            import json, sys
            open(sys.argv[1], "w").close()
            for text in sys.stdin: print(json.dumps({"id": json.loads(text)["id"], "value": 1}), flush=True)
            """, to: "reward.py")
        return "[python3, \(scratch.path("reward.py")), \(scratch.path("started"))]"
    }

    @Test("what the file of the call names runs; its record in the run folder needs a word")
    func record() throws {
        let file = try write("own.yaml", command: try command())
        let first = try PerceptProgram.run(["train", file])
        #expect(first.code == 0, "\(first.errors)")
        #expect(hasRun)
        try FileManager.default.removeItem(atPath: scratch.path("started"))
        let resume = ["train", scratch.path("run") + "/config.json", "--resume", scratch.path("run"), "--steps", "2"]
        let refused = try PerceptProgram.run(resume)
        #expect(refused.code == 2 && refused.errors.contains("--allow-commands") && refused.errors.contains("is the record of a run"))
        #expect(!hasRun)
        let wrong = try PerceptProgram.run(resume + ["--allowed-commands", String(repeating: "0", count: 64)])
        #expect(wrong.code == 2 && !hasRun)
        let allowed = try PerceptProgram.run(resume + ["--allow-commands"])
        #expect(allowed.code == 0 && hasRun, "\(allowed.errors)")
    }

    @Test("a command that an option names needs a word, and the launcher asks before it starts anything")
    func option() throws {
        let file = try write("own.yaml", command: "[/nowhere/other]")
        let option = ["--set", "reward.parts=[{name: own, type: process, command: \(try command())}]"]
        for call in [["train", file], ["launch", file]] {
            let refused = try PerceptProgram.run(call + option)
            #expect(refused.code == 2 && refused.errors.contains("does not name it"), "\(refused.errors)")
            #expect(!hasRun && !FileManager.default.fileExists(atPath: scratch.path("run") + "/run.json"))
        }
        let link = scratch.path("link.yaml")
        try FileManager.default.createDirectory(atPath: scratch.path("stranger"), withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: file, toPath: scratch.path("stranger/config.json"))
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: scratch.path("stranger/config.json"))
        let linked = try PerceptProgram.run(["train", link])
        #expect(linked.code == 2 && linked.errors.contains("is the record of a run"), "\(linked.errors)")
    }

    @Test("looking at a configuration runs nothing")
    func looking() throws {
        let file = try write("own.yaml", command: try command())
        for call in [["config", "validate", file], ["config", "show", file], ["train", file, "--dry-run"]] {
            #expect(try PerceptProgram.run(call).code == 0)
        }
        #expect(!hasRun)
    }
}
