import ActorRuntime
import Glibc
import MPITransport
import MessagePassing
import TestSupport
import Testing

/// A real kill -9 of one rank in three; run by `cluster/mpi-tests`, alone in its job, since the job is lame afterwards.
@Suite("KilledRankDrill", .enabled(if: MPISession.isKillDrill, "run by cluster/mpi-tests"))
struct KilledRankDrill {
    @Test("the others notice a killed rank by its silence and go on")
    func kill() async throws {
        let runtime = try await MPIRuntime.start()
        let transport = try await MPITransport.connect(runtime.world)
        let system = ClusterActorSystem(transport: transport)
        try system.hostProbes()
        try await system.exchangeFingerprints(build: 1, numeric: 1, deadline: .seconds(30))
        let rank = transport.localPeer.rank
        let victim = transport.peers[2]
        if rank == 2 {
            // Long enough for the others' first calls.
            try await Task.sleep(for: .seconds(1))
            _ = Glibc.kill(getpid(), SIGKILL)
        }
        do {
            try await survive(system, victim: victim)
            print("drill: rank \(rank) goes on without rank 2")
        } catch {
            print("drill: rank \(rank) failed: \(error)")
        }
        // Rank 1 answers rank 0 until it has finished.
        try await Task.sleep(for: .seconds(2))
        // MPI_Finalize could hang: a rank is dead.
        #expect(await runtime.shutdown(afterLoss: true) == false)
        MPIRuntime.exitNow(0)
    }

    private func survive(_ system: ClusterActorSystem, victim: PeerAddress) async throws {
        system.startHeartbeats(interval: .milliseconds(50), limit: .seconds(2)) { _ in }
        let doomed: ProbeActor = try system.actor("probe", at: victim)
        let other: ProbeActor = try system.actor("probe", at: system.transport.peers[1 - system.localPeer.rank])
        guard try await doomed.echo([1]) == [1] else { throw CheckFailure("the victim did not live at first") }
        do {
            try await ClusterActorSystem.withCallDeadline(.seconds(30)) { try await doomed.wait(milliseconds: 60_000) }
            throw CheckFailure("the victim's answer came")
        } catch let failure as RemoteFailure where failure.code == .peerLost {}
        for number in 0..<100 as Range<UInt8> {
            guard try await other.echo([number]) == [number] else { throw CheckFailure("the other survivor answers wrongly") }
        }
        do {
            let buffer = BulkBuffer(byteCount: 1 << 20)
            try await system.transport.sendBulk(buffer, to: victim, tag: system.makeBulkTag(), deadline: .milliseconds(200))
            throw CheckFailure("a transfer to the victim ended well")
        } catch let error as TransportError where error.code == .timedOut {}
        guard try await other.echo([7]) == [7] else { throw CheckFailure("the other survivor is gone") }
    }
}
