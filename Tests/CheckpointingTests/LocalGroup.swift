import Checkpointing

/// Learner ranks as tasks of one process.
actor LocalGroup {
    private let rankCount: Int
    private var round: [Int: [UInt8]] = [:]
    private var waiting: [CheckedContinuation<[[UInt8]], Never>] = []
    private let beforeExchange: @Sendable (Int) -> Void
    private var exchangeCount = 0

    /// `beforeExchange` is told the number of the exchange, from 0, just before all ranks leave it.
    init(rankCount: Int, beforeExchange: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.rankCount = rankCount
        self.beforeExchange = beforeExchange
    }

    func exchange(_ bytes: [UInt8], rank: Int) async -> [[UInt8]] {
        round[rank] = bytes
        guard round.count == rankCount else { return await withCheckedContinuation { waiting.append($0) } }
        beforeExchange(exchangeCount)
        exchangeCount += 1
        let all = (0..<rankCount).compactMap { round[$0] }
        let released = waiting
        round = [:]
        waiting = []
        for continuation in released { continuation.resume(returning: all) }
        return all
    }

    struct Member: CheckpointCoordinator {
        let group: LocalGroup
        let rank: Int
        let rankCount: Int

        func exchange(_ bytes: [UInt8]) async throws -> [[UInt8]] { await group.exchange(bytes, rank: rank) }
    }

    nonisolated func member(_ rank: Int) -> Member { Member(group: self, rank: rank, rankCount: rankCount) }
}
