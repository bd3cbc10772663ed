package import Synchronization

/// What an actor system has seen, for logs and tests. Counters only grow.
package final class ActorSystemCounters: Sendable {
    /// Calls made to other processes.
    package let calls = Atomic<Int>(0)
    /// Frames that failed the checks and were dropped.
    package let corruptFrames = Atomic<Int>(0)
    /// Answers to calls that had ended already.
    package let lateAnswers = Atomic<Int>(0)
    /// Calls that ran into their deadline.
    package let timeouts = Atomic<Int>(0)
    /// Calls refused here because of a full mailbox or too many in flight.
    package let refusals = Atomic<Int>(0)
    /// Calls that came twice and ran once.
    package let duplicates = Atomic<Int>(0)
    /// Answers that the transport refused to send.
    package let lostReplies = Atomic<Int>(0)

    init() {}
}
