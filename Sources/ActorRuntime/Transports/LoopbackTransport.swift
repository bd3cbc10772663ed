import Synchronization

/// One peer's end of a `LoopbackNetwork`.
package final class LoopbackTransport: Transport {
    private let network: LoopbackNetwork
    /// Stands in a structure: a function that is a mutex's own value is wrapped once more at every look, and each call goes through them all.
    private struct Hooks: Sendable {
        var fault: FaultHook?
    }

    private let hooks = Mutex(Hooks())
    /// This peer.
    package let localPeer: PeerAddress
    /// The largest frame in bytes.
    package let maximumFrameByteCount: Int
    /// All peers of the network.
    package var peers: [PeerAddress] { network.peers }
    /// What tests do to outgoing messages.
    package var faultHook: FaultHook? {
        get { hooks.withLock { $0.fault } }
        set { hooks.withLock { $0.fault = newValue } }
    }

    init(network: LoopbackNetwork, localPeer: PeerAddress, maximumFrameByteCount: Int) {
        self.network = network
        self.localPeer = localPeer
        self.maximumFrameByteCount = maximumFrameByteCount
    }

    /// See `Transport`.
    package func setFrameHandler(_ handler: FrameHandler?) { network.setHandler(handler, rank: localPeer.rank) }

    /// See `Transport`.
    package func send(_ frame: [UInt8], to peer: PeerAddress) throws(TransportError) {
        try check(peer)
        guard frame.count <= maximumFrameByteCount else {
            throw TransportError(
                code: .frameTooLarge, message: "a frame of \(frame.count) bytes to \(peer); the limit is \(maximumFrameByteCount)")
        }
        switch fate(of: .frame(frame, to: peer)) {
        case .deliver: try network.deliver(frame, from: localPeer, to: peer)
        case .drop: return
        case .replace(let other): try network.deliver(other, from: localPeer, to: peer)
        case .delay(let time):
            Task.detached { [network, localPeer] in
                try await Task.sleep(for: time)
                try network.deliver(frame, from: localPeer, to: peer)
            }
        }
    }

    /// See `Transport`.
    package func ping(_ peer: PeerAddress) {
        guard network.contains(peer) else { return }
        switch fate(of: .ping(to: peer)) {
        case .deliver, .replace: network.ping(from: localPeer, to: peer)
        case .drop: return
        case .delay(let time):
            Task.detached { [network, localPeer] in
                try await Task.sleep(for: time)
                network.ping(from: localPeer, to: peer)
            }
        }
    }

    /// See `Transport`.
    package func lastHeard(from peer: PeerAddress) -> ContinuousClock.Instant? {
        network.contains(peer) ? network.lastHeard(by: localPeer, from: peer) : nil
    }

    /// See `Transport`.
    package func sendBulk(_ buffer: BulkBuffer, to peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws {
        try check(peer)
        switch fate(of: .bulk(byteCount: buffer.byteCount, to: peer, tag: tag)) {
        case .deliver, .replace: break
        case .delay(let time): try await Task.sleep(for: time)
        case .drop:
            try await Task.sleep(for: deadline)
            throw TransportError(
                code: .timedOut, message: "bulk send of \(buffer.byteCount) bytes to \(peer), tag \(tag.rawValue): dropped")
        }
        try await network.transfer(buffer, isSend: true, source: localPeer, destination: peer, tag: tag, deadline: deadline)
    }

    /// See `Transport`.
    package func receiveBulk(into buffer: BulkBuffer, from peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws {
        try check(peer)
        try await network.transfer(buffer, isSend: false, source: peer, destination: localPeer, tag: tag, deadline: deadline)
    }

    private func fate(of message: OutgoingMessage) -> Fault { faultHook?(message) ?? .deliver }

    private func check(_ peer: PeerAddress) throws(TransportError) {
        guard network.contains(peer) else { throw TransportError(code: .unknownPeer, message: "\(peer) is not of this network") }
    }
}
