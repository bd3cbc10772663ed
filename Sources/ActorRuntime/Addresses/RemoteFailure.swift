/// Why a distributed call failed, as the caller sees it.
///
/// Errors thrown by a remote method lose their type on the wire and keep their text (code `thrown`).
package struct RemoteFailure: Error, Hashable, Codable, Sendable, CustomStringConvertible {
    /// What went wrong. The set is closed; raw values are the wire form.
    package enum Code: UInt8, Codable, Sendable, CaseIterable {
        /// The method threw; `message` is its error's text.
        case thrown = 1
        /// No answer came before the call's deadline.
        case timedOut = 2
        /// The callee's task was cancelled (a caller that is itself cancelled gets `CancellationError`).
        case cancelled = 3
        /// No actor of that name lives at the peer.
        case unknownActor = 4
        /// The actor has no such distributed method: ranks run different builds.
        case unknownTarget = 5
        /// Too many calls to the peer or the actor, or too many bytes queued. Try again later.
        case overloaded = 6
        /// The peer stopped answering heartbeats.
        case peerLost = 7
        /// The actor system was shut down.
        case shutDown = 8
        /// The arguments or the result exceed the largest frame; tensors belong on the bulk lane.
        case frameTooLarge = 9
        /// Arguments or result could not be encoded or decoded.
        case undecodable = 10
        /// The transport refused the frame.
        case transport = 11
        /// The name belongs to an actor of another type, or is taken already.
        case wrongActor = 12
    }

    /// What went wrong.
    package let code: Code
    /// For people: what happened, and the numbers that matter.
    package let message: String
    /// Name of the called actor.
    package let actor: String
    /// Mangled name of the called method; empty where none was involved.
    package let target: String
    /// Rank of the callee.
    package let rank: Int
    /// True if the same call may succeed later. Whether repeating it is safe is the method's own promise (idempotency).
    package let isRetryable: Bool

    /// Creates a failure; `isRetryable` follows the code unless it is given.
    package init(
        code: Code, message: String, actor: String = "", target: String = "", rank: Int, isRetryable: Bool? = nil
    ) {
        self.code = code
        self.message = message
        self.actor = actor
        self.target = target
        self.rank = rank
        self.isRetryable = isRetryable ?? [.timedOut, .overloaded, .peerLost].contains(code)
    }

    /// One line with code, actor, rank and message.
    package var description: String {
        let place = actor.isEmpty ? "rank \(rank)" : "\(actor) at rank \(rank)"
        return "\(code) (\(place)): \(message)" + (target.isEmpty ? "" : " [\(target)]")
    }
}

/// An error that says whether the same call may succeed later; the advice crosses ranks in `RemoteFailure.isRetryable`.
package protocol RetryAdvising: Error {
    /// True if repeating the call later may succeed.
    var isRetryable: Bool { get }
}
