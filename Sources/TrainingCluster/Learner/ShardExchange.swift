package import ActorRuntime
import Glibc

/// Point-to-point transfers among the learner ranks, in rank order: who holds what never depends on who comes first.
package struct ShardExchange: Sendable {
    package let transport: any Transport
    /// The learner ranks, in order.
    package let peers: [PeerAddress]
    /// This rank's place among them.
    package let rank: Int
    /// How long one transfer may take.
    package let deadline: Duration

    package init(transport: any Transport, peers: [PeerAddress], rank: Int, deadline: Duration) {
        self.transport = transport
        self.peers = peers
        self.rank = rank
        self.deadline = deadline
    }

    /// What a transfer is for: with the step, its tag.
    package enum Purpose: UInt32, Sendable {
        case gradients = 0
        case norms = 1
        case weights = 2
        case coordination = 3

        /// For people.
        var name: String {
            switch self {
            case .gradients: "gradients"
            case .norms: "gradient norms and statistics"
            case .weights: "updated weights"
            case .coordination: "the state of a checkpoint"
            }
        }
    }

    /// Tags of the learner group stand above those that calls announce.
    private func tag(_ purpose: Purpose, step: Int) -> BulkTag {
        BulkTag(UInt32(1) << 29 | (UInt32(truncatingIfNeeded: step) & 0xff_ffff) << 2 | purpose.rawValue)
    }

    /// Sends `outgoing[r]` to each other rank r and receives `incomingByteCounts[r]` bytes from it, all at once.
    ///
    /// - Returns: what came, by rank; nil for this rank.
    /// - Throws: `TransportError` naming purpose, step and peer when a transfer misses its deadline.
    package func all(_ purpose: Purpose, step: Int, outgoing: [BulkBuffer?], incomingByteCounts: [Int]) async throws -> [BulkBuffer?] {
        let tag = tag(purpose, step: step)
        return try await withThrowingTaskGroup(of: (Int, BulkBuffer?).self) { group in
            for (other, peer) in peers.enumerated() where other != rank {
                if let buffer = outgoing[other] {
                    group.addTask {
                        try await named(purpose, step, "to", peer) {
                            try await transport.sendBulk(buffer, to: peer, tag: tag, deadline: deadline)
                        }
                        return (other, nil)
                    }
                }
                let buffer = BulkBuffer(byteCount: incomingByteCounts[other])
                group.addTask {
                    try await named(purpose, step, "from", peer) {
                        try await transport.receiveBulk(into: buffer, from: peer, tag: tag, deadline: deadline)
                    }
                    return (other, buffer)
                }
            }
            var result = [BulkBuffer?](repeating: nil, count: peers.count)
            for try await (other, buffer) in group { if let buffer { result[other] = buffer } }
            return result
        }
    }

    /// Lets an error say what was being transferred.
    private func named(_ purpose: Purpose, _ step: Int, _ direction: String, _ peer: PeerAddress, _ body: () async throws -> Void)
        async throws
    {
        do {
            try await body()
        } catch let error as TransportError {
            throw TransportError(code: error.code, message: "\(purpose.name), step \(step), \(direction) learner \(peer): \(error.message)")
        }
    }
}
