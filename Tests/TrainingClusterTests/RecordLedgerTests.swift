import Foundation
import Telemetry
import Testing
import TrainingCluster

/// Records that were cut, repeated, shuffled or lost between two attempts.
@Suite("records of an earlier attempt", .serialized)
struct RecordLedgerTests: SmallRuns {
    private static let settings = ["rollout.problems_per_step=2", "rollout.group_size=2", "rollout.max_response_tokens=32"]

    private func lines(_ file: URL) throws -> [Substring] { try String(contentsOf: file, encoding: .utf8).split(separator: "\n") }

    private func write(_ lines: [Substring], _ file: URL) throws {
        try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
    }

    /// What is done to the lines of a file. Four samples a step.
    private static let damages: [(name: String, file: String, change: @Sendable ([Substring]) -> [Substring])] = [
        ("the last step is lost", "metrics.jsonl", { Array($0.dropLast()) }),
        ("two steps in the middle are lost", "metrics.jsonl", { Array($0.prefix(1) + $0.suffix(1)) }),
        ("all is lost but the first step", "metrics.jsonl", { Array($0.prefix(1)) }),
        ("a line stands twice", "metrics.jsonl", { $0 + $0.suffix(1) }),
        ("the order is lost", "metrics.jsonl", { $0.reversed() }),
        ("a sample is lost at the end", "samples.jsonl", { Array($0.dropLast()) }),
        ("a sample is lost in the middle", "samples.jsonl", { Array($0.prefix(9) + $0.dropFirst(10)) }),
        ("a step of samples is lost", "samples.jsonl", { Array($0.prefix(8) + $0.dropFirst(12)) }),
        ("a sample stands twice", "samples.jsonl", { Array($0.prefix(6) + $0.dropFirst(5)) }),
        ("the order of samples is lost", "samples.jsonl", { $0.reversed() }),
        ("two samples have changed places in the middle", "samples.jsonl", { $0.prefix(5) + [$0[6], $0[5]] + $0.dropFirst(7) }),
        ("a sample in the middle is none", "samples.jsonl", { $0.prefix(9) + ["{}"] + $0.dropFirst(10) }),
        ("a sample behind the last checkpoint is none", "samples.jsonl", { $0 + ["nonsense"] }),
    ]

    @Test("a run goes on with the undisturbed run's records, whatever was lost, repeated or shuffled")
    func mended() async throws {
        try await withFolder { root in
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            let whole = root.appending(path: "whole")
            _ = try await train(try configuration(whole, Self.settings + ["training.steps=5"]))
            let begun = root.appending(path: "begun")
            _ = try await train(try configuration(begun, Self.settings + ["training.steps=4"]))
            for damage in Self.damages {
                let copy = root.appending(path: "copy")
                try? FileManager.default.removeItem(at: copy)
                try FileManager.default.copyItem(at: begun, to: copy)
                let file = copy.appending(path: damage.file)
                try write(damage.change(try lines(file)), file)
                let end = try await train(try configuration(copy, Self.settings + ["training.steps=5"]), resumes: true)
                #expect(end?.status == .finished && end?.message == nil, "\(damage.name)")
                #expect(try digests(copy) == digests(whole), "\(damage.name)")
                let samples = try [copy, whole].map { try Data(contentsOf: $0.appending(path: "samples.jsonl")) }
                #expect(samples[0] == samples[1], "\(damage.name)")
            }
        }
    }

    @Test("two lines of one step that contradict each other are refused, with their numbers")
    func contradiction() async throws {
        try await withFolder { folder in
            _ = try await train(try configuration(folder, Self.settings))
            let file = folder.appending(path: "metrics.jsonl")
            let found = try lines(file)
            let other = found[1].replacing(/"digest\/batch":"[0-9a-f]{4}/, with: "\"digest/batch\":\"0000")
            try write(found + [other[...]], file)
            let resumed = try configuration(folder, Self.settings + ["training.steps=3"])
            let error = await #expect(throws: ClusterError.self) { _ = try await train(resumed, resumes: true) }
            let words = error?.description ?? ""
            #expect(words.contains("metrics.jsonl, lines 2 and 3: step 2 stands there twice"), "\(words)")
        }
    }

    @Test("records that no checkpoint is old enough to compute again are named; the run goes on")
    func lostForGood() async throws {
        try await withFolder { folder in
            let settings = Self.settings + ["checkpoint.keep=1"]
            _ = try await train(try configuration(folder, settings + ["training.steps=3"]))
            let file = folder.appending(path: "metrics.jsonl")
            try write(Array(try lines(file).suffix(1)), file)
            let end = try await train(try configuration(folder, settings + ["training.steps=4"]), resumes: true)
            #expect(end?.status == .finished && end?.message?.contains("the records of steps 1 to 3 are lost") == true)
            #expect(try digests(folder).map(\.step) == [3, 4])
        }
    }

    @Test("a checkpoint behind which an earlier attempt had written more knows where its own records end")
    func byteCounts() async throws {
        try await withFolder { folder in
            let settings = Self.settings + ["checkpoint.every=2"]
            _ = try await train(try configuration(folder, settings + ["training.steps=5"]))
            func state(_ step: Int) throws -> RunState? {
                RunState(inFolder: folder.path + "/checkpoints/step-00000\(step)")
            }
            let counts = try #require(try state(4))
            for step in [4, 5] { try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-00000\(step)")) }
            // Steps 3 to 5 are computed again, and compared.
            _ = try await train(try configuration(folder, settings + ["training.steps=5"]), resumes: true)
            let again = try #require(try state(4))
            #expect(again.metricsByteCount == counts.metricsByteCount && again.samplesByteCount == counts.samplesByteCount)
        }
    }

    @Test("a run whose records something else changes ends as failed, with the reason, and goes on")
    func changed() async throws {
        try await withFolder { folder in
            let settings = Self.settings + ["training.steps=4"]
            await #expect(throws: TelemetryError.self) {
                _ = try await train(
                    try configuration(folder, settings),
                    trouble: { _ in
                        // A checkpoint stands before the damage.
                        try await waitForStep(2, folder)
                        let handle = try FileHandle(forWritingTo: folder.appending(path: "metrics.jsonl"))
                        try handle.truncate(atOffset: try handle.seekToEnd() - 10)
                    })
            }
            let end = try RunEnd.load(fromFolder: folder.path)
            #expect(end?.status == .failed && end?.message?.contains("something else has changed it") == true, "\(String(describing: end))")
            // In one process the first attempt may still be at a checkpoint that nobody waits for.
            try await Task.sleep(for: .seconds(1))
            let resumed = try await train(try configuration(folder, settings), resumes: true)
            #expect(resumed?.status == .finished)
            #expect(try digests(folder).map(\.step) == [1, 2, 3, 4])
        }
    }
}
