import Glibc
import Synchronization

/// A cluster inside one process: hands out one transport for each peer.
///
/// Semantics are MPI's: frames between two peers stay in order, a bulk send completes when it is matched, and a peer that is gone
/// gives no error, only silence.
package final class LoopbackNetwork: Sendable {
    private struct State: Sendable {
        var handlers: [FrameHandler?]
        var queued: [[(PeerAddress, [UInt8])]]
        var lastHeard: [[ContinuousClock.Instant?]]
        var gone: Set<Int> = []
        var sends: [Route: [BulkOffer]] = [:]
        var receives: [Route: [BulkOffer]] = [:]
        var peers: [PeerAddress] = []

        mutating func addPeer() -> Int {
            let rank = peers.count
            peers.append(PeerAddress(rank: rank))
            handlers.append(nil)
            queued.append([])
            for listener in lastHeard.indices { lastHeard[listener].append(nil) }
            lastHeard.append(Array(repeating: nil, count: peers.count))
            return rank
        }
    }

    private struct Route: Hashable, Sendable {
        let source: Int
        let destination: Int
        let tag: BulkTag
    }

    /// Frames that wait for a peer without a handler; more are refused.
    private static let maximumQueuedFrameCount = 16_384

    private let state: Mutex<State>
    private let maximumFrameByteCount: Int
    /// The addresses of all peers, by rank.
    package var peers: [PeerAddress] { state.withLock { $0.peers } }

    /// Creates a network.
    ///
    /// - Parameters:
    ///   - peerCount: Number of peers, at least 1.
    ///   - maximumFrameByteCount: Larger frames are refused.
    package init(peerCount: Int, maximumFrameByteCount: Int = defaultMaximumFrameByteCount) {
        precondition(peerCount >= 1, "a network of \(peerCount) peers")
        self.maximumFrameByteCount = maximumFrameByteCount
        var state = State(handlers: [], queued: [], lastHeard: [])
        for _ in 0..<peerCount { _ = state.addPeer() }
        self.state = Mutex(state)
    }

    func contains(_ peer: PeerAddress) -> Bool {
        peer == PeerAddress(rank: peer.rank) && state.withLock { $0.peers.indices.contains(peer.rank) }
    }

    /// Lets one more peer in and returns its rank.
    package func addPeer() -> Int { state.withLock { $0.addPeer() } }

    /// The transport of one peer.
    package func transport(rank: Int) -> LoopbackTransport {
        LoopbackTransport(network: self, localPeer: peers[rank], maximumFrameByteCount: maximumFrameByteCount)
    }

    /// Silences a peer for ever, as if its process had been killed.
    package func disconnect(rank: Int) { state.withLock { _ = $0.gone.insert(rank) } }

    func setHandler(_ handler: FrameHandler?, rank: Int) {
        while true {
            let batch = state.withLock { state in
                let batch = state.queued[rank]
                state.queued[rank] = []
                // The handler goes live only when nothing is left to overtake.
                if batch.isEmpty || handler == nil { state.handlers[rank] = handler }
                return handler == nil ? [] : batch
            }
            guard !batch.isEmpty, let handler else { return }
            for (source, frame) in batch { handler(source, frame) }
        }
    }

    func deliver(_ frame: [UInt8], from source: PeerAddress, to destination: PeerAddress) throws(TransportError) {
        let isFull = state.withLock { state -> Bool? in
            guard !state.gone.contains(source.rank), !state.gone.contains(destination.rank) else { return nil }
            state.lastHeard[destination.rank][source.rank] = .now
            if state.handlers[destination.rank] != nil { return false }
            guard state.queued[destination.rank].count < Self.maximumQueuedFrameCount else { return true }
            state.queued[destination.rank].append((source, frame))
            return nil
        }
        guard let isFull else { return }
        guard !isFull else {
            throw TransportError(code: .overloaded, message: "\(Self.maximumQueuedFrameCount) frames wait for \(destination)")
        }
        let handler = state.withLock { $0.handlers[destination.rank] }
        handler?(source, frame)
    }

    func ping(from source: PeerAddress, to destination: PeerAddress) {
        state.withLock { state in
            guard !state.gone.contains(source.rank), !state.gone.contains(destination.rank) else { return }
            state.lastHeard[source.rank][destination.rank] = .now
            state.lastHeard[destination.rank][source.rank] = .now
        }
    }

    func lastHeard(by listener: PeerAddress, from peer: PeerAddress) -> ContinuousClock.Instant? {
        state.withLock { $0.lastHeard[listener.rank][peer.rank] }
    }

    // MARK: - Bulk lane

    /// One end of a transfer that waits for the other. Whoever takes it out of its queue resumes it.
    private final class BulkOffer: Sendable {
        let buffer: BulkBuffer
        let wait = SingleResume()
        init(_ buffer: BulkBuffer) { self.buffer = buffer }
    }

    func transfer(
        _ buffer: BulkBuffer, isSend: Bool, source: PeerAddress, destination: PeerAddress, tag: BulkTag, deadline: Duration
    ) async throws {
        let route = Route(source: source.rank, destination: destination.rank, tag: tag)
        let offer = BulkOffer(buffer)
        let partner = state.withLock { state -> BulkOffer? in
            guard !state.gone.contains(source.rank), !state.gone.contains(destination.rank) else { return nil }
            let opposite: WritableKeyPath<State, [Route: [BulkOffer]]> = isSend ? \.receives : \.sends
            if var queue = state[keyPath: opposite][route], !queue.isEmpty {
                let first = queue.removeFirst()
                state[keyPath: opposite][route] = queue.isEmpty ? nil : queue
                return first
            }
            if isSend { state.sends[route, default: []].append(offer) } else { state.receives[route, default: []].append(offer) }
            return nil
        }
        if let partner {
            let (from, to) = isSend ? (buffer, partner.buffer) : (partner.buffer, buffer)
            let receiverResult = Self.copy(from, into: to, route: "\(source) to \(destination), tag \(tag.rawValue)")
            // The sender's part is done once it is matched, whatever the receiver makes of it.
            partner.wait.finish(isSend ? receiverResult : .success(()))
            if !isSend { try receiverResult.get() }
            return
        }
        let verb = isSend ? "send" : "receive"
        let expiry = Task.detached { [self] in
            try await Task.sleep(for: deadline)
            let error = TransportError(
                code: .timedOut,
                message:
                    "bulk \(verb) of \(buffer.byteCount) bytes, \(source) to \(destination), tag \(tag.rawValue): no partner in \(deadline)"
            )
            withdraw(offer, route: route, isSend: isSend, error: error)
        }
        defer { expiry.cancel() }
        try await withTaskCancellationHandler {
            try await offer.wait.wait()
        } onCancel: {
            withdraw(offer, route: route, isSend: isSend, error: CancellationError())
        }
    }

    private func withdraw(_ offer: BulkOffer, route: Route, isSend: Bool, error: any Error) {
        let isOurs = state.withLock { state -> Bool in
            // A send to or from a peer that is gone was never queued, so nobody else can take it.
            guard !state.gone.contains(route.source), !state.gone.contains(route.destination) else { return true }
            let side: WritableKeyPath<State, [Route: [BulkOffer]]> = isSend ? \.sends : \.receives
            guard let index = state[keyPath: side][route]?.firstIndex(where: { $0 === offer }) else { return false }
            state[keyPath: side][route]?.remove(at: index)
            if state[keyPath: side][route]?.isEmpty == true { state[keyPath: side][route] = nil }
            return true
        }
        if isOurs { offer.wait.finish(.failure(error)) }
    }

    private static func copy(_ source: BulkBuffer, into destination: BulkBuffer, route: String) -> Result<Void, any Error> {
        guard source.byteCount == destination.byteCount else {
            return .failure(
                TransportError(
                    code: .sizeMismatch, message: "bulk \(route): \(source.byteCount) bytes sent, \(destination.byteCount) expected"))
        }
        memcpy(destination.baseAddress, source.baseAddress, source.byteCount)
        return .success(())
    }
}

/// The largest frame unless a transport is told otherwise: 16 MiB.
package let defaultMaximumFrameByteCount = 16 << 20
