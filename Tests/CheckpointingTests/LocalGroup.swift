import Checkpointing

/// Learner ranks as tasks of one process.
actor LocalGroup {
    private let rankCount: Int
    private var round: [Int: [UInt8]] = [:]
    private var waiting: [CheckedContinuation<[[UInt8]], any Error>] = []
    private var isBroken = false
    private let beforeExchange: @Sendable (Int) -> Void
    private var exchangeCount = 0

    /// `beforeExchange` is told the number of the exchange, from 0, just before all ranks leave it.
    init(rankCount: Int, beforeExchange: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.rankCount = rankCount
        self.beforeExchange = beforeExchange
    }

    /// A rank is gone: nobody waits for it any longer.
    struct RankLost: Error {}

    func lose() {
        isBroken = true
        for continuation in waiting { continuation.resume(throwing: RankLost()) }
        waiting = []
    }

    func exchange(_ bytes: [UInt8], rank: Int) async throws -> [[UInt8]] {
        guard !isBroken else { throw RankLost() }
        round[rank] = bytes
        guard round.count == rankCount else { return try await withCheckedThrowingContinuation { waiting.append($0) } }
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

        func exchange(_ bytes: [UInt8]) async throws -> [[UInt8]] { try await group.exchange(bytes, rank: rank) }
    }

    nonisolated func member(_ rank: Int) -> Member { Member(group: self, rank: rank, rankCount: rankCount) }
}
