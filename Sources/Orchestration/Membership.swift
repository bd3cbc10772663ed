/// Who works for the run, and who may be given work: a state machine without clocks. Whoever watches (heartbeats, leases, operators) tells
/// it what happened.
///
/// ```
///  enlist          ready            suspect            lose
/// ────────► JOINING ────► LIVE ◄──────────► SUSPECT ────────► LOST      heard: a suspect or lost worker is what it was before
///                        │  ▲                 heard
///                  stall │  │ progress
///                        ▼  │
///                       STUCK                        dismiss                 leave
///             JOINING, LIVE, STUCK, SUSPECT, LOST ────────────► LEAVING ────────────► LEFT
/// ```
///
/// Silence, standing still and leaving are three things: a leaving worker can be silent, a silent one stuck. The state shown is the gravest.
///
/// - Invariant: ``invariantViolation()``. LEFT is final; numbers are never used twice.
package struct Membership: Sendable {
    package enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Started, not ready yet.
        case joining
        /// Takes work.
        case live
        /// Late with signs of life: keeps its work, gets no more.
        case suspect
        /// Gives signs of life, but its work stands still: its work is handed out again, it gets no more until it moves.
        case stuck
        /// Silent beyond the limit: its work is handed out again. It may come back.
        case lost
        /// Is to go: finishes what it holds, gets no more.
        case leaving
        /// Has gone, by order or by failing too often.
        case left
    }

    enum Service: Hashable, Sendable { case joining, serving, leaving, left }
    enum Hearing: Hashable, Sendable { case heard, suspect, lost }

    struct Member: Hashable, Sendable {
        var service = Service.joining
        var hearing = Hearing.heard
        var isStuck = false

        var state: State {
            switch (service, hearing) {
            case (.left, _): .left
            case (_, .lost): .lost
            case (_, .suspect): .suspect
            case (.leaving, _): .leaving
            case (.joining, _): .joining
            case (.serving, _): isStuck ? .stuck : .live
            }
        }
    }

    private(set) var members: [WorkerID: Member] = [:]
    private(set) var nextNumber = 0

    package init() {}

    /// Takes in a worker under a number of its own: JOINING.
    package mutating func enlist() -> WorkerID {
        let id = WorkerID(nextNumber)
        enlist(id)
        return id
    }

    /// Takes in a worker whose number is given: JOINING. Nothing happens if it is known.
    package mutating func enlist(_ worker: WorkerID) {
        nextNumber = max(nextNumber, worker.rawValue + 1)
        if members[worker] == nil { members[worker] = Member() }
    }

    /// The worker has all it needs. Returns whether its state changed; so do the following.
    @discardableResult
    package mutating func ready(_ worker: WorkerID) -> Bool {
        change(worker) { if $0.service == .joining { $0.service = .serving } }
    }

    /// The worker is late with signs of life.
    @discardableResult
    package mutating func suspect(_ worker: WorkerID) -> Bool {
        change(worker) { if $0.hearing == .heard { $0.hearing = .suspect } }
    }

    /// The worker is silent beyond the limit.
    @discardableResult
    package mutating func lose(_ worker: WorkerID) -> Bool { change(worker) { $0.hearing = .lost } }

    /// The worker is heard.
    @discardableResult
    package mutating func hear(_ worker: WorkerID) -> Bool { change(worker) { $0.hearing = .heard } }

    /// The worker's work stood still beyond its lease.
    @discardableResult
    package mutating func stall(_ worker: WorkerID) -> Bool { change(worker) { $0.isStuck = true } }

    /// The worker delivered or moved on.
    @discardableResult
    package mutating func progress(_ worker: WorkerID) -> Bool { change(worker) { $0.isStuck = false } }

    /// The worker is to go once it holds nothing.
    @discardableResult
    package mutating func dismiss(_ worker: WorkerID) -> Bool {
        change(worker) { if $0.service != .left { $0.service = .leaving } }
    }

    /// The worker has gone, for good.
    @discardableResult
    package mutating func leave(_ worker: WorkerID) -> Bool { change(worker) { $0.service = .left } }

    private mutating func change(_ worker: WorkerID, _ body: (inout Member) -> Void) -> Bool {
        guard var member = members[worker], member.service != .left else { return false }
        let before = member.state
        body(&member)
        members[worker] = member
        return member.state != before
    }

    /// The worker's state, or nil if it was never enlisted.
    package func state(of worker: WorkerID) -> State? { members[worker]?.state }

    /// Whether the worker may be given work.
    package func mayServe(_ worker: WorkerID) -> Bool { members[worker]?.state == .live }

    /// Whether the worker counts among those that the run has: it has not left, was not sent away, and is not lost.
    package func counts(_ worker: WorkerID) -> Bool {
        guard let member = members[worker] else { return false }
        return (member.service == .joining || member.service == .serving) && member.hearing != .lost
    }

    /// Whether the worker was sent away and has not left yet, heard or not.
    package func isLeaving(_ worker: WorkerID) -> Bool { members[worker]?.service == .leaving }

    /// Everybody who was ever enlisted, in order.
    package var workers: [WorkerID] { members.keys.sorted() }
}
