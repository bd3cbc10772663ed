/// Tells silent peers from living ones. A value: the caller brings the time and what was heard.
///
/// A peer is silent if a ping was sent, nothing at all came since, and `limit` has passed. Time alone does not count: a monitor that
/// was itself starved of CPU time must not declare everybody dead.
package struct PeerMonitor: Sendable {
    /// What the caller is to do.
    package enum Action: Equatable, Sendable {
        /// Send a ping.
        case ping(PeerAddress)
        /// The peer is silent: fail its calls.
        case declareSilent(PeerAddress)
        /// The peer was silent and is heard again.
        case declareReturned(PeerAddress)
    }

    private struct Watch: Sendable {
        var pingedAt: ContinuousClock.Instant?
        var isSilent = false
    }

    private var watches: [PeerAddress: Watch] = [:]
    private let peers: [PeerAddress]
    private let limit: Duration

    /// Creates a monitor of `peers`.
    package init(peers: [PeerAddress], limit: Duration) {
        self.peers = peers
        self.limit = limit
    }

    /// Looks at all peers once.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - lastHeard: When anything last came from a peer.
    /// - Returns: What to do, in peer order.
    package mutating func tick(at now: ContinuousClock.Instant, lastHeard: (PeerAddress) -> ContinuousClock.Instant?) -> [Action] {
        var actions: [Action] = []
        for peer in peers {
            var watch = watches[peer, default: Watch()]
            if let pingedAt = watch.pingedAt {
                if let heard = lastHeard(peer), heard >= pingedAt {
                    if watch.isSilent { actions.append(.declareReturned(peer)) }
                    watch = Watch(pingedAt: now)
                } else if !watch.isSilent && now - pingedAt >= limit {
                    watch.isSilent = true
                    actions.append(.declareSilent(peer))
                }
            } else {
                watch.pingedAt = now
            }
            // Pings to a silent peer go on: a cut that heals must be noticed. The oldest unanswered one counts.
            actions.append(.ping(peer))
            watches[peer] = watch
        }
        return actions
    }
}
