import ActorRuntime
import Configuration
import Foundation
import Synchronization
import Telemetry
import Testing
import TrainingCluster

/// Nothing waits for ever, and nothing waits without a name: each kind of message is lost, once and for ever, and the run comes to the same
/// digests or to an end that says what was missing.
@Suite("silent waits", .serialized)
struct SilentWaitTests: SmallRuns {
    /// What became of all ranks of a run.
    private struct Ends: Sendable {
        var run: RunEnd?
        /// What ended ranks otherwise, by rank.
        var errors: [Int: String] = [:]
        var seconds = 0.0

        /// All that anybody said.
        var words: String { ([run?.message ?? ""] + errors.sorted { $0.key < $1.key }.map(\.value)).joined(separator: " | ") }
    }

    private static let limit = Duration.seconds(90)

    private func settings() -> [String] {
        [
            "training.steps=3", "rollout.problems_per_step=2", "rollout.group_size=2", "rollout.max_response_tokens=16", "judge.type=rules",
            "training.staleness=1", "placement.learner=2", "placement.rollout=2", "placement.judge=2", "checkpoint.every=3",
            "judge.lease_seconds=1.5", "cluster.call_deadline_seconds=0.7", "cluster.heartbeat_seconds=0.1",
            "cluster.worker_deadline_seconds=1.5", "cluster.startup_deadline_seconds=8", "cluster.stall_deadline_seconds=5",
            "cluster.absence_deadline_seconds=4", "cluster.shutdown_deadline_seconds=2",
        ]
    }

    /// A run whose only judge leaves each response unknown at first, so that it is asked again of the rank that has just answered.
    private static let onlyJudge = ["placement.judge=1", "judge.audit.share=0"]

    /// Runs all ranks to their ends, with a limit.
    ///
    /// - Parameter isOnlyJudge: whether one rank judges, and doubts.
    private func ends(_ folder: URL, _ filter: MessageFilter, isOnlyJudge: Bool) async throws -> Ends? {
        let configuration = try configuration(folder, settings() + (isOnlyJudge ? Self.onlyJudge : []))
        let judge = isOnlyJudge ? DoubtfulJudge() : nil
        let launch = try RankHost.Launch(configuration: configuration, isResumed: false, command: ["test"], version: "test")
        let network = LoopbackNetwork(peerCount: configuration.placement.rankCount)
        let layout = try ClusterLayout(configuration.placement, peers: network.peers)
        let start = ContinuousClock.now
        return await withTaskGroup(of: (rank: Int, end: RunEnd?, error: String?)?.self) { group in
            for member in layout.members {
                let transport = network.transport(rank: member.peer.rank)
                transport.faultHook = { filter.fate(of: $0, from: member.peer, role: member.role) }
                group.addTask {
                    // A rank that has ended is a process that is gone: it answers no pings.
                    defer { network.disconnect(rank: member.peer.rank) }
                    do {
                        let outcome = try await RankHost(
                            launch, transport: transport, stop: StopRequest(), log: Log { _ in }, judge: judge
                        ).run()
                        return (member.peer.rank, outcome.end, nil)
                    } catch {
                        return (member.peer.rank, nil, "\(error)")
                    }
                }
            }
            group.addTask {
                try? await Task.sleep(for: Self.limit)
                return nil
            }
            var ends = Ends()
            var count = 0
            while let result = await group.next() {
                guard let result else {
                    group.cancelAll()
                    return nil
                }
                count += 1
                ends.run = result.end ?? ends.run
                if let error = result.error { ends.errors[result.rank] = error }
                if count == layout.members.count { break }
            }
            group.cancelAll()
            ends.seconds = (ContinuousClock.now - start) / .seconds(1)
            return ends
        }
    }

    /// What a run without faults says, and which kinds of messages it has.
    private func undisturbed(isOnlyJudge: Bool) async throws -> (digests: [Digests], kinds: [MessageKind: Int]) {
        try await withFolder { folder in
            let filter = MessageFilter(nil, .once)
            let ends = try #require(try await ends(folder, filter, isOnlyJudge: isOnlyJudge))
            #expect(ends.run?.status == .finished && ends.errors.isEmpty, "\(ends.words)")
            return (try digests(folder), filter.seen)
        }
    }

    /// A kind that is missing ends the run with these words, if it ends it: what was missing, and a rank.
    private static func words(_ kind: MessageKind) -> [String] {
        switch kind {
        case .call(let method, _), .reply(let method, _):
            switch method {
            case "install": ["weights of version", "rollout"]
            case "assign", "deliver", "progressed", "judge": ["the groups of step", "the judge audit", "rollout", "judge"]
            case "train", "trained": ["learner"]
            case "save", "saved": ["checkpoint", "learner"]
            case "ready": ["ready", "load their models"]
            case "present", "testify": ["inputs", "has read of the models"]
            default: [method]
            }
        case .fingerprint: ["handshake"]
        case .ping: ["silent"]
        case .publishedWeights: ["weights of version"]
        case .exchange(let purpose):
            // Who waits for a transfer and who waits for the step reach their limits at the same time: either may speak first.
            switch purpose {
            case .gradients: ["gradients", "trains step"]
            case .norms: ["gradient norms", "trains step"]
            case .weights: ["updated weights", "trains step"]
            case .coordination: ["checkpoint"]
            }
        }
    }

    @Test("a lost message of any kind changes time only, or ends the run by name", .timeLimit(.minutes(30)))
    func everyKind() async throws {
        let (whole, kinds) = try await undisturbed(isOnlyJudge: false)
        #expect(kinds.count > 20)
        try await lose(Array(kinds.keys), whole, isOnlyJudge: false)
    }

    @Test("the same of what the only judge hears and says, when it must be asked again", .timeLimit(.minutes(30)))
    func onlyJudge() async throws {
        let (whole, kinds) = try await undisturbed(isOnlyJudge: true)
        let judging = kinds.keys.filter { kind in
            switch kind {
            case .call(let method, let role), .reply(let method, let role): method == "judge" || role == .judge && method == "deliver"
            default: false
            }
        }
        #expect(judging.count >= 3)
        try await lose(judging, whole, isOnlyJudge: true)
    }

    /// Loses messages of each kind in each way.
    private func lose(_ kinds: [MessageKind], _ whole: [Digests], isOnlyJudge: Bool) async throws {
        let cases = kinds.sorted { $0.description < $1.description }.flatMap { kind in
            MessageFilter.Loss.allCases.map { (kind: kind, loss: $0) }
        }
        // Most of a run is waiting: some at a time share the machine.
        let lines = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            var (next, lines) = (0, [Int: String]())
            while next < cases.count || !group.isEmpty {
                while next < cases.count, next - lines.count < Self.runsTogether {
                    let (place, kind, loss) = (next, cases[next].kind, cases[next].loss)
                    group.addTask { (place, try await line(kind, loss, whole, isOnlyJudge: isOnlyJudge)) }
                    next += 1
                }
                if let (place, line) = try await group.next() { lines[place] = line }
            }
            return lines
        }
        print(
            "silent waits:\n"
                + cases.indices.map { "\(cases[$0].kind) | \(cases[$0].loss.rawValue) | \(lines[$0] ?? "")" }.joined(separator: "\n"))
    }

    private static let runsTogether = 4

    /// What becomes of a run that loses messages of a kind.
    private func line(_ kind: MessageKind, _ loss: MessageFilter.Loss, _ whole: [Digests], isOnlyJudge: Bool) async throws -> String {
        try await withFolder { folder in
            let filter = MessageFilter(kind, loss)
            guard let ends = try await ends(folder, filter, isOnlyJudge: isOnlyJudge) else {
                Issue.record("\(kind), \(loss.rawValue): still waiting after \(Self.limit)")
                return "HANGS"
            }
            return outcome(kind, loss, ends, filter, try digests(folder), whole)
        }
    }

    private func outcome(
        _ kind: MessageKind, _ loss: MessageFilter.Loss, _ ends: Ends, _ filter: MessageFilter, _ found: [Digests], _ whole: [Digests]
    ) -> String {
        let time = "\((ends.seconds * 10).rounded() / 10) s, \(filter.lostCount) lost"
        #expect(found == Array(whole.prefix(found.count)), "\(kind), \(loss.rawValue): other digests")
        if ends.run?.status == .finished {
            #expect(found.count == whole.count, "\(kind), \(loss.rawValue): finished with \(found.count) steps")
            return "finished, digests equal, \(time)"
        }
        let words = ends.words
        // Who writes a checkpoint with whom is for the learner to know: the controller names the checkpoint.
        let isNamed = Self.words(kind).contains { words.contains($0) } && (words.contains("rank ") || words.contains("checkpoint"))
        #expect(isNamed, "\(kind), \(loss.rawValue): what was missing is not named: \(words)")
        let status = ends.run.map(\.status.rawValue) ?? "failed"
        return "\(status) after step \(found.last?.step ?? 0), \(time): \(ends.run?.message ?? ends.errors[0] ?? words)"
    }
}
