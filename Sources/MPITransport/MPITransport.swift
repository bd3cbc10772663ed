package import ActorRuntime
package import MessagePassing
import Synchronization

/// The transport of a cluster of MPI ranks: `Transport` on two private duplicates of a communicator.
///
/// Pings are answered on the MPI thread, whatever the rest of the process is doing. Bulk sends are synchronous (they complete when
/// matched), so that both lanes behave as on loopback and no unbounded queue hides in MPI.
package final class MPITransport: Transport {
    private static let controlTag = Tag(1)
    /// First byte of a message of the control lane.
    private enum Kind: UInt8 {
        case frame = 0
        case ping = 1
        case pong = 2
    }

    private struct State: Sendable {
        var handler: FrameHandler?
        var queued: [(PeerAddress, [UInt8])] = []
        var lastHeard: [ContinuousClock.Instant?]
        var queuedByteCounts: [Int]
        var hook: FaultHook?
    }

    private let control: Communicator
    let bulk: Communicator
    private let state: Mutex<State>
    private let maximumQueuedByteCount: Int
    /// This rank.
    package let localPeer: PeerAddress
    /// All ranks.
    package let peers: [PeerAddress]
    /// The largest frame in bytes.
    package let maximumFrameByteCount: Int

    /// Connects all ranks of `communicator`; collective.
    ///
    /// - Parameters:
    ///   - communicator: The ranks, usually the world.
    ///   - generation: Number of the launch, for the addresses.
    ///   - maximumFrameByteCount: Larger frames are refused.
    ///   - maximumQueuedByteCount: Frames on the way to one peer; more are refused as overload.
    ///   - deadline: Time limit for all ranks to come here.
    /// - Returns: The transport.
    /// - Throws: `MPIError`.
    package static func connect(
        _ communicator: Communicator, generation: UInt32 = 0, maximumFrameByteCount: Int = defaultMaximumFrameByteCount,
        maximumQueuedByteCount: Int = 256 << 20, deadline: Duration = .seconds(60)
    ) async throws(MPIError) -> MPITransport {
        let control = try await communicator.duplicate(deadline: deadline)
        let bulk = try await communicator.duplicate(deadline: deadline)
        let transport = MPITransport(
            control: control, bulk: bulk, generation: generation, maximumFrameByteCount: maximumFrameByteCount,
            maximumQueuedByteCount: maximumQueuedByteCount)
        await control.listen(tag: controlTag) { [weak transport] source, bytes in transport?.receive(bytes, from: source) }
        return transport
    }

    private init(control: Communicator, bulk: Communicator, generation: UInt32, maximumFrameByteCount: Int, maximumQueuedByteCount: Int) {
        self.control = control
        self.bulk = bulk
        self.maximumFrameByteCount = maximumFrameByteCount
        self.maximumQueuedByteCount = maximumQueuedByteCount
        peers = (0..<control.size).map { PeerAddress(generation: generation, rank: $0) }
        localPeer = peers[control.rank]
        state = Mutex(
            State(lastHeard: Array(repeating: nil, count: control.size), queuedByteCounts: Array(repeating: 0, count: control.size)))
    }

    /// What tests do to outgoing messages.
    package var faultHook: FaultHook? {
        get { state.withLock { $0.hook } }
        set { state.withLock { $0.hook = newValue } }
    }

    // MARK: - Frames

    /// See `Transport`.
    package func setFrameHandler(_ handler: FrameHandler?) {
        while true {
            let batch = state.withLock { state -> [(PeerAddress, [UInt8])] in
                guard handler != nil, !state.queued.isEmpty else {
                    // The handler goes live only when nothing is left to overtake.
                    state.handler = handler
                    return []
                }
                defer { state.queued = [] }
                return state.queued
            }
            guard !batch.isEmpty, let handler else { return }
            for (source, frame) in batch { handler(source, frame) }
        }
    }

    /// See `Transport`.
    package func send(_ frame: [UInt8], to peer: PeerAddress) throws(TransportError) {
        try check(peer)
        guard frame.count <= maximumFrameByteCount else {
            throw TransportError(
                code: .frameTooLarge, message: "a frame of \(frame.count) bytes to \(peer); the limit is \(maximumFrameByteCount)")
        }
        switch fate(of: .frame(frame, to: peer)) {
        case .deliver: try post(.frame, frame, to: peer)
        case .drop: return
        case .replace(let other): try post(.frame, other, to: peer)
        case .delay(let time):
            Task.detached { [self] in
                try await Task.sleep(for: time)
                try post(.frame, frame, to: peer)
            }
        }
    }

    /// See `Transport`.
    package func ping(_ peer: PeerAddress) {
        guard peers.contains(peer) else { return }
        switch fate(of: .ping(to: peer)) {
        // A ping that finds the queue full is like one that is lost.
        case .deliver, .replace: try? post(.ping, [], to: peer)
        case .drop: return
        case .delay(let time):
            Task.detached { [self] in
                try await Task.sleep(for: time)
                try post(.ping, [], to: peer)
            }
        }
    }

    /// See `Transport`.
    package func lastHeard(from peer: PeerAddress) -> ContinuousClock.Instant? {
        peers.contains(peer) ? state.withLock { $0.lastHeard[peer.rank] } : nil
    }

    private func post(_ kind: Kind, _ bytes: [UInt8], to peer: PeerAddress) throws(TransportError) {
        let size = bytes.count + 1
        let queued = state.withLock { state -> Int? in
            let queued = state.queuedByteCounts[peer.rank]
            guard queued + size <= maximumQueuedByteCount else { return queued }
            state.queuedByteCounts[peer.rank] += size
            return nil
        }
        if let queued {
            throw TransportError(code: .overloaded, message: "\(queued) bytes are on the way to \(peer), which does not take them")
        }
        control.post(.copy(prefix: kind.rawValue, bytes), to: peer.rank, tag: Self.controlTag) { [weak self] _ in
            self?.state.withLock { $0.queuedByteCounts[peer.rank] -= size }
        }
    }

    /// On the MPI thread.
    private func receive(_ bytes: UnsafeRawBufferPointer, from rank: Int) {
        guard let first = bytes.first else { return }
        let peer = peers[rank]
        let frame = Array(bytes.dropFirst())
        let handler = state.withLock { state -> FrameHandler? in
            state.lastHeard[rank] = .now
            guard first == Kind.frame.rawValue else { return nil }
            if state.handler == nil { state.queued.append((peer, frame)) }
            return state.handler
        }
        if first == Kind.ping.rawValue { try? post(.pong, [], to: peer) }
        handler?(peer, frame)
    }

    // MARK: - Bulk

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
        do throws(MPIError) {
            try await bulk.send(
                buffer.region, to: peer.rank, tag: Tag(Int32(tag.rawValue)), isSynchronous: true, deadline: deadline)
        } catch {
            throw translated(error)
        }
    }

    /// See `Transport`.
    package func receiveBulk(into buffer: BulkBuffer, from peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws {
        try check(peer)
        do throws(MPIError) {
            try await bulk.receive(into: buffer.region, from: peer.rank, tag: Tag(Int32(tag.rawValue)), deadline: deadline)
        } catch {
            throw translated(error)
        }
        state.withLock { $0.lastHeard[peer.rank] = .now }
    }

    private func translated(_ error: MPIError) -> any Error {
        let code: TransportError.Code
        switch error.reason {
        case .cancelled: return CancellationError()
        case .timedOut: code = .timedOut
        case .sizeMismatch: code = .sizeMismatch
        case .notRunning: code = .closed
        case .mpi, .invalid, .brokenCommunicator: code = .failed
        }
        return TransportError(code: code, message: error.description)
    }

    private func fate(of message: OutgoingMessage) -> Fault { faultHook?(message) ?? .deliver }

    private func check(_ peer: PeerAddress) throws(TransportError) {
        guard peers.contains(peer) else { throw TransportError(code: .unknownPeer, message: "\(peer) is not of this job") }
    }
}

extension BulkBuffer {
    /// The buffer's memory, which keeps the buffer alive.
    package var region: MemoryRegion { MemoryRegion(baseAddress: baseAddress, byteCount: byteCount, owner: self) }
}
