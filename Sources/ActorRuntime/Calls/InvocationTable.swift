/// The calls this process is running for others: bounds each actor's mailbox and finds the task that a cancellation is for.
package struct InvocationTable<Invocation: Sendable>: Sendable {
    /// Names a call: call numbers are unique only within their caller.
    package struct Key: Hashable, Sendable {
        /// The caller.
        package let peer: PeerAddress
        /// The caller's number.
        package let id: CallID

        /// Creates a key.
        package init(peer: PeerAddress, id: CallID) {
            self.peer = peer
            self.id = id
        }
    }

    /// Why an invocation was not admitted.
    package enum Refusal: Error, Equatable, Sendable {
        /// The actor's mailbox is full.
        case overloaded(waiting: Int)
        /// The same call came twice.
        case duplicate
        /// The table was closed.
        case shutDown
    }

    private var invocations: [Key: (actor: String, invocation: Invocation)] = [:]
    private var mailboxes: [String: Int] = [:]
    private var isClosed = false
    private let maximumPerActor: Int

    /// Creates an empty table.
    ///
    /// - Parameter maximumPerActor: More calls at a time to one actor are refused.
    package init(maximumPerActor: Int) { self.maximumPerActor = maximumPerActor }

    /// Number of calls admitted and not ended.
    package var count: Int { invocations.count }

    /// Admits a call and keeps what `start` returns until `end`; `start` is not called for a refused one.
    ///
    /// - Throws: `Refusal`.
    package mutating func begin(_ key: Key, actor: String, start: () -> Invocation) throws(Refusal) {
        guard !isClosed else { throw .shutDown }
        guard invocations[key] == nil else { throw .duplicate }
        let waiting = mailboxes[actor, default: 0]
        guard waiting < maximumPerActor else { throw .overloaded(waiting: waiting) }
        mailboxes[actor] = waiting + 1
        invocations[key] = (actor, start())
    }

    /// The running invocation of a key.
    package func invocation(_ key: Key) -> Invocation? { invocations[key]?.invocation }

    /// All running invocations of one caller.
    package func invocations(from peer: PeerAddress) -> [Invocation] {
        invocations.filter { $0.key.peer == peer }.map(\.value.invocation)
    }

    /// Ends an invocation and frees its place.
    package mutating func end(_ key: Key) {
        guard let (actor, _) = invocations.removeValue(forKey: key) else { return }
        let waiting = mailboxes[actor, default: 1] - 1
        mailboxes[actor] = waiting == 0 ? nil : waiting
    }

    /// Refuses further calls; returns the running ones.
    package mutating func close() -> [Invocation] {
        isClosed = true
        return invocations.values.map(\.invocation)
    }
}
