import ActorRuntime
import Foundation
import Synchronization
import Telemetry
import Testing
import TrainingCluster

/// Runs whose workers die, come, go and come back, all ranks in this process: the digests are those of the undisturbed run.
@Suite("workers that die, come and go", .serialized)
struct ChangingWorkersTests: SmallRuns {
    private static let settings = [
        "training.steps=8", "placement.rollout=2", "placement.judge=2", "cluster.worker_deadline_seconds=1.5",
        "cluster.heartbeat_seconds=0.1",
        "cluster.call_deadline_seconds=2", "cluster.shutdown_deadline_seconds=2", "cluster.stall_deadline_seconds=30", "checkpoint.every=2",
    ]

    /// What a run logs.
    private final class Lines: Sendable {
        private let text = Mutex("")
        var log: Log { Log { line in self.text.withLock { $0 += line + "\n" } } }
        func contains(_ part: String) -> Bool { text.withLock { $0.contains(part) } }
    }

    /// Runs with trouble and compares with the run without.
    private func compare(
        _ extra: [String] = [], _ lines: Lines = Lines(), fault: (@Sendable (Role, OutgoingMessage) -> Fault)? = nil,
        _ trouble: @escaping @Sendable (LoopbackNetwork, URL) async throws -> Void
    ) async throws {
        let whole = try await digests(Self.settings)
        try await withFolder { folder in
            let end = try await train(
                try configuration(folder, Self.settings + extra), log: lines.log, fault: fault, trouble: { try await trouble($0, folder) })
            #expect(end?.status == .finished, "\(end?.message ?? "")")
            #expect(try digests(folder) == whole)
        }
    }

    @Test("a judge and a rollout worker die; the others do their work")
    func deaths() async throws {
        let lines = Lines()
        try await compare([], lines) { network, folder in
            try await waitForStep(1, folder)
            network.disconnect(rank: 2)
            network.disconnect(rank: 3)
        }
        #expect(lines.contains("a rank is silent"))
    }

    @Test("lost ranks are replaced where cluster.respawn asks for it, all judges at once too")
    func respawn() async throws {
        let lines = Lines()
        try await compare(["cluster.respawn=true"], lines) { network, folder in
            try await waitForStep(1, folder)
            for rank in [1, 3, 4] { network.disconnect(rank: rank) }
        }
        #expect(lines.contains("lost ranks are replaced") && lines.contains("there is no rank of a role"))
    }

    @Test("percept scale's requests are taken while the run goes on; what can't be done is refused")
    func scaling() async throws {
        // Slow enough for everything to happen while it runs.
        let late: @Sendable (Role, OutgoingMessage) -> Fault = { _, message in
            if case .frame = message { .delay(.milliseconds(20)) } else { .deliver }
        }
        try await compare(["placement.rollout=1", "placement.judge=1"], fault: late) { _, folder in
            try await waitForStep(1, folder)
            let mailbox = ScaleMailbox(runFolder: folder.path)
            #expect(try await answer(mailbox, ScaleRequest(rollouts: 1, judges: 2, hosts: [])).state == .done)
            let status = try #require(try RunStatus.load(fromFolder: folder.path))
            #expect(status.ranks.first { $0.number == 0 }?.role == "learner")
            #expect(try await answer(mailbox, ScaleRequest(rollouts: -1, judges: -1, hosts: [])).state == .done)
            #expect(try await answer(mailbox, ScaleRequest(rollouts: 0, judges: -2, hosts: [])).message.contains("at least one must stay"))
            #expect(try await answer(mailbox, ScaleRequest(rollouts: 0, judges: 0, hosts: [])).state == .refused)
            #expect(try await answer(mailbox, ScaleRequest(rollouts: 0, judges: 1, hosts: ["elsewhere"])).state == .failed)
            for extreme in [Int.min, Int.max, 10_001, -10_001] {
                #expect(try await answer(mailbox, ScaleRequest(rollouts: extreme, judges: extreme, hosts: [])).message.contains("too many"))
            }
            let option = try await answer(mailbox, ScaleRequest(rollouts: 0, judges: 1, hosts: ["-oProxyCommand=touch x"]))
            #expect(option.state == .refused && option.message.contains("is no host"))
        }
    }

    private func answer(_ mailbox: ScaleMailbox, _ request: ScaleRequest) async throws -> ScaleAnswer {
        let name = try mailbox.post(request)
        defer { mailbox.clear(name) }
        let end = ContinuousClock.now + .seconds(30)
        while .now < end {
            if let answer = mailbox.answer(to: name), answer.state != .accepted { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
        return ScaleAnswer(state: .failed, message: "no answer")
    }

    @Test("without judges the run waits, is interrupted with a checkpoint at its deadline, and goes on to the same digests")
    func absence() async throws {
        let whole = try await digests(Self.settings)
        try await withFolder { folder in
            let settings = Self.settings + ["cluster.absence_deadline_seconds=1", "checkpoint.every=0"]
            let end = try await train(
                try configuration(folder, settings),
                trouble: { network in
                    try await waitForStep(3, folder)
                    for rank in [3, 4] { network.disconnect(rank: rank) }
                })
            #expect(end?.status == .interrupted && end?.message?.contains("no judge rank") == true, "\(String(describing: end))")
            let step = try #require(end?.step)
            #expect(FileManager.default.fileExists(atPath: folder.path + "/checkpoints/step-00000\(step)/manifest.json"))
            let resumed = try await train(try configuration(folder, Self.settings), resumes: true)
            #expect(resumed?.status == .finished)
            #expect(try digests(folder) == whole)
        }
    }

    @Test("without a learner rank the run is interrupted, names it, and goes on from its last checkpoint")
    func learnerLoss() async throws {
        let settings = Self.settings + ["placement.learner=2"]
        let whole = try await digests(Self.settings)
        try await withFolder { folder in
            let end = try await train(
                try configuration(folder, settings),
                trouble: { network in
                    try await waitForStep(3, folder)
                    network.disconnect(rank: 1)
                })
            #expect(end?.status == .interrupted && end?.message?.contains("rank 1") == true, "\(String(describing: end))")
            let resumed = try await train(try configuration(folder, settings), resumes: true)
            #expect(resumed?.status == .finished)
            #expect(try digests(folder) == whole)
        }
    }
}
