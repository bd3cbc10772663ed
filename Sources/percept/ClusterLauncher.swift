import ActorRuntime
import Configuration
import Foundation
import MPITransport
import MessagePassing
import Telemetry

/// Chooses the transport: MPI under mpirun, otherwise a loopback network with all ranks in this process. Same actors, same digests.
struct ClusterLauncher {
    let rankCount: Int
    let log: Log

    private static let startDeadline = Duration.seconds(120)

    /// Runs `body` once for each rank of this process, and returns when all are done.
    ///
    /// - Throws: the first error of any rank; under MPI after the process has left the job.
    func run(_ body: @escaping @Sendable (any Transport) async throws -> Void) async throws {
        if MPIRuntime.isUnderLauncher(environment: { ProcessInfo.processInfo.environment[$0] }) {
            try await runUnderMPI(body)
        } else {
            try await runHere(body)
        }
    }

    private func runHere(_ body: @escaping @Sendable (any Transport) async throws -> Void) async throws {
        let network = LoopbackNetwork(peerCount: rankCount)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for rank in 0..<rankCount {
                let transport = network.transport(rank: rank)
                group.addTask { try await body(transport) }
            }
            // The first error ends the process: the others would wait for the one that failed.
            for try await _ in group {}
        }
    }

    private func runUnderMPI(_ body: @escaping @Sendable (any Transport) async throws -> Void) async throws {
        let runtime = try await MPIRuntime.start(deadline: Self.startDeadline)
        do {
            let transport = try await MPITransport.connect(runtime.world, deadline: Self.startDeadline)
            try await body(transport)
        } catch {
            // Peers may be waiting in calls of ours: no collective farewell after an error.
            FileHandle.standardError.write(Data("percept: \(error)\n".utf8))
            MPIRuntime.exitNow(CommandFailure.exitCode)
        }
        if await !runtime.shutdown(afterLoss: false, deadline: Self.startDeadline) { MPIRuntime.exitNow(0) }
    }
}
