import Foundation
import Testing

/// Two processes want one run folder: the newcomer wins, and the old one writes nothing more.
@Suite("take-over of a run folder")
struct TakeOverTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let settings = [
        "train", "configs/digits.yaml", "--steps", "12", "--set", "rollout.problems_per_step=5", "--set", "rollout.group_size=4",
        "--set", "validation.every=0", "--set", "training.tokens_per_micro_batch=700", "--set", "checkpoint.every=2",
        "--set", "cluster.shutdown_deadline_seconds=5", "--placement", "learner=1,rollout=1,judge=1",
    ]

    private final class Running {
        let process = Process()
        let errors: URL

        init(_ arguments: [String], errors: URL) throws {
            self.errors = errors
            try Data().write(to: errors)
            process.executableURL = try PerceptProgram.executable()
            process.arguments = arguments
            process.currentDirectoryURL = TakeOverTests.root
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = try FileHandle(forWritingTo: errors)
            try process.run()
        }

        deinit {
            guard process.isRunning else { return }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }

        var said: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

        /// The exit code; nil if it isn't there within a minute.
        func code() -> Int32? {
            wait { !process.isRunning } ? process.terminationStatus : nil
        }

        func wait(for condition: () -> Bool) -> Bool {
            let end = Date() + 60
            while !condition(), Date() < end { usleep(20_000) }
            return condition()
        }
    }

    private func lineCount(_ path: String) -> Int {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").count
    }

    /// Every file of the run folder with its bytes.
    private func contents(_ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            if let data = FileManager.default.contents(atPath: folder + "/" + name) { files[name] = data }
        }
        return files
    }

    /// When the old holder is stopped.
    enum Moment: Sendable, CustomTestStringConvertible {
        case afterStep(Int)
        case amidASave

        var testDescription: String {
            switch self {
            case .afterStep(let step): "after step \(step)"
            case .amidASave: "amid a save"
            }
        }
    }

    /// Stops a process at a moment of its run. False if that moment did not come, or was missed each time.
    private func stop(_ old: Running, at moment: Moment, run: String) -> Bool {
        switch moment {
        case .afterStep(let step):
            guard old.wait(for: { lineCount(run + "/metrics.jsonl") >= step }) else { return false }
            kill(old.process.processIdentifier, SIGSTOP)
            return true
        case .amidASave:
            func isSaving() -> Bool {
                let names = (try? FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints")) ?? []
                return names.contains { $0.hasSuffix(".partial-1") }
            }
            let end = Date() + 60
            while old.process.isRunning, Date() < end {
                if isSaving() {
                    kill(old.process.processIdentifier, SIGSTOP)
                    // The signal takes its time: the save may have ended before it.
                    usleep(20_000)
                    if isSaving() { return true }
                    kill(old.process.processIdentifier, SIGCONT)
                }
                usleep(500)
            }
            return false
        }
    }

    @Test(
        "an old holder that was stopped while another took its place writes nothing when it goes on",
        arguments: [Moment.afterStep(1), .afterStep(2), .amidASave])
    func stoppedHolder(_ moment: Moment) throws {
        let scratch = try Scratch()
        let run = scratch.path("run")
        let whole = scratch.path("whole")
        let reference = try PerceptProgram.run(Self.settings + ["--output", whole], in: Self.root)
        try #require(reference.code == 0, "\(reference.errors)")
        let old = try Running(Self.settings + ["--output", run], errors: scratch.folder.appending(path: "old"))
        try #require(stop(old, at: moment, run: run), "\(old.said)")
        // Without --take-over the folder is refused, and the message says how to take it.
        let refused = try PerceptProgram.run(Self.settings + ["--resume", run], in: Self.root)
        #expect(refused.code == 2 && refused.errors.contains("--take-over") && refused.errors.contains("generation 1"), "\(refused.errors)")
        let second = try PerceptProgram.run(Self.settings + ["--resume", run, "--take-over"], in: Self.root)
        #expect(second.code == 0 && second.errors.contains("taken from a process that still held it"), "\(second.errors)")
        let before = try contents(run)
        kill(old.process.processIdentifier, SIGCONT)
        #expect(old.code() == 1, "\(old.said)")
        #expect(old.said.contains("generation 1 no longer writes this run: generation 2 has taken over"), "\(old.said)")
        let after = try contents(run)
        // What a save had begun is taken back.
        #expect(after.keys.sorted() == before.keys.sorted())
        for (name, bytes) in before { #expect(after[name] == bytes, "\(name)") }
        // And the run is the one that nobody disturbed.
        func digests(_ folder: String) throws -> [String] {
            try String(contentsOfFile: folder + "/metrics.jsonl", encoding: .utf8).split(separator: "\n").map { line in
                let fields = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                return ["step", "digest/batch", "digest/policy"].map { "\(fields[$0] ?? "")" }.joined(separator: " ")
            }
        }
        #expect(try digests(run) == digests(whole))
    }

    @Test("a folder in which nothing has begun is begun by a launcher's restart, and refused to people")
    func emptyFolder() throws {
        let scratch = try Scratch()
        let run = scratch.path("run")
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        try scratch.write("", to: "run/metrics.jsonl")
        let refused = try PerceptProgram.run(Self.settings + ["--resume", run], in: Self.root)
        #expect(refused.code == 2 && refused.errors.contains("no config.json"))
        let begun = try PerceptProgram.run(Self.settings + ["--resume", run, "--take-over", "--steps", "2"], in: Self.root)
        #expect(begun.code == 0 && lineCount(run + "/metrics.jsonl") == 2, "\(begun.errors)")
        let alone = try PerceptProgram.run(Self.settings + ["--take-over"], in: Self.root)
        #expect(alone.code == 2 && alone.errors.contains("--take-over belongs to --resume"))
    }
}
