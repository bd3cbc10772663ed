package import ActorRuntime
import Distributed
import Glibc
import MessagePassing

/// What messages cost between ranks 0 and 1.
package struct TransportMeasurements: Codable, Hashable, Sendable {
    /// Median round trip of a distributed call with 64 bytes, in microseconds.
    package let callRoundTripMicroseconds: Double
    /// Median round trip of a raw message of 64 bytes between tasks on the MPI threads, in microseconds.
    package let rawRoundTripMicroseconds: Double
    /// Calls a second with 64 callers at once.
    package let callsPerSecond: Double
    /// One way, bytes a second, with a reused buffer.
    package let bandwidthBytesPerSecond: Double
    /// CPU time of this process over wall time while it waits for nothing.
    package let idleCPUShare: Double
}

/// Answers the benchmark's calls.
distributed actor BenchmarkEcho {
    typealias ActorSystem = ClusterActorSystem
    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }
    distributed func echo(_ bytes: [UInt8]) -> [UInt8] { bytes }
}

/// Measures the transport between ranks 0 and 1.
package enum TransportBenchmark {
    private static let name = "transport-benchmark"

    /// Runs the measurement; called on all ranks, which return together.
    ///
    /// - Parameters:
    ///   - system: This rank's system over `transport`.
    ///   - transport: The transport of at least two ranks.
    ///   - rounds: Round trips to take the median of.
    ///   - bulkByteCount: Size of the blocks that bandwidth is measured with.
    ///   - deadline: Time limit for each step.
    /// - Returns: The figures on rank 0, `nil` on the others.
    /// - Throws: `TransportError` with fewer than two ranks; `MPIError`, `RemoteFailure` if a step fails.
    package static func measure(
        on system: ClusterActorSystem, _ transport: MPITransport, rounds: Int = 2000, bulkByteCount: Int = 64 << 20,
        deadline: Duration = .seconds(60)
    ) async throws -> TransportMeasurements? {
        guard transport.peers.count >= 2 else { throw TransportError(code: .unknownPeer, message: "the benchmark needs two ranks") }
        _ = try system.host(name) { BenchmarkEcho(actorSystem: system) }
        defer { system.release(name) }
        guard let lane = transport.worldBulk else { return nil }
        let communicator = try await lane.duplicate(deadline: deadline)
        try await communicator.barrier(deadline: deadline)
        let rank = transport.localPeer.rank
        let small = MemoryRegion.allocate(byteCount: 64)
        let large = BulkBuffer(byteCount: bulkByteCount).region
        let raw = try await withTaskExecutorPreference(communicator.taskExecutor) {
            try await pingPong(small, on: communicator, rounds: rounds, deadline: deadline)
        }
        let bulk = try await pingPong(large, on: communicator, rounds: 8, deadline: deadline)
        var result: TransportMeasurements?
        if rank == 0, let raw, let bulk {
            let echo: BenchmarkEcho = try system.actor(name, at: transport.peers[1])
            let calls = try await callTimes(echo, rounds: rounds)
            let rate = try await callRate(echo, calls: rounds * 5)
            result = TransportMeasurements(
                callRoundTripMicroseconds: median(calls) * 1e6, rawRoundTripMicroseconds: median(raw) * 1e6, callsPerSecond: rate,
                bandwidthBytesPerSecond: 2 * Double(bulkByteCount) / median(bulk), idleCPUShare: try await idleShare())
        }
        // The others wait here, idle, while rank 0 measures.
        try await communicator.barrier(deadline: deadline + .seconds(60))
        return result
    }

    /// Seconds of each round trip on rank 0; `nil` elsewhere.
    private static func pingPong(
        _ region: MemoryRegion, on communicator: Communicator, rounds: Int, deadline: Duration
    ) async throws -> [Double]? {
        guard communicator.rank < 2 else { return nil }
        let other = 1 - communicator.rank
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            if communicator.rank == 0 { try await communicator.send(region, to: other, tag: Tag(2), deadline: deadline) }
            try await communicator.receive(into: region, from: other, tag: Tag(2), deadline: deadline)
            if communicator.rank == 1 { try await communicator.send(region, to: other, tag: Tag(2), deadline: deadline) }
            times.append(seconds(.now - start))
        }
        return communicator.rank == 0 ? times : nil
    }

    private static func callTimes(_ echo: BenchmarkEcho, rounds: Int) async throws -> [Double] {
        let bytes = [UInt8](repeating: 1, count: 64)
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            _ = try await echo.echo(bytes)
            times.append(seconds(.now - start))
        }
        return times
    }

    private static func callRate(_ echo: BenchmarkEcho, calls: Int) async throws -> Double {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask { for _ in 0..<max(calls / 64, 1) { _ = try await echo.echo([1]) } }
            }
            try await group.waitForAll()
        }
        return Double(max(calls / 64, 1) * 64) / seconds(.now - start)
    }

    private static func idleShare() async throws -> Double {
        // The busy window after the last message must be over first.
        try await Task.sleep(for: .milliseconds(500))
        let (start, before) = (ContinuousClock.now, cpuSeconds())
        try await Task.sleep(for: .seconds(2))
        return (cpuSeconds() - before) / seconds(.now - start)
    }

    private static func cpuSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
