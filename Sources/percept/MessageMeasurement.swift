import Foundation
import MessagePassing

/// MPI between ranks 0 and 1, through the same asynchronous calls that training uses.
struct MessageMeasurement: Encodable {
    let ranks: Int
    /// Why nothing was measured; nil if something was.
    var absent: String?
    /// 64 bytes there and back.
    var roundTripMicroseconds: Double?
    /// The same when both ranks have been idle for so long that their MPI threads sleep.
    var idleRoundTripMicroseconds: Double?
    /// 64 MiB one way, in 10^9 bytes a second.
    var gigabytesPerSecond: Double?

    enum CodingKeys: String, CodingKey {
        case ranks, absent
        case roundTripMicroseconds = "round_trip_us"
        case idleRoundTripMicroseconds = "idle_round_trip_us"
        case gigabytesPerSecond = "gb_per_s"
    }

    private static let deadline = Duration.seconds(60)
    private static let (there, back) = (Tag(1), Tag(2))

    /// Measures, and ends MPI, so that its thread doesn't disturb what is measured next.
    ///
    /// - Returns: nil on ranks other than 0.
    /// - Throws: `MPIError`.
    static func measure() async throws -> MessageMeasurement? {
        guard JobPlace.current != nil else {
            return MessageMeasurement(ranks: 1, absent: "not started by mpirun; use mpirun -n 2 percept bench")
        }
        let runtime = try await MPIRuntime.start(doorbellAddress: DoorbellAddress.current)
        let world = runtime.world
        var result = MessageMeasurement(ranks: world.size)
        if world.size < 2 {
            result.absent = "mpirun started 1 rank; use mpirun -n 2 percept bench"
        } else if world.rank < 2 {
            result.roundTripMicroseconds = try await medianSeconds(world, thereBytes: 64, backBytes: 64, repetitions: 2_000) * 1e6
            result.idleRoundTripMicroseconds =
                try await medianSeconds(world, thereBytes: 64, backBytes: 64, repetitions: 20, pause: .milliseconds(300)) * 1e6
            let bytes = 64 << 20
            let seconds = try await medianSeconds(world, thereBytes: bytes, backBytes: 1, repetitions: 9)
            result.gigabytesPerSecond = Double(bytes) / seconds / 1e9
        }
        guard await runtime.shutdown(afterLoss: false, deadline: deadline) else {
            throw CommandFailure("MPI could not be ended: a rank is missing")
        }
        return world.rank == 0 ? result : nil
    }

    /// Rank 0 sends and waits for the answer; rank 1 answers.
    private static func medianSeconds(
        _ world: Communicator, thereBytes: Int, backBytes: Int, repetitions: Int, pause: Duration? = nil
    ) async throws -> Double {
        let request = MemoryRegion.allocate(byteCount: thereBytes)
        let answer = MemoryRegion.allocate(byteCount: backBytes)
        // Memory that was never written is not there yet.
        memset(request.baseAddress, 1, thereBytes)
        memset(answer.baseAddress, 1, backBytes)
        var seconds: [Double] = []
        for _ in 0..<(repetitions + 2) {
            if world.rank == 0, let pause { try await Task.sleep(for: pause) }
            let start = ContinuousClock.now
            if world.rank == 0 {
                try await world.send(request, to: 1, tag: there, deadline: deadline)
                try await world.receive(into: answer, from: 1, tag: back, deadline: deadline)
            } else {
                try await world.receive(into: request, from: 0, tag: there, deadline: deadline)
                try await world.send(answer, to: 0, tag: back, deadline: deadline)
            }
            seconds.append((ContinuousClock.now - start) / .seconds(1))
        }
        return Stopwatch.median(of: Array(seconds.dropFirst(2)))
    }
}
