package import Trajectories

/// A response whose rewards of a user's own are to be had.
package struct RewardRequest: Codable, Hashable, Sendable {
    package let trajectory: TrajectoryID
    package let question: RewardQuestion
    /// The names of the parts that are asked, in the rubric's order.
    package let parts: [String]

    package init(trajectory: TrajectoryID, question: RewardQuestion, parts: [String]) {
        self.trajectory = trajectory
        self.question = question
        self.parts = parts
    }
}

/// What came of a ``RewardRequest``.
package struct RewardAnswer: Codable, Hashable, Sendable {
    package let trajectory: TrajectoryID
    /// By the name of the part.
    package let values: [String: OwnRewardValue]

    package init(trajectory: TrajectoryID, values: [String: OwnRewardValue]) {
        self.trajectory = trajectory
        self.values = values
    }
}

/// The queue of responses to the rewards of a user's own: which is with which judge rank, until when, and what came back.
///
/// A response comes here once its verdicts are known, and asks for the parts that no log knows. The first answer counts: a value that is unknown stays
/// so, because whoever asks has tried as often as the configuration says. Work of an expired lease or a lost rank waits again.
///
/// - Invariant: ``invariantViolation()``. Each request is answered once.
package struct RewardDispatch: Sendable {
    private enum State {
        case waiting
        case inFlight(worker: WorkerID, deadline: Duration)
        case answered
    }

    private struct Entry {
        let request: RewardRequest
        var values: [String: OwnRewardValue]
        var state: State

        /// The parts that are asked.
        var open: [String] { request.parts.filter { values[$0] == nil } }
    }

    private let limits: JudgeLimits
    private var entries: [TrajectoryID: Entry] = [:]
    private var waiting: Set<TrajectoryID> = []
    private var held: [WorkerID: Set<TrajectoryID>] = [:]

    package init(limits: JudgeLimits) { self.limits = limits }

    /// Queues a response, or answers it at once if all its values are known. Idempotent by id: false if it was queued before.
    ///
    /// - Parameter known: what needs not be asked, by part.
    @discardableResult
    package mutating func enqueue(_ request: RewardRequest, known: [String: OwnRewardValue] = [:]) -> Bool {
        guard entries[request.trajectory] == nil else { return false }
        let entry = Entry(request: request, values: known, state: .waiting)
        entries[request.trajectory] = entry
        move(request.trajectory, to: entry.open.isEmpty ? .answered : .waiting)
        return true
    }

    /// The one place where states change.
    private mutating func move(_ trajectory: TrajectoryID, to state: State) {
        switch entries[trajectory]?.state {
        case .waiting: waiting.remove(trajectory)
        case .inFlight(let worker, _):
            held[worker]?.remove(trajectory)
            if held[worker]?.isEmpty == true { held[worker] = nil }
        case .answered, nil: break
        }
        switch state {
        case .waiting: waiting.insert(trajectory)
        case .inFlight(let worker, _): held[worker, default: []].insert(trajectory)
        case .answered: break
        }
        entries[trajectory]?.state = state
    }

    /// The next requests for a judge rank, in id order within its bound.
    package mutating func take(for worker: WorkerID, at now: Duration) -> [RewardRequest] {
        let room = max(0, min(limits.batchSize, limits.inFlightPerWorker - inFlightCount(of: worker)))
        guard room > 0, !waiting.isEmpty else { return [] }
        let taken = Array(waiting.sorted().prefix(room))
        for trajectory in taken { move(trajectory, to: .inFlight(worker: worker, deadline: now + limits.leaseDuration)) }
        return taken.compactMap { id in
            entries[id].map { RewardRequest(trajectory: id, question: $0.request.question, parts: $0.open) }
        }
    }

    /// A rank shows that it is at work: all its leases are extended.
    package mutating func renew(_ worker: WorkerID, at now: Duration) {
        for trajectory in held[worker] ?? [] {
            entries[trajectory]?.state = .inFlight(worker: worker, deadline: now + limits.leaseDuration)
        }
    }

    /// What became of an answer.
    package enum Delivery: Hashable, Sendable {
        case accepted
        /// There was an answer; `matches` tells whether it was the same.
        case duplicate(matches: Bool)
        /// No such request, or one that was forgotten.
        case unknown
    }

    /// Values arrived. A part that the answer leaves out is unknown. Idempotent: keyed by the trajectory.
    package mutating func deliver(_ values: [String: OwnRewardValue], for trajectory: TrajectoryID) -> Delivery {
        guard var entry = entries[trajectory] else { return .unknown }
        if case .answered = entry.state {
            return .duplicate(matches: values.allSatisfy { entry.values[$0.key]?.value == $0.value.value })
        }
        for part in entry.open { entry.values[part] = values[part] ?? .unknown("the rank that was asked gave no answer") }
        entries[trajectory] = entry
        move(trajectory, to: .answered)
        return .accepted
    }

    /// Puts requests whose lease has run out back to waiting.
    ///
    /// - Returns: their ids, in order, with the ranks that held them.
    package mutating func expire(at now: Duration) -> [(trajectory: TrajectoryID, worker: WorkerID)] {
        var ended: [(trajectory: TrajectoryID, worker: WorkerID)] = []
        for (worker, trajectories) in held {
            for trajectory in trajectories {
                if case .inFlight(_, let deadline) = entries[trajectory]?.state, deadline <= now { ended.append((trajectory, worker)) }
            }
        }
        ended.sort { $0.trajectory < $1.trajectory }
        for (trajectory, _) in ended { move(trajectory, to: .waiting) }
        return ended
    }

    /// Puts all requests of a lost rank back to waiting.
    package mutating func lose(_ worker: WorkerID) { for trajectory in held[worker] ?? [] { move(trajectory, to: .waiting) } }

    /// Forgets the requests of groups that are released, answered or not.
    package mutating func forget(_ groups: [GroupID], members: Int) {
        for group in groups {
            for member in 0..<members {
                let trajectory = TrajectoryID(group: group, member: member)
                guard entries[trajectory] != nil else { continue }
                move(trajectory, to: .answered)
                entries[trajectory] = nil
            }
        }
    }

    /// The request about a trajectory.
    package func request(for trajectory: TrajectoryID) -> RewardRequest? { entries[trajectory]?.request }

    /// The values of a trajectory by part, or nil if there are none yet.
    package func values(for trajectory: TrajectoryID) -> [String: OwnRewardValue]? {
        guard let entry = entries[trajectory], case .answered = entry.state else { return nil }
        return entry.values
    }

    /// Whether a part of a request is still to be answered.
    package func isOpen(_ trajectory: TrajectoryID) -> Bool {
        guard let entry = entries[trajectory] else { return false }
        if case .answered = entry.state { return false }
        return true
    }

    /// Requests that wait for a rank.
    package var queueDepth: Int { waiting.count }
    /// Requests that ranks hold.
    package var inFlightCount: Int { held.values.reduce(0) { $0 + $1.count } }
    /// Requests that `worker` holds.
    package func inFlightCount(of worker: WorkerID) -> Int { held[worker]?.count ?? 0 }

    /// What is out of order, or nil.
    package func invariantViolation() -> String? {
        for (id, entry) in entries {
            switch entry.state {
            case .waiting: guard waiting.contains(id) else { return "\(id) waits and is not queued" }
            case .inFlight(let worker, _): guard held[worker]?.contains(id) == true else { return "\(id) is held and nobody holds it" }
            case .answered: guard entry.open.isEmpty else { return "\(id) is answered and has no \(entry.open)" }
            }
        }
        let count = entries.values.count { if case .answered = $0.state { false } else { true } }
        return waiting.count + inFlightCount == count ? nil : "\(count) requests are open, \(waiting.count) wait, \(inFlightCount) are held"
    }
}
