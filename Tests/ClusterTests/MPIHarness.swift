import ActorRuntime
import Glibc
import MPITransport
import MessagePassing
import TestSupport

/// The ranks of one mpirun: MPI is started once in the process and ended when it exits.
enum MPISession {
    /// Chunks far below the real size, so that chunking is exercised.
    static let chunkByteCount = 1 << 16

    static let isUnderLauncher = MPIRuntime.isUnderLauncher { getenv($0).map { String(cString: $0) } }

    static let isKillDrill = isUnderLauncher && getenv("PERCEPT_DRILL").map { String(cString: $0) } == "kill"

    private static let starting = Task {
        let runtime = try await MPIRuntime.start(chunkByteCount: chunkByteCount)
        runtime.finalizeAtExit(deadline: .seconds(20))
        let transport = try await MPITransport.connect(runtime.world, maximumFrameByteCount: 1 << 20)
        return (runtime, transport)
    }

    static func start() async throws -> (runtime: MPIRuntime, transport: MPITransport) { try await starting.value }
}

/// Every rank calls `run`; rank 0 drives, all leave together.
struct MPIHarness: ClusterHarness {
    func run(
        _ configuration: ClusterActorSystem.Configuration, _ body: @Sendable (ClusterActorSystem) async throws -> Void
    ) async throws {
        let (runtime, transport) = try await MPISession.start()
        let system = ClusterActorSystem(transport: transport, configuration: configuration)
        try system.hostProbes()
        var failure: (any Error)?
        do {
            try await system.exchangeFingerprints(build: 1, numeric: 2, deadline: .seconds(30))
            if transport.localPeer.rank == 0 { try await body(system) }
        } catch {
            failure = error
        }
        // All are done, then all systems are down, before the next scenario's first frame.
        try await runtime.world.barrier(deadline: .seconds(120))
        transport.faultHook = nil
        system.shutdown()
        try await runtime.world.barrier(deadline: .seconds(30))
        if let failure { throw failure }
    }
}
