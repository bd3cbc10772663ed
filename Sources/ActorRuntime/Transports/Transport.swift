/// Moves bytes between the processes of a cluster, on two lanes.
///
/// *Frames* are small control messages: bounded in size, kept in order between two peers, received by one handler.
/// *Bulk* transfers move raw memory between two buffers whose owners agreed on a tag and a size by a call; a bulk send returns
/// when the receiver has matched it, so neither lane hides an unbounded queue.
///
/// A peer that has died gives no error: frames to it vanish, transfers run into their deadline. Liveness is told by `lastHeard`.
/// All methods may be called from any executor and never block a thread.
package protocol Transport: AnyObject, Sendable {
    /// This process.
    var localPeer: PeerAddress { get }
    /// All processes that this one can reach, and itself, in the order in which they came. Grows when processes join; nobody is taken out:
    /// whoever has left stays silent.
    var peers: [PeerAddress] { get }
    /// The largest frame in bytes.
    var maximumFrameByteCount: Int { get }
    /// What tests do to frames and transfers that leave this process; `nil` delivers all.
    var faultHook: FaultHook? { get set }

    /// Names the one receiver of frames, and hands over those that came before. Replaces an earlier receiver; `nil` queues frames again.
    ///
    /// The handler runs on the transport's own thread (or the sender's, on loopback): it must return quickly and not block.
    func setFrameHandler(_ handler: FrameHandler?)

    /// Queues a frame for `peer` and returns at once.
    ///
    /// - Throws: `TransportError` with code `frameTooLarge`, `overloaded` (too many bytes queued), `unknownPeer` or `closed`.
    func send(_ frame: [UInt8], to peer: PeerAddress) throws(TransportError)

    /// Asks `peer` for a sign of life, which its transport gives without help from its actors. The answer shows in `lastHeard`.
    func ping(_ peer: PeerAddress)

    /// When anything last came from `peer`, `nil` if nothing did.
    func lastHeard(from peer: PeerAddress) -> ContinuousClock.Instant?

    /// Sends a whole buffer to the peer that receives `tag` from us; returns when the receiver has it.
    ///
    /// - Throws: `TransportError` with code `timedOut`, `unknownPeer`, `closed` or `failed`; `CancellationError`.
    func sendBulk(_ buffer: BulkBuffer, to peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws

    /// Fills a whole buffer with what `peer` sends for `tag`. Transfers of one tag and one direction are matched in order.
    ///
    /// - Throws: `TransportError` with code `sizeMismatch` if another number of bytes was sent, `timedOut`, `unknownPeer`, `closed`
    ///   or `failed`; `CancellationError`.
    func receiveBulk(into buffer: BulkBuffer, from peer: PeerAddress, tag: BulkTag, deadline: Duration) async throws
}

/// Receives frames: sender and bytes.
package typealias FrameHandler = @Sendable (PeerAddress, [UInt8]) -> Void

/// Decides what happens to something about to leave this process.
package typealias FaultHook = @Sendable (OutgoingMessage) -> Fault

/// What a fault hook sees.
package enum OutgoingMessage: Sendable {
    /// A control frame.
    case frame([UInt8], to: PeerAddress)
    /// A request for a sign of life.
    case ping(to: PeerAddress)
    /// A bulk transfer.
    case bulk(byteCount: Int, to: PeerAddress, tag: BulkTag)

    /// The addressee.
    package var peer: PeerAddress {
        switch self {
        case .frame(_, let peer), .ping(let peer), .bulk(_, let peer, _): peer
        }
    }
}

/// What a fault hook may order.
package enum Fault: Sendable {
    /// Nothing: the message goes its way.
    case deliver
    /// The message is lost; a bulk send then runs into its deadline.
    case drop
    /// The message goes out later; frames behind it overtake it.
    case delay(Duration)
    /// Another frame goes out instead; only for frames.
    case replace([UInt8])
}

/// Why a transport could not do what it was asked.
package struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed set of reasons.
    package enum Code: String, Sendable {
        case frameTooLarge, overloaded, unknownPeer, closed, timedOut, sizeMismatch, failed, fingerprint, mixedCluster
    }

    /// What went wrong.
    package let code: Code
    /// For people: operation, peer, tag, sizes.
    package let message: String

    /// Creates an error.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    package var description: String { "transport: \(code.rawValue): \(message)" }
}
