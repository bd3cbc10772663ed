import ActorRuntime
import Foundation
import MPITransport
import MessagePassing

/// Chooses the transport: MPI under mpirun, otherwise a loopback network with all ranks in this process. Same actors, same digests.
struct ClusterLauncher {
    /// The ranks that the placement asks for.
    let rankCount: Int
    /// How long the end of MPI waits for ranks that are not there yet.
    let shutdownDeadline: Duration

    private static let startDeadline = Duration.seconds(120)

    /// The ranks that there will be: those of the MPI job or, without one, those that the placement asks for.
    var startedRankCount: Int { JobPlace.current?.rankCount ?? rankCount }

    /// Runs `body` once for each rank of this process, and returns when all are done.
    ///
    /// - Throws: the first error of any rank. Under MPI an error ends the process at once, with its message and exit code.
    func run(_ body: @escaping @Sendable (any Transport) async throws -> Void) async throws {
        if JobPlace.current != nil { try await runUnderMPI(body) } else { try await runHere(body) }
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
            // Every rank finds a mixed cluster by itself, and says the same.
            let isCommon = (error as? TransportError)?.code == .mixedCluster
            if !isCommon || JobPlace.isSpokesman { CommandFailure.tell(error, place: isCommon ? "" : "rank \(runtime.world.rank): ") }
            CommandFailure.reportToLauncher()
            // Peers may be waiting in calls of ours: no collective farewell after an error.
            MPIRuntime.exitNow(CommandFailure.exitCode)
        }
        if await !runtime.shutdown(afterLoss: false, deadline: shutdownDeadline) { MPIRuntime.exitNow(0) }
    }
}
