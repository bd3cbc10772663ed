import ActorRuntime
import Checkpointing
import Synchronization

/// The learner ranks as the writers of one checkpoint: an all-gather over the bulk lane, beside whatever training sends.
struct LearnerCoordinator: CheckpointCoordinator {
    /// Transfers that one save may need: a meeting takes two, and there are two of them.
    private static let roundsPerSave = 8

    let exchange: ShardExchange
    private let round: RoundCounter

    /// - Parameter ordinal: the save's number, the same on all ranks: whatever an earlier save that failed left under way is told apart.
    init(exchange: ShardExchange, ordinal: Int) {
        self.exchange = exchange
        round = RoundCounter(ordinal * Self.roundsPerSave)
    }

    var rank: Int { exchange.rank }
    var rankCount: Int { exchange.peers.count }

    func exchange(_ bytes: [UInt8]) async throws -> [[UInt8]] {
        let count = exchange.peers.count
        let own = BulkBuffer(copying: [UInt64(bytes.count)])
        let sizes = try await exchange.all(
            .coordination, step: round.next(), outgoing: .init(repeating: own, count: count),
            incomingByteCounts: .init(repeating: 8, count: count))
        let counts = sizes.map { buffer in buffer.map { Int($0.withUnsafeBytes { $0.load(as: UInt64.self) }) } ?? bytes.count }
        let content = BulkBuffer(copying: bytes)
        let parts = try await exchange.all(
            .coordination, step: round.next(), outgoing: .init(repeating: content, count: count), incomingByteCounts: counts)
        return parts.map { $0.map { $0.withUnsafeBytes { Array($0) } } ?? bytes }
    }
}

/// Counts the rounds of coordination, which all ranks go through in the same order.
private final class RoundCounter: Sendable {
    private let value: Atomic<Int>

    init(_ start: Int) { value = Atomic(start) }

    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
}
