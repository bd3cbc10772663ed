import Synchronization

/// A rank's word to all others, before they have met, that it will not come.
package struct StartRefusal: Hashable, Sendable {
    /// Who will not come.
    package let peer: PeerAddress
    /// The exit code with which it ends.
    package let code: Int32

    package init(peer: PeerAddress, code: Int32) {
        self.peer = peer
        self.code = code
    }
}

/// What a rank makes of refusals: nothing once it has met the others, from when on a loss is the run's business.
struct RefusalState: Sendable {
    var hasMet = false
    var handler: (@Sendable (StartRefusal) -> Void)?
}

extension ClusterActorSystem {
    /// Tells all other ranks that this one ends before they have met: else they would wait for it. Nothing is said once they have.
    ///
    /// - Parameter code: The exit code with which this rank ends, and by which the others end.
    package func refuseStart(code: Int32) {
        guard !refusals.withLock({ $0.hasMet }) else { return }
        let frame = Frame.refusal(code: code).encoded()
        for peer in transport.peers where peer != transport.localPeer { try? transport.send(frame, to: peer) }
    }

    /// Calls `handler` on the transport's thread if another rank ends before all have met.
    package func onRefusal(_ handler: (@Sendable (StartRefusal) -> Void)?) { refusals.withLock { $0.handler = handler } }

    /// Whether this rank still waits for the others.
    package var isMeeting: Bool { refusals.withLock { !$0.hasMet } }

    /// From now on a rank that ends is the run's business.
    package func haveMet() { refusals.withLock { $0 = RefusalState(hasMet: true) } }

    func noteRefusal(_ code: Int32, from peer: PeerAddress) {
        refusals.withLock { $0.handler }?(StartRefusal(peer: peer, code: code))
    }
}
