/// Why an MPI operation failed: what it was, and why.
package struct MPIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The closed set of reasons.
    package enum Reason: Hashable, Sendable {
        /// MPI refused or failed, with its own text.
        case mpi(code: Int32, text: String)
        /// The deadline passed. The operation is abandoned; its memory is kept until MPI lets go of it.
        case timedOut
        /// The waiting task was cancelled; otherwise as `timedOut`.
        case cancelled
        /// A message of another size than expected came.
        case sizeMismatch(received: Int)
        /// MPI does not run in this process (not started, started twice, or shut down).
        case notRunning(String)
        /// An argument is out of range.
        case invalid(String)
        /// An earlier collective on the communicator was abandoned: its members no longer agree on what comes next.
        case brokenCommunicator
    }

    /// The operation's name: "send", "receive", "all-reduce".
    package let operation: String
    /// Rank of the other side, where there is one.
    package let peer: Int?
    /// Tag of the message, where there is one.
    package let tag: Int32?
    /// Size of the buffer in bytes.
    package let byteCount: Int
    /// What went wrong.
    package let reason: Reason

    /// Operation, peer, tag, bytes and reason in one line.
    package var description: String {
        var text = "MPI \(operation)"
        if let peer { text += ", peer \(peer)" }
        if let tag { text += ", tag \(tag)" }
        text += ", \(byteCount) bytes: "
        switch reason {
        case .mpi(let code, let message): text += "\(message) (code \(code))"
        case .timedOut: text += "the deadline passed"
        case .cancelled: text += "the waiting task was cancelled"
        case .sizeMismatch(let received): text += "\(received) bytes came"
        case .notRunning(let why): text += "MPI is not running: \(why)"
        case .invalid(let why): text += why
        case .brokenCommunicator: text += "an earlier collective on this communicator was abandoned"
        }
        return text
    }
}

/// What an operation is about, for its errors.
struct OperationContext: Sendable {
    let operation: String
    var peer: Int?
    var tag: Int32?
    var byteCount = 0

    func error(_ reason: MPIError.Reason) -> MPIError {
        MPIError(operation: operation, peer: peer, tag: tag, byteCount: byteCount, reason: reason)
    }
}
