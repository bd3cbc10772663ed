import Foundation
import Testing

/// Percept started by a launcher that is not Open MPI's, as its environment tells.
@Suite("a foreign launcher")
struct ForeignLauncherTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let training = [
        "--steps", "1", "--set", "rollout.problems_per_step=2", "--set", "rollout.group_size=2", "--set", "validation.every=0",
        "--set", "validation.at_start=false", "--set", "judge.audit.share=0",
    ]

    @Test(
        "train and sft refuse to be one of several, with what to do; a dry run does not",
        arguments: [["SLURM_STEP_NUM_TASKS": "3", "SLURM_NTASKS": "3"], ["PMI_SIZE": "3"], ["PMIX_RANK": "0"]])
    func refused(_ environment: [String: String]) throws {
        let scratch = try Scratch()
        for command in [["train", "configs/digits.yaml"], ["sft", "configs/sft/digits-policy.yaml"]] {
            let outcome = try PerceptProgram.run(command + ["--output", scratch.path("run")], in: Self.root, environment: environment)
            #expect(outcome.code == 2 && !FileManager.default.fileExists(atPath: scratch.path("run")))
            for words in ["percept launch", "--alone", environment.keys.sorted()[environment.count > 1 ? 1 : 0]] {
                #expect(outcome.errors.contains(words), "\(outcome.errors)")
            }
        }
        let dry = try PerceptProgram.run(
            ["train", "configs/digits.yaml", "--output", scratch.path("run"), "--dry-run"], in: Self.root, environment: environment)
        #expect(dry.code == 0, "\(dry.errors)")
    }

    @Test("one process of a host speaks for all")
    func once() throws {
        let outcome = try PerceptProgram.run(
            ["train", "configs/digits.yaml"], in: Self.root, environment: ["SLURM_STEP_NUM_TASKS": "3", "SLURM_LOCALID": "2"])
        #expect(outcome.code == 2 && outcome.errors.isEmpty)
    }

    @Test("--alone trains, and so does what a batch script starts; a sibling is not told to take over, another process is")
    func alone() throws {
        let scratch = try Scratch()
        let arguments = ["train", "configs/digits.yaml"] + Self.training + ["--output", scratch.path("run")]
        let world = ["SLURM_STEP_NUM_TASKS": "3", "SLURM_JOB_ID": "5", "SLURM_STEP_ID": "0"]
        let outcome = try PerceptProgram.run(arguments + ["--alone"], in: Self.root, environment: world)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try String(contentsOfFile: scratch.path("run/lease"), encoding: .utf8).contains("job Slurm 5.0\n"))
        // Held by this process, which says that it belongs to that step.
        let handle = try FileHandle(forUpdating: scratch.folder.appending(path: "run/lease"))
        #expect(flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
        let resumed = arguments + ["--alone", "--resume", scratch.path("run"), "--steps", "2"]
        let sibling = try PerceptProgram.run(resumed, in: Self.root, environment: world)
        #expect(sibling.code == 2 && sibling.errors.contains("started together with this one") && !sibling.errors.contains("--take-over"))
        let other = try PerceptProgram.run(resumed, in: Self.root, environment: ["SLURM_JOB_ID": "6", "SLURM_NTASKS": "3"])
        #expect(other.code == 2 && other.errors.contains("--take-over"), "\(other.errors)")
    }
}
