import Synchronization

/// Fingerprints gathered from peers.
struct HandshakeState: Sendable {
    var own: ClusterFingerprint?
    var received: [PeerAddress: ClusterFingerprint] = [:]
}

/// Compares the fingerprints of a cluster. Pure.
package enum FingerprintComparison {
    /// Describes the ranks that differ from the first one, `nil` if none does.
    ///
    /// - Parameter fingerprints: One for each peer, by rank.
    package static func difference(in fingerprints: [(peer: PeerAddress, fingerprint: ClusterFingerprint)]) -> String? {
        guard let first = fingerprints.first else { return nil }
        func ranks(_ value: (ClusterFingerprint) -> UInt64) -> String? {
            let others = fingerprints.filter { value($0.fingerprint) != value(first.fingerprint) }
            guard !others.isEmpty else { return nil }
            return others.map { "\($0.peer) has \(String(value($0.fingerprint), radix: 16))" }.joined(separator: ", ")
                + ", \(first.peer) has \(String(value(first.fingerprint), radix: 16))"
        }
        var parts: [String] = []
        if let text = ranks(\.build) { parts.append("builds differ: \(text); start the same executable on all ranks") }
        if let text = ranks(\.numeric) {
            parts.append(
                "numeric fingerprints differ: \(text); these machines compute other bits: give all of them the same C library, the same build of "
                    + "OpenBLAS, and one CPU kernel")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}

extension ClusterActorSystem {
    /// Waits until peers are ready and checks that they run the same build and compute the same bits.
    ///
    /// Call it on every peer once its actors are hosted: when it returns, every peer's actors can be called. Lost messages are repeated.
    ///
    /// - Parameters:
    ///   - build: See `BuildFingerprint`.
    ///   - numeric: Checksum of a fixed computation.
    ///   - others: The peers to meet; nil for all.
    ///   - deadline: Time limit.
    /// - Throws: `TransportError` with code `mixedCluster` naming the ranks that differ (on every peer), `timedOut` naming the silent
    ///   ones; `CancellationError`.
    package func exchangeFingerprints(build: UInt64, numeric: UInt64, with others: [PeerAddress]? = nil, deadline: Duration) async throws {
        let others = others ?? transport.peers.filter { $0 != localPeer }
        let own = ClusterFingerprint(build: build, numeric: numeric)
        handshake.withLock { $0.own = own }
        let end = ContinuousClock.now + deadline
        var announceAt = ContinuousClock.now
        var pause = Duration.milliseconds(1)
        var isFirst = true
        while true {
            let received = handshake.withLock { $0.received }
            let missing = others.filter { received[$0] == nil }
            if missing.isEmpty && !isFirst {
                let all = (others + [localPeer]).sorted().map { (peer: $0, fingerprint: received[$0] ?? own) }
                if let difference = FingerprintComparison.difference(in: all) {
                    throw TransportError(code: .mixedCluster, message: difference)
                }
                return
            }
            guard .now < end else {
                throw TransportError(
                    code: .timedOut, message: "handshake: nothing from \(missing.map(\.description).joined(separator: ", ")) in \(deadline)"
                )
            }
            if .now >= announceAt {
                for peer in isFirst ? others : missing {
                    try transport.send(Frame.fingerprint(own, wantsAnswer: !isFirst).encoded(), to: peer)
                }
                isFirst = false
                announceAt = .now + .milliseconds(250)
                continue
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    func noteFingerprint(_ fingerprint: ClusterFingerprint, of peer: PeerAddress, wantsAnswer: Bool) {
        let own = handshake.withLock { state in
            state.received[peer] = fingerprint
            return state.own
        }
        // A peer that asks has not heard ours. A refused answer is asked for again.
        if wantsAnswer, let own { try? transport.send(Frame.fingerprint(own, wantsAnswer: false).encoded(), to: peer) }
    }
}
