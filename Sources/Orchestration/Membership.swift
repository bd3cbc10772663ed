/// Who is there: workers with the times at which they were last heard and last made progress.
///
/// A worker is live, then suspect (given nothing), then lost (its leases end). A heartbeat makes a suspect live again; a lost worker must
/// join anew. Times are any monotonic clock's, given by the caller.
package struct Membership: Sendable {
    package enum State: String, Codable, Hashable, Sendable {
        case live
        case suspect
        case lost
    }

    /// A change that the passage of time or a message made.
    package enum Event: Hashable, Sendable {
        case suspected(WorkerID)
        case recovered(WorkerID)
        case lost(WorkerID)
    }

    private struct Member: Sendable {
        var state: State
        var heardAt: Duration
        var progress: Int
        var progressedAt: Duration
    }

    /// Silence after which a worker is suspect.
    package let suspectAfter: Duration
    /// Silence after which a worker is lost.
    package let lostAfter: Duration
    private var members: [WorkerID: Member] = [:]
    private var nextID = 0

    /// - Precondition: `0 < suspectAfter < lostAfter`.
    package init(suspectAfter: Duration, lostAfter: Duration) {
        precondition(.zero < suspectAfter && suspectAfter < lostAfter, "suspect after \(suspectAfter), lost after \(lostAfter)")
        self.suspectAfter = suspectAfter
        self.lostAfter = lostAfter
    }

    /// Takes in a worker and gives it a number of its own.
    package mutating func join(at now: Duration) -> WorkerID {
        defer { nextID += 1 }
        let id = WorkerID(nextID)
        members[id] = Member(state: .live, heardAt: now, progress: 0, progressedAt: now)
        return id
    }

    /// A worker was heard. Nil for an unknown or lost worker, which must join anew, and where nothing changed.
    @discardableResult
    package mutating func heard(from worker: WorkerID, at now: Duration) -> Event? {
        guard var member = members[worker], member.state != .lost else { return nil }
        let wasSuspect = member.state == .suspect
        member.heardAt = max(member.heardAt, now)
        member.state = .live
        members[worker] = member
        return wasSuspect ? .recovered(worker) : nil
    }

    /// A worker was heard with its progress counter (tokens, annotations), which tells live from stuck.
    @discardableResult
    package mutating func heard(from worker: WorkerID, progress: Int, at now: Duration) -> Event? {
        if var member = members[worker], member.state != .lost, progress != member.progress {
            member.progress = progress
            member.progressedAt = max(member.progressedAt, now)
            members[worker] = member
        }
        return heard(from: worker, at: now)
    }

    /// A worker left or its connection broke: it is lost at once. Nil if it was lost or unknown before.
    package mutating func leave(_ worker: WorkerID) -> Event? {
        guard let member = members[worker], member.state != .lost else { return nil }
        members[worker]?.state = .lost
        return .lost(worker)
    }

    /// Applies the deadlines that have passed at `now`, in order of worker.
    package mutating func advance(to now: Duration) -> [Event] {
        var events: [Event] = []
        for worker in members.keys.sorted() {
            guard let member = members[worker] else { continue }
            let silence = now - member.heardAt
            if member.state != .lost, silence >= lostAfter {
                members[worker]?.state = .lost
                events.append(.lost(worker))
            } else if member.state == .live, silence >= suspectAfter {
                members[worker]?.state = .suspect
                events.append(.suspected(worker))
            }
        }
        return events
    }

    /// The worker's state, or nil if it never joined.
    package func state(of worker: WorkerID) -> State? { members[worker]?.state }

    /// Workers in a state, in order.
    package func workers(in state: State) -> [WorkerID] { members.filter { $0.value.state == state }.keys.sorted() }

    /// Workers that are heard but whose progress counter hasn't moved for `limit`, in order. Idle workers are for the caller to leave out.
    package func stalled(for limit: Duration, at now: Duration) -> [WorkerID] {
        members.filter { $0.value.state != .lost && now - $0.value.progressedAt >= limit }.keys.sorted()
    }

    /// The next time at which ``advance(to:)`` has something to say, or nil.
    package var nextDeadline: Duration? {
        members.values.compactMap { member in
            switch member.state {
            case .live: member.heardAt + suspectAfter
            case .suspect: member.heardAt + lostAfter
            case .lost: nil
            }
        }.min()
    }
}
