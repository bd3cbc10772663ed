import ActorRuntime
import Synchronization
import TestSupport
import Testing

@Suite("Delayed transport")
struct DelayedTransportTests {
    /// The other tests of the process may keep all threads of Swift's pool for a while.
    private static let patience = Duration.seconds(600)

    private func pair(_ link: LinkModel, limit: Int = 256 << 20) -> (DelayedTransport, LoopbackTransport, LoopbackNetwork) {
        let network = LoopbackNetwork(peerCount: 2)
        let far = DelayedTransport(network.transport(rank: 0), link: link, seed: 7, maximumByteCountPerPeer: limit)
        return (far, network.transport(rank: 1), network)
    }

    @Test("it keeps the transport's promises", .timeLimit(.minutes(2)), arguments: CompatibilityScenario.all)
    func compatibility(_ scenario: CompatibilityScenario) async throws {
        let link = LinkModel(latency: .milliseconds(3), jitter: .milliseconds(2), bandwidth: 1e9)
        try await scenario.run(on: LoopbackHarness(peerCount: 2, link: link))
    }

    @Test("frames arrive after the latency and in the order in which they were sent, whatever the jitter")
    func order() async throws {
        let (far, near, _) = pair(LinkModel(latency: .milliseconds(20), jitter: .milliseconds(15)))
        let arrived = Mutex<[(number: Int, at: ContinuousClock.Instant)]>([])
        near.setFrameHandler { _, frame in arrived.withLock { $0.append((Int(frame[0]) + 256 * Int(frame[1]), .now)) } }
        var sent: [ContinuousClock.Instant] = []
        for number in 0..<1_000 {
            sent.append(.now)
            try far.send([UInt8(number % 256), UInt8(number / 256)], to: near.localPeer)
            if number % 50 == 0 { try await Task.sleep(for: .milliseconds(3)) }
        }
        let end = ContinuousClock.now + Self.patience
        while arrived.withLock({ $0.count }) < 1_000, .now < end { try await Task.sleep(for: .milliseconds(5)) }
        let found = arrived.withLock { $0 }
        #expect(found.map(\.number) == Array(0..<1_000))
        #expect(zip(found, sent).allSatisfy { $0.at - $1 >= .milliseconds(20) })
    }

    @Test("a call takes both ways' latency, and bandwidth counts for bulk transfers")
    func roundTrip() async throws {
        let network = LoopbackNetwork(peerCount: 2)
        let link = LinkModel(latency: .milliseconds(25), bandwidth: 10e6)
        let systems = (0..<2).map { ClusterActorSystem(transport: DelayedTransport(network.transport(rank: $0), link: link)) }
        defer { for system in systems { system.shutdown() } }
        for system in systems { try system.hostProbes() }
        let probe = try systems[0].probe
        let call = try await ContinuousClock().measure {
            try await ClusterActorSystem.withCallDeadline(Self.patience) { _ = try await probe.echo([1]) }
        }
        #expect(call >= .milliseconds(50))
        // 1 MB at 10 MB/s.
        let buffer = BulkBuffer.pattern(byteCount: 1_000_000, seed: 1)
        let ticket = BulkTicket(tag: systems[0].makeBulkTag(), for: buffer)
        let transfer = try await ContinuousClock().measure {
            async let isWhole = ClusterActorSystem.withCallDeadline(Self.patience) {
                try await probe.receive(ticket, from: systems[0].localPeer, milliseconds: 600_000)
            }
            try await systems[0].transport.sendBulk(buffer, to: systems[1].localPeer, tag: ticket.tag, deadline: Self.patience)
            #expect(try await isWhole)
        }
        #expect(transfer >= .milliseconds(125))
        await #expect(throws: TransportError.self) {
            try await systems[0].transport.sendBulk(
                buffer, to: systems[1].localPeer, tag: systems[0].makeBulkTag(), deadline: .milliseconds(50))
        }
    }

    @Test("a ping shows after both ways")
    func pings() async throws {
        let (far, near, _) = pair(LinkModel(latency: .milliseconds(30)))
        let start = ContinuousClock.now
        far.ping(near.localPeer)
        #expect(far.lastHeard(from: near.localPeer) == nil)
        while far.lastHeard(from: near.localPeer) == nil, .now < start + Self.patience { try await Task.sleep(for: .milliseconds(1)) }
        let heard = try #require(far.lastHeard(from: near.localPeer))
        #expect(heard - start >= .milliseconds(60))
    }

    @Test("what is on the way is bounded, and frames that can't be sent at all are refused at once")
    func bounds() throws {
        let (far, near, _) = pair(LinkModel(latency: .seconds(60)), limit: 1_000)
        for _ in 0..<10 { try far.send([UInt8](repeating: 0, count: 100), to: near.localPeer) }
        let full = #expect(throws: TransportError.self) { try far.send([1], to: near.localPeer) }
        #expect(full?.code == .overloaded)
        let large = #expect(throws: TransportError.self) {
            try far.send([UInt8](repeating: 0, count: far.maximumFrameByteCount + 1), to: near.localPeer)
        }
        #expect(large?.code == .frameTooLarge)
        let stranger = #expect(throws: TransportError.self) { try far.send([1], to: PeerAddress(rank: 9)) }
        #expect(stranger?.code == .unknownPeer)
    }
}
