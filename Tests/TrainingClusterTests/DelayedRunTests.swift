import ActorRuntime
import Configuration
import Telemetry
import Testing
import TrainingCluster

@Suite("runs over slow links", .serialized)
struct DelayedRunTests: SmallRuns {
    private func train(_ configuration: RunConfiguration, link: LinkModel) async throws -> RunEnd? {
        let launch = try RankHost.Launch(configuration: configuration, isResumed: false, command: ["test"], version: "test")
        let network = LoopbackNetwork(peerCount: configuration.placement.rankCount)
        return try await withThrowingTaskGroup(of: RunEnd?.self) { group in
            for rank in 0..<configuration.placement.rankCount {
                let transport = DelayedTransport(network.transport(rank: rank), link: link)
                group.addTask { try await RankHost(launch, transport: transport, stop: StopRequest(), log: Log { _ in }).run().end }
            }
            return try await group.reduce(nil) { $1 ?? $0 }
        }
    }

    @Test("latency, jitter and a narrow link change a run's time, not its digests", .timeLimit(.minutes(5)))
    func digests() async throws {
        let settings = ["training.staleness=1", "training.steps=3", "placement.learner=2", "placement.rollout=2", "placement.judge=2"]
        let near = try await digests(settings)
        try await withFolder { folder in
            let link = LinkModel(latency: .milliseconds(15), jitter: .milliseconds(10), bandwidth: 50e6)
            let end = try await train(try configuration(folder, settings), link: link)
            #expect(end?.status == .finished)
            #expect(try digests(folder) == near)
        }
    }
}
