import Synchronization

/// What heartbeats say of a peer.
package enum PeerEvent: Hashable, Sendable {
    /// Nothing came from the peer within the limit, though it was asked: its calls have failed with `peerLost`.
    case silent(PeerAddress)
    /// A silent peer is heard again; calls to it are admitted again.
    case returned(PeerAddress)
}

extension ClusterActorSystem {
    /// Pings all other peers every `interval`; peers that stay silent for `limit` are treated as lost until they are heard again.
    ///
    /// Pings are answered by the transports, so that a peer deep in arithmetic is not held for dead. Replaces an earlier start.
    ///
    /// - Parameters:
    ///   - interval: Time between pings.
    ///   - limit: Silence that counts as a loss. Above 10 s a short network cut is no loss.
    ///   - onEvent: Told of changes, after calls have failed or been admitted.
    package func startHeartbeats(interval: Duration, limit: Duration, onEvent: @escaping @Sendable (PeerEvent) -> Void) {
        let others = transport.peers.filter { $0 != localPeer }
        let task = Task.detached { [weak self, transport] in
            var monitor = PeerMonitor(peers: others, limit: limit)
            while !Task.isCancelled {
                for action in monitor.tick(at: .now, lastHeard: transport.lastHeard) {
                    guard let self else { return }
                    switch action {
                    case .ping(let peer): transport.ping(peer)
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
}
