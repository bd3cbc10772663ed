import ActorRuntime
import Distributed
import Synchronization
import TestSupport
import Testing

private distributed actor HiddenActor {
    typealias ActorSystem = ClusterActorSystem
    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }
    distributed func two() -> Int { 2 }
}

@Suite("Actor system")
struct ClusterActorSystemTests {
    private func systems(_ count: Int) -> [ClusterActorSystem] {
        let network = LoopbackNetwork(peerCount: count)
        return (0..<count).map { ClusterActorSystem(transport: network.transport(rank: $0)) }
    }

    @Test("a name is given once, and is free again when its actor is released")
    func names() throws {
        let system = systems(1)[0]
        let first = try system.host("judge") { OtherActor(actorSystem: system) }
        #expect(first.id == ActorAddress(peer: PeerAddress(rank: 0), name: "judge"))
        #expect(throws: RemoteFailure.self) { try system.host("judge") { OtherActor(actorSystem: system) } }
        system.release("judge")
        _ = try system.host("judge") { OtherActor(actorSystem: system) }
        #expect(throws: RemoteFailure.self) { try system.actor("judge", at: system.localPeer, as: ProbeActor.self) }
        #expect(throws: RemoteFailure.self) { try system.host("learner") { first } }
        system.shutdown()
    }

    @Test("a private type of actor, which could not be called, is refused when it is hosted")
    func privateType() throws {
        let system = systems(1)[0]
        let error = #expect(throws: RemoteFailure.self) { try system.host("hidden") { HiddenActor(actorSystem: system) } }
        #expect(error?.code == .wrongActor && error?.message.contains("private") == true)
        #expect(throws: RemoteFailure.self) { try system.actor("hidden", at: system.localPeer, as: HiddenActor.self) }
    }

    @Test("shutdown ends the calls under way and refuses further ones")
    func shutdown() async throws {
        let systems = systems(2)
        for system in systems { try system.hostProbes() }
        let probe = try systems[0].probe
        let call = Task { try await probe.wait(milliseconds: 60_000) }
        while try await probe.waits() == 0 { await Task.yield() }
        systems[0].shutdown()
        let error = await #expect(throws: RemoteFailure.self) { try await call.value }
        #expect(error?.code == .shutDown && error?.actor == "probe")
        let refused = await #expect(throws: RemoteFailure.self) { _ = try await probe.echo([]) }
        #expect(refused?.code == .shutDown)
        systems[1].shutdown()
    }

    @Test("a peer that is killed is noticed by its silence")
    func killedPeer() async throws {
        let network = LoopbackNetwork(peerCount: 2)
        let systems = (0..<2).map { ClusterActorSystem(transport: network.transport(rank: $0)) }
        for system in systems { try system.hostProbes() }
        let probe = try systems[0].probe
        systems[0].startHeartbeats(interval: .milliseconds(5), limit: .milliseconds(100)) { _ in }
        #expect(try await probe.echo([1]) == [1])
        network.disconnect(rank: 1)
        let error = await #expect(throws: RemoteFailure.self) { _ = try await probe.echo([2]) }
        #expect(error?.code == .peerLost && error?.rank == 1)
        for system in systems { system.shutdown() }
    }

    @Test("a mixed cluster is refused on every peer, naming the odd one; a missing peer is named too")
    func handshake() async throws {
        let systems = systems(3)
        try await withThrowingTaskGroup(of: TransportError?.self) { group in
            for (rank, system) in systems.enumerated() {
                group.addTask {
                    await #expect(throws: TransportError.self) {
                        try await system.exchangeFingerprints(build: 5, numeric: rank == 2 ? 0xbad : 1, deadline: .seconds(20))
                    }
                }
            }
            for try await error in group {
                #expect(error?.code == .mixedCluster)
                #expect(error?.message.contains("numeric fingerprints differ: rank 2 has bad, rank 0 has 1") == true)
            }
        }
        let lonely = ClusterActorSystem(transport: LoopbackNetwork(peerCount: 2).transport(rank: 0))
        let error = await #expect(throws: TransportError.self) {
            try await lonely.exchangeFingerprints(build: 1, numeric: 1, deadline: .milliseconds(50))
        }
        #expect(error?.code == .timedOut && error?.message.contains("rank 1") == true)
        for system in systems + [lonely] { system.shutdown() }
    }

    @Test("the handshake survives lost messages")
    func lossyHandshake() async throws {
        let systems = systems(2)
        systems[0].transport.faultHook = { _ in .drop }
        async let first: Void = systems[0].exchangeFingerprints(build: 1, numeric: 1, deadline: .seconds(20))
        async let second: Void = systems[1].exchangeFingerprints(build: 1, numeric: 1, deadline: .seconds(20))
        try await Task.sleep(for: .milliseconds(50))
        systems[0].transport.faultHook = nil
        _ = try await (first, second)
        for system in systems { system.shutdown() }
    }

    @Test("a rank that does not come is heard of by all who still wait, and by nobody who has met the others")
    func refusal() async throws {
        let systems = systems(4)
        let heard = Mutex<[Int: StartRefusal]>([:])
        for (rank, system) in systems.enumerated() { system.onRefusal { refusal in heard.withLock { $0[rank] = refusal } } }
        systems[3].haveMet()
        systems[1].refuseStart(code: 2)
        for _ in 0..<400 where heard.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        let first = systems[1].localPeer
        #expect(heard.withLock { $0 } == [0: StartRefusal(peer: first, code: 2), 2: StartRefusal(peer: first, code: 2)])
        // Once it has met the others, what becomes of a rank is the run's business.
        systems[1].haveMet()
        systems[1].refuseStart(code: 1)
        try await Task.sleep(for: .milliseconds(50))
        #expect(heard.withLock { $0.values.allSatisfy { $0.code == 2 } })
        for system in systems { system.shutdown() }
    }

    @Test("the build fingerprint is stable, and differs between files")
    func fingerprint() throws {
        #expect(try BuildFingerprint.ofExecutable() == BuildFingerprint.ofExecutable())
        #expect(try BuildFingerprint.ofExecutable() != BuildFingerprint.ofExecutable(path: "/bin/sh"))
        #expect(throws: TransportError.self) { try BuildFingerprint.ofExecutable(path: "/no/such/file") }
    }

    @Test("buffers are aligned, zero, and told apart by their checksum")
    func buffers() {
        for count in [0, 1, 31, 32, 33, 4097] {
            let buffer = BulkBuffer(byteCount: count)
            #expect(UInt(bitPattern: buffer.baseAddress) % 64 == 0)
            #expect(buffer.withUnsafeBytes { $0.allSatisfy { $0 == 0 } && $0.count == count })
            guard count > 0 else { continue }
            let before = buffer.checksum
            for bit in 0..<8 {
                buffer.withUnsafeMutableBytes { $0[count - 1] = 1 << bit }
                #expect(buffer.checksum != before)
            }
        }
        #expect(BulkBuffer(byteCount: 32).checksum != BulkBuffer(byteCount: 64).checksum)
    }
}
