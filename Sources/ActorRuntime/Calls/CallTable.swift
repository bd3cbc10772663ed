/// The calls this process waits for. A value without locks or tasks: every way a call can end (reply, deadline, cancellation, peer
/// loss, shutdown) takes the waiter out of the table, so exactly one of them gets to resume it.
package struct CallTable<Waiter: Sendable>: Sendable {
    private struct Entry: Sendable {
        let peer: PeerAddress
        let name: String
        let startedAt: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant
        let waiter: Waiter
    }

    /// Why a call was not admitted.
    package enum Refusal: Error, Equatable, Sendable {
        /// The bound on calls in flight to the peer is reached.
        case overloaded(inFlight: Int)
        /// The peer is held for lost.
        case peerLost
        /// The table was closed.
        case shutDown
    }

    private var entries: [CallID: Entry] = [:]
    private var deadlines = DeadlineHeap<CallID>()
    private var inFlight: [PeerAddress: Int] = [:]
    private var lost: Set<PeerAddress> = []
    private var isClosed = false
    private let maximumInFlightPerPeer: Int

    /// Creates an empty table.
    ///
    /// - Parameter maximumInFlightPerPeer: More calls to one peer are refused.
    package init(maximumInFlightPerPeer: Int) { self.maximumInFlightPerPeer = maximumInFlightPerPeer }

    /// Number of calls waiting.
    package var count: Int { entries.count }

    /// Admits a call.
    ///
    /// - Parameters:
    ///   - waiter: Who is resumed when it ends.
    ///   - id: Its number.
    ///   - name: What is asked of whom, for people.
    ///   - peer: The callee.
    ///   - now: The time.
    ///   - deadline: When it ends at the latest.
    /// - Throws: `Refusal`; the waiter is then the caller's to resume.
    package mutating func insert(
        _ waiter: Waiter, id: CallID, name: String = "", to peer: PeerAddress, at now: ContinuousClock.Instant = .now,
        deadline: ContinuousClock.Instant
    ) throws(Refusal) {
        guard !isClosed else { throw .shutDown }
        guard !lost.contains(peer) else { throw .peerLost }
        let count = inFlight[peer, default: 0]
        guard count < maximumInFlightPerPeer else { throw .overloaded(inFlight: count) }
        inFlight[peer] = count + 1
        entries[id] = Entry(peer: peer, name: name, startedAt: now, deadline: deadline, waiter: waiter)
        deadlines.insert(id, at: deadline)
        if deadlines.count > 2 * entries.count + 256 {
            let live = entries
            deadlines.compact { live[$0] != nil }
        }
    }

    /// The calls that wait for an answer, oldest first, at most `limit` of them.
    package func pending(limit: Int) -> [PendingCall] {
        entries.values.sorted { $0.startedAt < $1.startedAt }.prefix(limit).map {
            PendingCall(peer: $0.peer, name: $0.name, startedAt: $0.startedAt, deadline: $0.deadline)
        }
    }

    /// Takes out the call that `peer` answered; `nil` if it has ended already or was made to somebody else.
    package mutating func takeAnswered(_ id: CallID, by peer: PeerAddress) -> Waiter? {
        guard entries[id]?.peer == peer else { return nil }
        return remove(id)
    }

    /// Takes out a call whose caller was cancelled; `nil` if it has ended already.
    package mutating func takeCancelled(_ id: CallID) -> Waiter? { remove(id) }

    /// Takes out all calls whose deadline is not after `now`, earliest first.
    package mutating func takeExpired(at now: ContinuousClock.Instant) -> [(id: CallID, peer: PeerAddress, waiter: Waiter)] {
        var result: [(id: CallID, peer: PeerAddress, waiter: Waiter)] = []
        while let earliest = deadlines.earliest, earliest.at <= now {
            deadlines.popEarliest()
            guard let entry = entries[earliest.key] else { continue }
            _ = remove(earliest.key)
            result.append((earliest.key, entry.peer, entry.waiter))
        }
        return result
    }

    /// Marks `peer` as lost and takes out all calls to it, in call order.
    package mutating func lose(_ peer: PeerAddress) -> [Waiter] {
        lost.insert(peer)
        let ids = entries.filter { $0.value.peer == peer }.keys.sorted { $0.rawValue < $1.rawValue }
        return ids.compactMap { remove($0) }
    }

    /// Admits calls to `peer` again.
    package mutating func restore(_ peer: PeerAddress) { lost.remove(peer) }

    /// Closes the table and takes out all calls, in call order.
    package mutating func close() -> [Waiter] {
        isClosed = true
        return entries.keys.sorted { $0.rawValue < $1.rawValue }.compactMap { remove($0) }
    }

    /// The earliest deadline of a waiting call.
    package mutating func nextDeadline() -> ContinuousClock.Instant? {
        while let earliest = deadlines.earliest {
            if entries[earliest.key] != nil { return earliest.at }
            deadlines.popEarliest()
        }
        return nil
    }

    private mutating func remove(_ id: CallID) -> Waiter? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        inFlight[entry.peer, default: 1] -= 1
        return entry.waiter
    }
}

/// A call that waits for its answer: what `percept status` shows of it.
package struct PendingCall: Sendable {
    /// Who is asked.
    package let peer: PeerAddress
    /// What is asked of which actor.
    package let name: String
    package let startedAt: ContinuousClock.Instant
    /// When the wait ends at the latest.
    package let deadline: ContinuousClock.Instant
}
