import Checkpointing
import Foundation
import Glibc
import Telemetry
import Testing

/// `percept train` as a process that is killed, or may not write: all roles in one process.
@Suite("percept train and its saves")
struct SaveDrillTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func arguments(_ output: String, resumes: Bool = false) -> [String] {
        let settings = [
            "rollout.problems_per_step=3", "rollout.group_size=2", "rollout.max_response_tokens=48", "training.steps=3",
            "checkpoint.every=1",
            "validation.every=0", "placement.learner=2", "placement.rollout=1", "placement.judge=1",
        ]
        return ["train", "configs/digits.yaml"] + settings.flatMap { ["--set", $0] } + [resumes ? "--resume" : "--output", output]
    }

    private func digests(_ folder: String) throws -> [[String?]] {
        try JSONLinesLog.metrics(in: folder + "/metrics.jsonl").map {
            ["\($0.record.step)", $0.record.text(.digestBatch), $0.record.text(.digestPolicy)]
        }
    }

    @Test(
        "a process killed in a save leaves a run that goes on with the digests of one that was not",
        arguments: ["shard", "manifest", "publish"])
    func kills(work: String) throws {
        let scratch = try Scratch()
        let whole = try PerceptProgram.run(arguments(scratch.path("whole")), in: Self.root)
        #expect(whole.code == 0, "\(whole.errors)")
        let run = scratch.path("run")
        let killed = try PerceptProgram.run(arguments(run), in: Self.root, environment: ["PERCEPT_DRILL": "kill-at-save:\(work):2"])
        #expect(killed.wasKilled && killed.code == SIGKILL, "\(killed.errors)")
        #expect(try RunEnd.load(fromFolder: run) == nil)
        let names = try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints").sorted()
        #expect(names == (work == "publish" ? ["step-000001", "step-000002"] : ["step-000001", "step-000002.partial-1"]))
        let resumed = try PerceptProgram.run(
            arguments(run, resumes: true), in: Self.root, environment: ["PERCEPT_DRILL": "kill-at-save:\(work):3"])
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try digests(run) == digests(scratch.path("whole")))
        #expect(CheckpointStore(path: run + "/checkpoints").steps().contains(3))
    }

    @Test("a run whose files may not grow to a checkpoint's size trains to its end, says so, and goes on once they may")
    func quota() throws {
        let scratch = try Scratch()
        let run = scratch.path("run")
        // The model has 4 MiB, a shard of two 6 MiB.
        let limited = try PerceptProgram.run(
            arguments(run), in: Self.root, through: ["/bin/bash", "-c", "ulimit -f 5120; exec \"$0\" \"$@\""])
        #expect(limited.code == 0 && limited.errors.contains("a checkpoint could not be saved"), "\(limited.errors)")
        let end = try #require(try RunEnd.load(fromFolder: run))
        #expect(end.status == .finished && end.message?.contains("learner-00-of-02.safetensors") == true, "\(end)")
        #expect(end.message?.contains("File too large") == true, "\(end)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints").isEmpty)
        let before = try digests(run)
        #expect(before.count == 3)
        let resumed = try PerceptProgram.run(arguments(run, resumes: true), in: Self.root)
        #expect(resumed.code == 0, "\(resumed.errors)")
        #expect(try digests(run) == before && CheckpointStore(path: run + "/checkpoints").steps().contains(3))
    }

    @Test("a drill that is not understood is refused")
    func refusal() throws {
        let scratch = try Scratch()
        let outcome = try PerceptProgram.run(
            arguments(scratch.path("run")), in: Self.root, environment: ["PERCEPT_DRILL": "kill-at-save:never:2"])
        #expect(outcome.code == 2 && outcome.errors.contains("PERCEPT_DRILL") && outcome.errors.contains("manifest"), "\(outcome.errors)")
    }
}
