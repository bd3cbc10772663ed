import ActorRuntime
import Foundation
import Tasks
import Telemetry
import Testing
import Trajectories
import TrainingCluster

/// Whole runs of a task whose environment replies: all roles in this process.
@Suite("training runs of several turns", .serialized)
struct TurnRunTests: SmallRuns {
    private static let settings = [
        "rollout.max_turns=3", "rollout.max_reply_tokens=200", "rollout.max_response_tokens=128", "training.steps=3",
    ]
    /// Losses are noticed soon.
    private static let drill = [
        "cluster.worker_deadline_seconds=1.5", "cluster.heartbeat_seconds=0.1", "cluster.call_deadline_seconds=2",
        "cluster.shutdown_deadline_seconds=2", "cluster.stall_deadline_seconds=30",
    ]

    /// The digests of a run without trouble, computed once.
    private static let undisturbed = Task { try await TurnRunTests().whole([]) { try TurnRunTests().digests($0) } }

    /// Runs to the end without trouble, and gives what `look` finds in the run folder.
    private func whole<R>(_ settings: [String], _ look: (URL) throws -> R) async throws -> R {
        try await withFolder { folder in
            let end = try await train(try configuration(folder, Self.settings + settings), task: try LookUpTask())
            #expect(end?.status == .finished, "\(end?.message ?? "")")
            return try look(folder)
        }
    }

    private func samples(_ folder: URL) throws -> [SampleRecord] {
        var samples: [SampleRecord] = []
        try JSONLinesLog.forEachLine(in: folder.path + "/samples.jsonl") { samples.append(try SampleRecord(line: $0.text)) }
        return samples
    }

    private static let python = "/usr/bin/python3"

    @Test("samples tell every turn, replies earn nothing, and an outsider computes the digests from them")
    func records() async throws {
        try await whole([]) { folder in
            let samples = try samples(folder)
            let several = samples.filter { $0.turns != nil }
            #expect(Set(several.compactMap { $0.turns?.count }) == [2, 3], "turns of many lengths, of which none is above the limit")
            #expect(several.count < samples.count, "and some trajectories of one")
            for sample in several {
                let turns = try #require(sample.turns)
                #expect(turns.map(\.response).joined(separator: "\n") == sample.response)
                #expect(turns.reduce(0) { $0 + $1.tokenCount } == sample.tokens?.count && sample.tokens?.count ?? 999 <= 128)
                for turn in turns.dropLast() {
                    let reply = try #require(turn.reply)
                    #expect(reply.hasPrefix("Number ") && turn.replyTokens?.isEmpty == false)
                    #expect(!sample.response.contains(reply), "judges and rewards don't read what the environment says")
                }
                #expect(turns.last?.reply == nil && turns.last?.replyTokens == nil)
            }
            let records = try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
            for record in records {
                // Decoding and the training forward agree to the bit, over all turns.
                #expect(record.number(.rolloutProbsDifferenceMax) == 0)
                #expect(record.number("rollout/turns") ?? 0 > 1 && record.number("rollout/reply_tokens") ?? 0 > 0)
            }
            guard FileManager.default.isExecutableFile(atPath: Self.python) else { return }
            let process = Process()
            process.executableURL = URL(filePath: Self.python)
            process.arguments = [Self.root.appending(path: "Tests/Oracles/batch_digest.py").path, folder.path]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }

    @Test("digests don't depend on the number of workers or learner ranks")
    func placements() async throws {
        let one = try await Self.undisturbed.value
        #expect(Set(one.map(\.batch)).count == 3)
        for placement in [(1, 1, 1), (2, 2, 1), (4, 1, 1)] {
            let other = try await whole(
                ["placement.learner=\(placement.0)", "placement.rollout=\(placement.1)", "placement.judge=\(placement.2)"], digests)
            #expect(other == one, "learner=\(placement.0), rollout=\(placement.1), judge=\(placement.2)")
        }
        let short = try await whole(["rollout.max_turns=2"], digests)
        #expect(short.map(\.batch) != one.map(\.batch), "a third turn is seen")
    }

    @Test("a rollout worker that is lost in its second turn is replaced by another, with the same trajectories")
    func loss() async throws {
        let expected = try await Self.undisturbed.value
        try await withFolder { folder in
            let gate = Gate()
            let task = try LookUpTask { turns in if turns.count == 2 { gate.pass() } }
            gate.shut()
            let end = try await train(
                try configuration(folder, Self.settings + Self.drill + ["placement.rollout=2"]), task: task,
                trouble: { network in
                    defer { gate.open() }
                    let isReached = try await gate.isReached()
                    #expect(isReached, "nobody came to a second turn")
                    network.disconnect(rank: 1)
                })
            #expect(end?.status == .finished, "\(end?.message ?? "")")
            #expect(try digests(folder) == expected)
            let records = try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
            #expect(records.contains { $0.number("rollout/reissued_groups") ?? 0 > 0 })
        }
    }

    @Test("a run that is interrupted in the middle of a turn and resumed equals one that is not")
    func resume() async throws {
        let expected = try await Self.undisturbed.value
        try await withFolder { folder in
            let gate = Gate()
            let task = try LookUpTask { turns in if turns.count == 2 { gate.pass() } }
            let end = try await train(
                try configuration(
                    folder,
                    Self.settings + Self.drill + ["placement.rollout=1", "cluster.absence_deadline_seconds=1", "checkpoint.every=0"]),
                task: task,
                trouble: { network in
                    defer { gate.open() }
                    try await waitForStep(1, folder)
                    gate.shut()
                    let isReached = try await gate.isReached()
                    #expect(isReached, "nobody came to a second turn")
                    network.disconnect(rank: 1)
                })
            #expect(end?.status == .interrupted && end?.step ?? 3 < 3, "\(String(describing: end))")
            let resumed = try await train(
                try configuration(folder, Self.settings + Self.drill + ["placement.rollout=2", "checkpoint.every=0"]), resumes: true,
                task: try LookUpTask())
            #expect(resumed?.status == .finished, "\(resumed?.message ?? "")")
            #expect(try digests(folder) == expected)
        }
    }
}
