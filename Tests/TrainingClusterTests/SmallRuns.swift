import ActorRuntime
import Checkpointing
import Configuration
import ConfigurationReading
import Foundation
import Judging
import Tasks
import Telemetry
import Testing
import TrainingCluster

/// What a step trained on, and what came of it.
struct Digests: Hashable {
    let step: Int
    let batch: String?
    let policy: String?
}

/// Whole runs on loopback: all roles in this process, the digits task, two or three steps.
protocol SmallRuns {}

extension SmallRuns {
    /// The repository's own models and configuration, made small.
    static var root: URL { URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent() }

    func configuration(_ folder: URL, _ settings: [String]) throws -> RunConfiguration {
        let small = [
            "model.policy=\(Self.root.path)/configs/models/digits-policy", "judge.model=\(Self.root.path)/configs/models/digits-judge",
            "output=\(folder.path)", "rollout.problems_per_step=5", "rollout.group_size=4", "validation.every=0",
            "validation.at_start=false",
            "training.steps=2", "training.tokens_per_micro_batch=700", "checkpoint.every=1", "checkpoint.keep=5",
            "cluster.startup_deadline_seconds=60",
        ]
        let overrides = try (small + settings).map { try ConfigurationOverride(parsing: $0) }
        return try RunConfiguration.load(files: ["\(Self.root.path)/configs/digits.yaml"], overrides: overrides).value
    }

    /// Runs all ranks of a configuration in this process, and returns how the run ended.
    ///
    /// - Parameters:
    ///   - task: The training problems, where they are not the configuration's.
    ///   - fault: What happens to the messages that ranks of a role send.
    ///   - saveObserver: Is told each piece of work of a checkpoint.
    ///   - trouble: What is done to the network while the run goes on; ranks other than the first may then end with an error.
    func train(
        _ configuration: RunConfiguration, resumes: Bool = false, stop: StopRequest = StopRequest(), judge: (any ResponseJudge)? = nil,
        task: (any ProblemSource)? = nil, log: Log = Log { _ in }, fault: (@Sendable (Role, OutgoingMessage) -> Fault)? = nil,
        saveObserver: SaveObserver? = nil,
        trouble: (@Sendable (LoopbackNetwork) async throws -> Void)? = nil
    ) async throws -> RunEnd? {
        let launch = try RankHost.Launch(
            configuration: configuration, task: task, isResumed: resumes, command: ["test"], version: "test")
        let network = LoopbackNetwork(peerCount: configuration.placement.rankCount)
        let spawner = LoopbackSpawner(network: network) { role, transport in
            if let fault { transport.faultHook = { fault(role, $0) } }
            let place = RankHost.Place.recruit(role, controller: transport.peers[0])
            _ = try await RankHost(launch, place: place, transport: transport, stop: stop, log: log, judge: judge).run()
        }
        return try await withThrowingTaskGroup(of: RunEnd?.self) { group in
            for rank in 0..<configuration.placement.rankCount {
                let transport = network.transport(rank: rank)
                let role = try ClusterLayout(configuration.placement, peers: transport.peers).members[rank].role
                if let fault { transport.faultHook = { fault(role, $0) } }
                group.addTask {
                    do {
                        return try await RankHost(
                            launch, transport: transport, stop: stop, spawner: spawner, log: log, judge: judge, saveObserver: saveObserver
                        ).run().end
                    } catch  where trouble != nil && rank > 0 {
                        return nil
                    }
                }
            }
            if let trouble {
                group.addTask {
                    try await trouble(network)
                    return nil
                }
            }
            var end: RunEnd?
            for try await result in group { end = result ?? end }
            return end
        }
    }

    /// Waits until a line about a step stands in a run's metrics; fails after a minute.
    func waitForStep(_ step: Int, _ folder: URL) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while .now < end {
            if let last = try? digests(folder).last?.step, last >= step { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("step \(step) was not done within a minute")
    }

    func digests(_ folder: URL) throws -> [Digests] {
        try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map {
            Digests(step: $0.record.step, batch: $0.record.text(.digestBatch), policy: $0.record.text(.digestPolicy))
        }
    }

    func withFolder<R>(_ body: (URL) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-run-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    func digests(_ settings: [String]) async throws -> [Digests] {
        try await withFolder { folder in
            let end = try await train(try configuration(folder, settings))
            #expect(end?.status == .finished)
            return try digests(folder)
        }
    }
}
