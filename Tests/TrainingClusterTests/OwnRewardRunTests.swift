import Configuration
import Foundation
import Judging
import Telemetry
import Testing
import TrainingCluster

/// Whole runs on loopback whose reward has a part that a program of the user's own gives.
@Suite("runs with a reward of a user's own", .serialized)
struct OwnRewardRunTests: SmallRuns {
    private func settings(_ command: [String], workers: String = "rollout=2,judge=2") -> [String] {
        let words = command.map { "'\($0.replacing("'", with: "''"))'" }.joined(separator: ", ")
        let placement = workers.split(separator: ",").map { "placement.\($0)" }
        return [
            "rollout.problems_per_step=3", "rollout.group_size=3", "judge.audit.share=0", "placement.learner=1",
            "reward.parts=[{name: own, type: process, command: [\(words)], back_off_seconds: 0.01}]", "reward.weights.own=0.5",
        ] + placement
    }

    /// The example of the documentation, as it stands there.
    private func example() throws -> String {
        let page = try String(contentsOf: Self.root.appending(path: "docs/rewards.md"), encoding: .utf8)
        let block = try #require(page.components(separatedBy: "```python\n").dropFirst().first?.components(separatedBy: "```").first)
        #expect(block.split(separator: "\n").count <= 15)
        return block
    }

    private func records(_ folder: URL) throws -> [MetricRecord] {
        try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
    }

    @Test("the documentation's example trains, and placement changes no digest")
    func documented() async throws {
        var found: [[Digests]] = []
        for workers in ["rollout=2,judge=2", "rollout=1,judge=1"] {
            try await withFolder { folder in
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                let file = folder.deletingLastPathComponent().appending(path: "\(folder.lastPathComponent).py")
                defer { try? FileManager.default.removeItem(at: file) }
                try example().write(to: file, atomically: true, encoding: .utf8)
                let end = try await train(try configuration(folder, settings(["python3", file.path], workers: workers)))
                #expect(end?.status == .finished)
                for record in try records(folder) {
                    #expect(record.number("rollout/unknown/own") == 0)
                    #expect((record.number("reward/own") ?? -1) > 0)
                }
                let log = try String(contentsOf: folder.appending(path: RewardLog.fileName), encoding: .utf8)
                #expect(log.split(separator: "\n").count == 18)
                found.append(try digests(folder))
            }
        }
        #expect(found[0] == found[1] && found[0].count == 2)
    }

    @Test("a run that is continued takes values from its log, and asks for nothing that stands there")
    func replay() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let asked = folder.path + "-asked"
            let program = folder.path + "-dice.py"
            defer { for path in [asked, program] { try? FileManager.default.removeItem(atPath: path) } }
            // Another value each time: only the log can give the same one again.
            let dice = """
                import json, random, sys
                for text in sys.stdin:
                    line = json.loads(text)
                    open(sys.argv[1], "a").write(str(line["seed"]) + "\\n")
                    answer = {"value": random.random()} if line["seed"] % 5 else {"unknown": "no luck"}
                    print(json.dumps({"id": line["id"], **answer}), flush=True)
                """
            try dice.write(toFile: program, atomically: true, encoding: .utf8)
            func seeds() throws -> [String] { try String(contentsOfFile: asked, encoding: .utf8).split(separator: "\n").map(String.init) }
            let configuration = try configuration(folder, settings(["python3", program, asked]) + ["training.steps=3"])
            #expect(try await train(configuration)?.status == .finished)
            let (before, first) = (try digests(folder), try seeds())
            #expect(Set(first).count == 27 && first.count == 27)
            #expect(
                try records(folder).contains {
                    ($0.number("rollout/unknown/own") ?? 0) > 0 && ($0.number("rollout/drops/judge_failed") ?? 0) > 0
                })
            for step in 2...3 { try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-00000\(step)")) }
            #expect(try await train(configuration, resumes: true)?.status == .finished)
            #expect(try digests(folder) == before)
            #expect(try seeds() == first)
        }
    }

    @Test("a program that always fails ends the run with its reason, and never as a 0")
    func hopeless() async throws {
        try await withFolder { folder in
            let end = try await train(
                try configuration(folder, settings(["sh", "-c", "exit 7"]) + ["training.max_empty_steps=1"]))
            #expect(end?.status == .failed)
            #expect(end?.message?.contains("exit code 7") == true, "\(end?.message ?? "")")
            #expect(try records(folder).first?.number("rollout/unknown/own") == 9)
        }
    }

    @Test("a program that can't be started is refused before the first step")
    func missing() async throws {
        try await withFolder { folder in
            let error = await #expect(throws: (any Error).self) {
                try await train(try configuration(folder, settings(["/nowhere/reward"])))
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("can't be started: No such file or directory"))
        }
    }
}
