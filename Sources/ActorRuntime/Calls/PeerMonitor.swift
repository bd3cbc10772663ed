/// Tells silent peers from living ones. A value: the caller brings the time and what was heard.
///
/// A peer is silent if a ping was sent, nothing at all came since, and `limit` has passed; before that, from `suspectAfter` on, it is suspect.
/// Time alone does not count: a monitor that was itself stopped or starved must not declare everybody dead, so gaps between its own looks are
/// left out.
package struct PeerMonitor: Sendable {
    /// What the caller is to do.
    package enum Action: Equatable, Sendable {
        /// Send a ping.
        case ping(PeerAddress)
        /// The peer is late: give it nothing new.
        case declareSuspect(PeerAddress)
        /// The peer is silent: fail its calls.
        case declareSilent(PeerAddress)
        /// The peer was suspect or silent and is heard again.
        case declareReturned(PeerAddress)
    }

    private enum Standing { case heard, suspect, silent }

    private struct Watch: Sendable {
        var pingedAt: ContinuousClock.Instant
        var standing = Standing.heard
    }

    private var watches: [PeerAddress: Watch] = [:]
    private var lastTick: ContinuousClock.Instant?
    private let interval: Duration
    private let suspectAfter: Duration
    private let limit: Duration
    private var longestGap: Duration { max(interval * 2, limit / 4) }

    /// Creates a monitor.
    ///
    /// - Parameters:
    ///   - interval: Time between looks. Of a gap that is longer than twice of it and a quarter of the limit, one interval counts as silence.
    ///   - suspectAfter: Silence that makes a peer suspect.
    ///   - limit: Silence that counts as a loss.
    package init(interval: Duration, suspectAfter: Duration, limit: Duration) {
        self.interval = interval
        self.suspectAfter = min(suspectAfter, limit)
        self.limit = limit
    }

    /// Looks at all peers once.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - peers: Who is watched; others are forgotten.
    ///   - lastHeard: When anything last came from a peer.
    /// - Returns: What to do, in the order of `peers`.
    package mutating func tick(
        at now: ContinuousClock.Instant, peers: [PeerAddress], lastHeard: (PeerAddress) -> ContinuousClock.Instant?
    ) -> [Action] {
        if let lastTick, now - lastTick > longestGap {
            let gap = now - lastTick - interval
            for peer in watches.keys { watches[peer]?.pingedAt += gap }
        }
        lastTick = now
        if watches.count > peers.count {
            let watched = Set(peers)
            watches = watches.filter { watched.contains($0.key) }
        }
        var actions: [Action] = []
        for peer in peers {
            // Pings to a silent peer go on: a cut that heals must be noticed. The oldest unanswered one counts.
            defer { actions.append(.ping(peer)) }
            guard var watch = watches[peer] else {
                watches[peer] = Watch(pingedAt: now)
                continue
            }
            let silence = now - watch.pingedAt
            if let heard = lastHeard(peer), heard >= watch.pingedAt {
                if watch.standing != .heard { actions.append(.declareReturned(peer)) }
                watch = Watch(pingedAt: now)
            } else if watch.standing != .silent, silence >= limit {
                watch.standing = .silent
                actions.append(.declareSilent(peer))
            } else if watch.standing == .heard, silence >= suspectAfter {
                watch.standing = .suspect
                actions.append(.declareSuspect(peer))
            }
            watches[peer] = watch
        }
        return actions
    }
}
