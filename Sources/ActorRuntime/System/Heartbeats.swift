import Synchronization

/// What heartbeats say of a peer.
package enum PeerEvent: Hashable, Sendable {
    /// Nothing came from the peer for a while, though it was asked.
    case suspect(PeerAddress)
    /// Nothing came from the peer within the limit, though it was asked: its calls have failed with `peerLost`.
    case silent(PeerAddress)
    /// A suspect or silent peer is heard again; calls to it are admitted again.
    case returned(PeerAddress)
}

extension ClusterActorSystem {
    /// Pings peers every `interval`; those that stay silent for `limit` are treated as lost until they are heard again.
    ///
    /// Pings are answered by the transports, so that a peer deep in arithmetic is not held for dead. Peers that join later are pinged too,
    /// retired ones are not. Replaces an earlier start.
    ///
    /// - Parameters:
    ///   - peers: Whom to ping; nil for all others, those that join later too.
    ///   - interval: Time between pings.
    ///   - suspectAfter: Silence that makes a peer suspect; three intervals, but at most half the limit, unless it is given.
    ///   - limit: Silence that counts as a loss. Above 10 s a short network cut is no loss.
    ///   - onEvent: Told of changes, after calls have failed or been admitted.
    package func startHeartbeats(
        peers: [PeerAddress]? = nil, interval: Duration, suspectAfter: Duration? = nil, limit: Duration,
        onEvent: @escaping @Sendable (PeerEvent) -> Void
    ) {
        let suspectAfter = suspectAfter ?? min(interval * 3, limit / 2)
        let task = Task.detached { [weak self, transport] in
            var monitor = PeerMonitor(interval: interval, suspectAfter: suspectAfter, limit: limit)
            while !Task.isCancelled {
                guard let watched = self?.watched(peers) else { return }
                for action in monitor.tick(at: .now, peers: watched, lastHeard: transport.lastHeard) {
                    guard let self else { return }
                    switch action {
                    case .ping(let peer): transport.ping(peer)
                    case .declareSuspect(let peer): onEvent(.suspect(peer))
                    case .declareSilent(let peer):
                        peerLost(peer)
                        onEvent(.silent(peer))
                    case .declareReturned(let peer):
                        peerReturned(peer)
                        onEvent(.returned(peer))
                    }
                }
                do { try await Task.sleep(for: interval) } catch { return }
            }
        }
        heartbeat.withLock { current in
            current?.cancel()
            current = task
        }
    }

    /// Ends the watch over a peer that has left: its silence is no event, and calls to it fail.
    package func retire(_ peer: PeerAddress) {
        retired.withLock { _ = $0.insert(peer) }
        peerLost(peer)
    }

    private func watched(_ peers: [PeerAddress]?) -> [PeerAddress] {
        let retired = retired.withLock { $0 }
        return (peers ?? transport.peers).filter { $0 != localPeer && !retired.contains($0) }
    }
}
