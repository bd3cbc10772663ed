package import ActorRuntime
package import MessagePassing
import Synchronization

/// The transport of a cluster of MPI ranks: `Transport` on two private duplicates of a communicator and, for processes that were spawned
/// while the job runs, on the intercommunicator between them and the process that spawned them.
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

    /// Where a group of peers is reached.
    private struct Channel: Sendable {
        let control: Communicator
        let bulk: Communicator
        /// Added to the tags of bulk transfers, which share an intercommunicator with the control lane.
        let bulkTagOffset: Int32
    }

    private struct State: Sendable {
        var handler: FrameHandler?
        var queued: [(PeerAddress, [UInt8])] = []
        var channels: [UInt32: Channel] = [:]
        var peers: [PeerAddress] = []
        var lastHeard: [PeerAddress: ContinuousClock.Instant] = [:]
        var queuedByteCounts: [PeerAddress: Int] = [:]
        /// Pings that MPI has not taken yet: a dead peer's would pile up for ever.
        var queuedPingCounts: [PeerAddress: Int] = [:]
        var hook: FaultHook?
    }

    private let state: Mutex<State>
    private let maximumQueuedByteCount: Int
    /// Pings on the way to one peer; more are not sent.
    private static let maximumQueuedPingCount = 8
    /// Number of the launch.
    private let generation: UInt32
    /// This rank.
    package let localPeer: PeerAddress
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
            localPeer: PeerAddress(generation: generation, rank: control.rank), maximumFrameByteCount: maximumFrameByteCount,
            maximumQueuedByteCount: maximumQueuedByteCount)
        await transport.open(Channel(control: control, bulk: bulk, bulkTagOffset: 0), number: 0, size: control.size)
        return transport
    }

    /// Connects a spawned process with the one that spawned it, its only peer.
    ///
    /// - Parameters:
    ///   - parent: The intercommunicator to that process.
    ///   - number: The batch's number, as that process counts them: 1 for the first.
    ///   - generation: Number of the launch, for the addresses.
    /// - Returns: The transport: `peers` are rank 0 of the world and this process.
    package static func join(
        _ parent: Communicator, number: UInt32, generation: UInt32 = 0, maximumFrameByteCount: Int = defaultMaximumFrameByteCount,
        maximumQueuedByteCount: Int = 256 << 20
    ) async -> MPITransport {
        let transport = MPITransport(
            localPeer: PeerAddress(generation: generation, communicator: number, rank: parent.rank),
            maximumFrameByteCount: maximumFrameByteCount, maximumQueuedByteCount: maximumQueuedByteCount)
        await transport.open(Channel(control: parent, bulk: parent, bulkTagOffset: spawnedBulkTagOffset), number: 0, size: 1)
        transport.state.withLock { $0.peers.append(transport.localPeer) }
        return transport
    }

    private static let spawnedBulkTagOffset: Int32 = 16

    private init(localPeer: PeerAddress, maximumFrameByteCount: Int, maximumQueuedByteCount: Int) {
        self.localPeer = localPeer
        generation = localPeer.generation
        self.maximumFrameByteCount = maximumFrameByteCount
        self.maximumQueuedByteCount = maximumQueuedByteCount
        state = Mutex(State())
    }

    /// Takes in a batch of spawned processes.
    ///
    /// - Parameters:
    ///   - batch: The intercommunicator to them.
    ///   - number: The batch's number: 1 for the first, one more each time.
    /// - Returns: Their addresses, in rank order.
    @discardableResult
    package func admit(_ batch: Communicator, number: UInt32) async -> [PeerAddress] {
        await open(Channel(control: batch, bulk: batch, bulkTagOffset: Self.spawnedBulkTagOffset), number: number, size: batch.size)
        return (0..<batch.size).map { PeerAddress(generation: generation, communicator: number, rank: $0) }
    }

    private func open(_ channel: Channel, number: UInt32, size: Int) async {
        let generation = generation
        state.withLock { state in
            state.channels[number] = channel
            state.peers += (0..<size).map { PeerAddress(generation: generation, communicator: number, rank: $0) }
        }
        await channel.control.listen(tag: Self.controlTag) { [weak self] source, bytes in
            self?.receive(bytes, from: PeerAddress(generation: generation, communicator: number, rank: source))
        }
    }

    /// All processes that this one can reach, and itself; grows with each batch of spawned ones.
    package var peers: [PeerAddress] { state.withLock { $0.peers } }

    /// The bulk lane of the world; nil in a spawned process.
    var worldBulk: Communicator? { localPeer.communicator == 0 ? state.withLock { $0.channels[0]?.bulk } : nil }

    private func channel(to peer: PeerAddress) throws(TransportError) -> Channel {
        let channel = state.withLock { state in peer.generation == generation ? state.channels[peer.communicator] : nil }
        guard let channel, (0..<channel.control.size).contains(peer.rank) else {
            throw TransportError(code: .unknownPeer, message: "\(peer) is not of this job")
        }
        return channel
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
        _ = try channel(to: peer)
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
        state.withLock { $0.lastHeard[peer] }
    }

    private func post(_ kind: Kind, _ bytes: [UInt8], to peer: PeerAddress) throws(TransportError) {
        let channel = try channel(to: peer)
        let size = bytes.count + 1
        let queued = state.withLock { state -> Int? in
            let queued = state.queuedByteCounts[peer, default: 0]
            guard queued + size <= maximumQueuedByteCount else { return queued }
            if kind == .ping {
                guard state.queuedPingCounts[peer, default: 0] < Self.maximumQueuedPingCount else { return queued }
                state.queuedPingCounts[peer, default: 0] += 1
            }
            state.queuedByteCounts[peer] = queued + size
            return nil
        }
        if let queued {
            throw TransportError(code: .overloaded, message: "\(queued) bytes are on the way to \(peer), which does not take them")
        }
        channel.control.post(.copy(prefix: kind.rawValue, bytes), to: peer.rank, tag: Self.controlTag) { [weak self] _ in
            self?.state.withLock { state in
                state.queuedByteCounts[peer, default: size] -= size
                if kind == .ping { state.queuedPingCounts[peer, default: 1] -= 1 }
            }
        }
    }

    /// On the MPI thread.
    private func receive(_ bytes: UnsafeRawBufferPointer, from peer: PeerAddress) {
        guard let first = bytes.first else { return }
        let frame = Array(bytes.dropFirst())
        let handler = state.withLock { state -> FrameHandler? in
            state.lastHeard[peer] = .now
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
        let channel = try channel(to: peer)
        switch fate(of: .bulk(byteCount: buffer.byteCount, to: peer, tag: tag)) {
        case .deliver, .replace: break
        case .delay(let time): try await Task.sleep(for: time)
        case .drop:
            try await Task.sleep(for: deadline)
            throw TransportError(
                code: .timedOut, message: "bulk send of \(buffer.byteCount) bytes to \(peer), tag \(tag.rawValue): dropped")
        }
        do throws(MPIError) {
            try await channel.bulk.send(
                buffer.region, to: peer.rank, tag: Self.bulkTag(tag, channel), isSynchronous: true, deadline: deadline)
        } catch {
            throw translated(error)
        }
    }

    /// See `Transport`.
    package func receiveBulk(into buffer: BulkBuffer, from peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws {
        let channel = try channel(to: peer)
        do throws(MPIError) {
            try await channel.bulk.receive(into: buffer.region, from: peer.rank, tag: Self.bulkTag(tag, channel), deadline: deadline)
        } catch {
            throw translated(error)
        }
        state.withLock { $0.lastHeard[peer] = .now }
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

    private static func bulkTag(_ tag: BulkTag, _ channel: Channel) -> Tag { Tag(Int32(tag.rawValue) + channel.bulkTagOffset) }
}

extension BulkBuffer {
    /// The buffer's memory, which keeps the buffer alive.
    package var region: MemoryRegion { MemoryRegion(baseAddress: baseAddress, byteCount: byteCount, owner: self) }
}
