import Synchronization

/// A transport that is as far from its peers as a network model says: frames, pings and bulk transfers arrive later, none is lost.
///
/// Frames between two peers keep their order, as on the transport underneath; for overtaking there is `Fault.delay`. Delays are of what leaves
/// this process: with every process behind one, a call and its answer take two latencies. A ping is answered by the other side's transport
/// underneath, so it waits for both ways here.
///
/// Bounded: frames of more than a limit of bytes on the way to a peer are refused as `overloaded`, as are pings beyond a few, silently. A bulk
/// transfer keeps its sender waiting. No thread is blocked: what is under way to a peer is one sleeping task.
package final class DelayedTransport: Transport {
    private struct Links: Sendable {
        var frames: [PeerAddress: DelayLine<[UInt8]>] = [:]
        var bulk: [PeerAddress: LinkClock] = [:]
        /// Peers whose frames a task carries.
        var carried: Set<PeerAddress> = []
        var pingCounts: [PeerAddress: Int] = [:]
        var failure: TransportError?
    }

    private static let maximumPingCount = 64
    /// How often a frame is offered to a full transport underneath, and how long it waits in between.
    private static let maximumOfferCount = 10_000
    private static let offerInterval = Duration.milliseconds(1)

    private let base: any Transport
    private let link: LinkModel
    private let seed: UInt64
    private let maximumByteCountPerPeer: Int
    private let links = Mutex(Links())

    /// - Parameters:
    ///   - base: What carries everything in the end.
    ///   - link: The delays.
    ///   - seed: Of the jitter.
    ///   - maximumByteCountPerPeer: Bytes of frames on the way to one peer; more are refused.
    package init(_ base: any Transport, link: LinkModel, seed: UInt64 = 0, maximumByteCountPerPeer: Int = 256 << 20) {
        self.base = base
        self.link = link
        self.seed = seed
        self.maximumByteCountPerPeer = maximumByteCountPerPeer
    }

    /// See `Transport`.
    package var localPeer: PeerAddress { base.localPeer }
    /// See `Transport`.
    package var peers: [PeerAddress] { base.peers }
    /// See `Transport`.
    package var maximumFrameByteCount: Int { base.maximumFrameByteCount }
    /// See `Transport`. The hook sees what the delay has passed.
    package var faultHook: FaultHook? {
        get { base.faultHook }
        set { base.faultHook = newValue }
    }

    /// See `Transport`.
    package func setFrameHandler(_ handler: FrameHandler?) { base.setFrameHandler(handler) }

    /// See `Transport`.
    package func lastHeard(from peer: PeerAddress) -> ContinuousClock.Instant? { base.lastHeard(from: peer) }

    // MARK: - Frames

    /// See `Transport`. An error of the transport underneath shows at the next send.
    package func send(_ frame: [UInt8], to peer: PeerAddress) throws(TransportError) {
        guard peers.contains(peer) else { throw TransportError(code: .unknownPeer, message: "\(peer) is not of this cluster") }
        guard frame.count <= maximumFrameByteCount else {
            throw TransportError(
                code: .frameTooLarge, message: "a frame of \(frame.count) bytes to \(peer); the limit is \(maximumFrameByteCount)")
        }
        let mustCarry = try links.withLock { links throws(TransportError) -> Bool in
            if let failure = links.failure {
                links.failure = nil
                throw failure
            }
            let byteCount = links.frames[peer]?.byteCount ?? 0
            guard byteCount + frame.count <= maximumByteCountPerPeer else {
                throw TransportError(code: .overloaded, message: "\(byteCount) bytes are on the way to \(peer)")
            }
            links.frames[peer, default: DelayLine(clock(to: peer, lane: 0))].insert(frame, byteCount: frame.count, at: .now)
            return links.carried.insert(peer).inserted
        }
        if mustCarry { Task.detached { await self.carry(to: peer) } }
    }

    private func clock(to peer: PeerAddress, lane: UInt64) -> LinkClock {
        var mixed = seed
        for part in [UInt64(localPeer.communicator), UInt64(localPeer.rank), UInt64(peer.communicator), UInt64(peer.rank), lane] {
            mixed = (mixed ^ part) &* 0x0000_0100_0000_01B3
        }
        return LinkClock(link, seed: mixed)
    }

    /// Hands frames on as they arrive, until none is under way.
    private func carry(to peer: PeerAddress) async {
        while let due = nextDue(to: peer) {
            try? await Task.sleep(until: due, clock: .continuous)
            for frame in takeFrames(to: peer) { await handOn(frame, to: peer) }
        }
    }

    private func nextDue(to peer: PeerAddress) -> ContinuousClock.Instant? {
        links.withLock { links in
            let due = links.frames[peer]?.nextDue
            if due == nil { links.carried.remove(peer) }
            return due
        }
    }

    private func takeFrames(to peer: PeerAddress) -> [[UInt8]] { links.withLock { $0.frames[peer]?.take(at: .now) ?? [] } }

    /// Waits while the transport underneath is full: the frames behind wait too, and in the end the senders are refused.
    private func handOn(_ frame: [UInt8], to peer: PeerAddress) async {
        for offer in 1...Self.maximumOfferCount {
            do {
                return try base.send(frame, to: peer)
            } catch  where error.code == .overloaded && offer < Self.maximumOfferCount {
                try? await Task.sleep(for: Self.offerInterval)
            } catch {
                return links.withLock { $0.failure = error }
            }
        }
    }

    // MARK: - Pings

    /// See `Transport`.
    package func ping(_ peer: PeerAddress) {
        let isAdmitted = links.withLock { links in
            guard links.pingCounts[peer, default: 0] < Self.maximumPingCount else { return false }
            links.pingCounts[peer, default: 0] += 1
            return true
        }
        guard isAdmitted else { return }
        Task.detached { [link, base, weak self] in
            try? await Task.sleep(for: link.latency * 2)
            base.ping(peer)
            self?.links.withLock { $0.pingCounts[peer, default: 1] -= 1 }
        }
    }

    // MARK: - Bulk transfers

    /// See `Transport`. The deadline counts from the call.
    package func sendBulk(_ buffer: BulkBuffer, to peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws {
        let now = ContinuousClock.now
        let due = links.withLock { $0.bulk[peer, default: clock(to: peer, lane: 1)].due(byteCount: buffer.byteCount, at: now) }
        guard due < now + deadline else {
            try await Task.sleep(until: now + deadline, clock: .continuous)
            throw TransportError(
                code: .timedOut,
                message:
                    "bulk send of \(buffer.byteCount) bytes to \(peer), tag \(tag.rawValue): the link needs \(due - now), more than \(deadline)"
            )
        }
        try await Task.sleep(until: due, clock: .continuous)
        try await base.sendBulk(buffer, to: peer, tag: tag, deadline: deadline - (ContinuousClock.now - now))
    }

    /// See `Transport`.
    package func receiveBulk(into buffer: BulkBuffer, from peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws {
        try await base.receiveBulk(into: buffer, from: peer, tag: tag, deadline: deadline)
    }
}
