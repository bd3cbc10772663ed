import ActorRuntime
import MPITransport
import MessagePassing
import TestSupport
import Testing

/// Every rank runs the same tests in the same order: one suite, serialized. Started by `cluster/mpi-tests`.
@Suite("ClusterTests: real ranks", .serialized, .enabled(if: MPISession.isUnderLauncher, "run by cluster/mpi-tests under mpirun"))
struct ClusterTests {
    @Test("MPI keeps the transport's promises", arguments: CompatibilityScenario.all)
    func compatibility(_ scenario: CompatibilityScenario) async throws {
        try await scenario.run(on: MPIHarness())
    }

    @Test("collectives combine, copy and gather what each rank brings, in chunks")
    func collectives() async throws {
        let world = try await MPISession.start().runtime.world
        let (rank, size) = (world.rank, world.size)
        let count = 50_001
        let values = MemoryRegion.allocate(byteCount: count * 8)
        let doubles = values.bytes.bindMemory(to: Double.self)
        for index in 0..<count { doubles[index] = Double(index * (rank + 1)) }
        try await world.allReduce(values, of: .float64, .sum, deadline: .seconds(30))
        let total = size * (size + 1) / 2
        #expect((0..<count).allSatisfy { doubles[$0] == Double($0 * total) })

        let words = MemoryRegion.allocate(byteCount: 16)
        words.bytes.bindMemory(to: UInt64.self)[0] = UInt64(rank)
        words.bytes.bindMemory(to: UInt64.self)[1] = UInt64(100 - rank)
        try await world.allReduce(words, of: .uint64, .maximum, deadline: .seconds(30))
        #expect(Array(words.bytes.bindMemory(to: UInt64.self)) == [UInt64(size - 1), 100])

        let block = BulkBuffer.pattern(byteCount: 200_001, seed: UInt64(rank))
        try await world.broadcast(block.region, root: size - 1, deadline: .seconds(30))
        #expect(block.checksum == BulkBuffer.pattern(byteCount: 200_001, seed: UInt64(size - 1)).checksum)

        let own = BulkBuffer.pattern(byteCount: 33, seed: UInt64(rank))
        let all = try await world.allGather(own.region, deadline: .seconds(30))
        let expected = (0..<size).flatMap { BulkBuffer.pattern(byteCount: 33, seed: UInt64($0)).withUnsafeBytes { Array($0) } }
        #expect(Array(all.bytes) == expected)
    }

    @Test("a subgroup has its own ranks and collectives")
    func subgroup() async throws {
        let world = try await MPISession.start().runtime.world
        let members = Array((0..<world.size).reversed().prefix(max(1, world.size - 1)).reversed())
        if members.contains(world.rank) {
            let group = try await world.subgroup(of: members, tag: Tag(77), deadline: .seconds(30))
            #expect(group.size == members.count && group.rank == world.rank - 1)
            let sum = MemoryRegion.allocate(byteCount: 4)
            sum.bytes.bindMemory(to: Float.self)[0] = 1
            try await group.allReduce(sum, of: .float32, .sum, deadline: .seconds(30))
            #expect(sum.bytes.bindMemory(to: Float.self)[0] == Float(members.count))
        }
        try await world.barrier(deadline: .seconds(30))
    }

    @Test("a probe sees a message before it is received, and waits have deadlines and can be cancelled")
    func probe() async throws {
        let world = try await MPISession.start().runtime.world
        if world.rank == 0 {
            let envelope = try await world.probe(from: nil, tag: Tag(5), deadline: .seconds(30))
            #expect(envelope.source == 1 && envelope.byteCount == 1000)
            let region = MemoryRegion.allocate(byteCount: 1000)
            try await world.receive(into: region, from: 1, tag: Tag(5), deadline: .seconds(30))
            #expect(region.bytes.allSatisfy { $0 == 9 })
            await #expect(throws: MPIError.self) { try await world.probe(from: 1, tag: Tag(6), deadline: .milliseconds(20)) }
            let task = Task { try await world.probe(from: nil, tag: nil, deadline: .seconds(60)) }
            task.cancel()
            let result = await task.result
            guard case .failure(let error) = result, (error as? MPIError)?.reason == .cancelled else {
                Issue.record("\(result)")
                return
            }
        } else if world.rank == 1 {
            let region = MemoryRegion.allocate(byteCount: 1000)
            for index in region.bytes.indices { region.bytes[index] = 9 }
            try await world.send(region, to: 0, tag: Tag(5), deadline: .seconds(30))
        }
        try await world.barrier(deadline: .seconds(60))
    }

    @Test("errors name operation, peer, tag and bytes")
    func errors() async throws {
        let world = try await MPISession.start().runtime.world
        let error = await #expect(throws: MPIError.self) {
            try await world.receive(
                into: .allocate(byteCount: 12), from: 1 - min(world.rank, 1), tag: Tag(4321), deadline: .milliseconds(20))
        }
        let text = error?.description ?? ""
        #expect(text.contains("receive") && text.contains("4321") && text.contains("12 bytes") && text.contains("deadline"))
        await #expect(throws: MPIError.self) {
            try await world.send(.allocate(byteCount: 1), to: world.size, tag: Tag(1), deadline: .seconds(1))
        }
        try await world.barrier(deadline: .seconds(30))
    }

    @Test("a mixed cluster is refused on every rank, naming the odd one")
    func mixedCluster() async throws {
        let (runtime, transport) = try await MPISession.start()
        let system = ClusterActorSystem(transport: transport)
        let rank = transport.localPeer.rank
        let error = await #expect(throws: TransportError.self) {
            try await system.exchangeFingerprints(build: rank == 1 ? 0xbad : 0x900d, numeric: 1, deadline: .seconds(30))
        }
        #expect(error?.code == .mixedCluster)
        #expect(error?.message.contains("rank 1 has bad, rank 0 has 900d") == true)
        try await runtime.world.barrier(deadline: .seconds(30))
        system.shutdown()
        try await runtime.world.barrier(deadline: .seconds(30))
    }

    @Test("the benchmark gives figures on rank 0")
    func benchmark() async throws {
        let (runtime, transport) = try await MPISession.start()
        let system = ClusterActorSystem(transport: transport)
        try await system.exchangeFingerprints(build: try BuildFingerprint.ofExecutable(), numeric: 1, deadline: .seconds(30))
        let figures = try await TransportBenchmark.measure(on: system, transport, rounds: 500, bulkByteCount: 8 << 20)
        #expect((figures != nil) == (transport.localPeer.rank == 0))
        if let figures {
            #expect(figures.callRoundTripMicroseconds > 0 && figures.rawRoundTripMicroseconds > 0)
            #expect(figures.bandwidthBytesPerSecond > 0)
            print("figures:", figures)
        }
        try await runtime.world.barrier(deadline: .seconds(30))
        system.shutdown()
        try await runtime.world.barrier(deadline: .seconds(30))
    }
}
