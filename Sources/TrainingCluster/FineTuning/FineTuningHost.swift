package import ActorRuntime
package import Configuration
import Foundation
package import Telemetry

/// One learner rank of supervised training: meets the others, trains, and on rank 0 leaves `run.end.json`.
package struct FineTuningHost: Sendable {
    private let configuration: FineTuningConfiguration
    private let transport: any Transport
    private let log: Log

    package init(_ configuration: FineTuningConfiguration, transport: any Transport, log: Log) {
        self.configuration = configuration
        self.transport = transport
        self.log = log
    }

    /// Trains until the last step.
    ///
    /// - Throws: `ConfigurationError` if the job has not one rank for each learner; what ``FineTuning/run(log:)`` throws.
    package func run() async throws {
        try configuration.placement.check(worldSize: transport.peers.count)
        guard let rank = transport.peers.firstIndex(of: transport.localPeer) else {
            throw ClusterError("\(transport.localPeer) is not of this cluster")
        }
        if rank == 0 {
            try FileManager.default.createDirectory(atPath: configuration.output, withIntermediateDirectories: true)
            try RunEnd.remove(fromFolder: configuration.output)
        }
        let deadline = configuration.cluster.startupDeadline
        if transport.peers.count > 1 {
            let system = ClusterActorSystem(transport: transport, configuration: ClusterActorSystem.Configuration())
            defer { system.shutdown() }
            try await system.exchangeFingerprints(
                build: try BuildFingerprint.ofExecutable(), numeric: try NumericFingerprint.compute(), deadline: deadline)
        }
        let exchange =
            transport.peers.count == 1 ? nil : ShardExchange(transport: transport, peers: transport.peers, rank: rank, deadline: deadline)
        try await FineTuning(configuration, exchange: exchange).run(log: rank == 0 ? log : log.binding(["rank": rank]))
        if rank == 0 { try RunEnd(status: .finished, step: configuration.training.steps).write(toFolder: configuration.output) }
    }
}
