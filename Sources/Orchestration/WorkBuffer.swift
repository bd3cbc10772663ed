package import Trajectories

/// The groups in work: who samples what, until when, and what has come back.
///
/// ```
///            assign                 last member in          last verdict in           release
/// WAITING ────────────► IN_FLIGHT ────────────────► SAMPLED ────────────────► JUDGED ───────────────► slot free
///    ▲                      │ lease expired, worker lost
///    └──────────────────────┘
/// ```
///
/// Trajectories are a pure function of their assignment, so the first answer counts whoever sent it and however late it comes; later
/// answers are compared with it by content hash. A group is handed out only once its policy version is published, and that version is
/// fixed by its step: a stale group can't be born. A slot stays taken until its group is released.
///
/// - Invariant: ``invariantViolation()``. Each member is accepted at most once.
package struct WorkBuffer: Sendable {
    /// Where a group stands.
    package enum Phase: Hashable, Sendable {
        case waiting
        case inFlight(worker: WorkerID, deadline: Duration)
        case sampled
        case judged
    }

    /// A group handed to a worker.
    package struct Lease: Hashable, Sendable {
        package let assignment: GroupAssignment
        /// The members that haven't come back yet, ascending.
        package let missingMembers: [Int]
        /// 1 for the first hand-out.
        package let attempt: Int
        package let deadline: Duration
    }

    /// What became of a delivered trajectory.
    package enum Delivery: Hashable, Sendable {
        /// The first of its id. `completesGroup` if it was the last of its group.
        case accepted(completesGroup: Bool)
        /// Another of the same id is there already; `matches` tells whether it had the same content.
        case duplicate(matches: Bool)
        /// No such group or member, or too long gone to compare.
        case unknown
    }

    /// Running totals.
    package struct Counters: Codable, Hashable, Sendable {
        /// Hand-outs, the repeated ones included.
        package var issued = 0
        /// Leases that ran out.
        package var expired = 0
        /// Leases that ended because their worker was lost.
        package var orphaned = 0
        package var accepted = 0
        package var duplicates = 0
        /// `rollout/duplicate_mismatch`: a bad core or a broken promise.
        package var duplicateMismatches = 0
        package var unknown = 0
        package var released = 0
    }

    struct Entry: Sendable {
        let assignment: GroupAssignment
        var phase: Phase
        var attempt: Int
        /// Content hash of each member that came back.
        var hashes: [[UInt8]?]
        var isMemberJudged: [Bool]
    }

    /// Groups that may be in work at a time: (S + 1) * P.
    package let slotCount: Int
    /// The fixed lag; nil where any version is right (validation, evaluation).
    package let staleness: Staleness?
    /// How long a worker may go without progress.
    package let leaseDuration: Duration
    /// The newest version that workers can get.
    package private(set) var publishedVersion: PolicyVersion
    package private(set) var counters = Counters()
    private(set) var entries: [GroupID: Entry] = [:]
    private(set) var index = WorkIndex()
    /// The hashes of groups that were released lately, so that late duplicates are still compared; bounded by `slotCount`.
    private(set) var retired: [GroupID: [[UInt8]?]] = [:]
    private(set) var retiredOrder: [GroupID] = []

    /// - Precondition: `slotCount > 0`, `leaseDuration > 0`.
    package init(slotCount: Int, staleness: Staleness?, leaseDuration: Duration, publishedVersion: PolicyVersion = PolicyVersion(0)) {
        precondition(slotCount > 0 && leaseDuration > .zero, "\(slotCount) slots, leases of \(leaseDuration)")
        self.slotCount = slotCount
        self.staleness = staleness
        self.leaseDuration = leaseDuration
        self.publishedVersion = publishedVersion
    }

    // MARK: - Groups in and out

    /// Groups in work.
    package var takenSlotCount: Int { entries.count }
    /// Groups that may be added.
    package var freeSlotCount: Int { slotCount - entries.count }

    /// Adds groups, all or none.
    /// - Throws: ``OrchestrationError``: `noFreeSlot`, `duplicateGroup`, or `wrongVersion` if the version isn't the one of the group's step.
    package mutating func add(_ assignments: [GroupAssignment]) throws(OrchestrationError) {
        guard assignments.count <= freeSlotCount else {
            throw OrchestrationError(.noFreeSlot, "\(assignments.count) groups for \(freeSlotCount) free slots of \(slotCount)")
        }
        var names: Set<GroupID> = []
        for assignment in assignments {
            guard entries[assignment.group] == nil, retired[assignment.group] == nil, names.insert(assignment.group).inserted else {
                throw OrchestrationError(.duplicateGroup, "\(assignment.group) is planned twice")
            }
            if let staleness, assignment.version != staleness.version(for: assignment.group.step) {
                throw OrchestrationError(
                    .wrongVersion,
                    "\(assignment.group) must be sampled by version \(staleness.version(for: assignment.group.step).rawValue), not \(assignment.version.rawValue)"
                )
            }
            guard assignment.memberCount > 0 else { throw OrchestrationError(.wrongState, "\(assignment.group) has no members") }
        }
        for assignment in assignments {
            index.move(assignment, from: nil, to: .waiting)
            entries[assignment.group] = Entry(
                assignment: assignment, phase: .waiting, attempt: 0, hashes: Array(repeating: nil, count: assignment.memberCount),
                isMemberJudged: Array(repeating: false, count: assignment.memberCount))
        }
    }

    /// Workers can get `version` from now on.
    package mutating func publish(_ version: PolicyVersion) { publishedVersion = max(publishedVersion, version) }

    /// Frees the slots of judged groups that were trained.
    /// - Throws: ``OrchestrationError``: `unknownIdentifier`, or `wrongState` if a group isn't judged yet; then nothing is freed.
    package mutating func release(_ groups: [GroupID]) throws(OrchestrationError) {
        for group in groups {
            guard let entry = entries[group] else { throw OrchestrationError(.unknownIdentifier, "\(group) is not in work") }
            guard entry.phase == .judged else { throw OrchestrationError(.wrongState, "\(group) is released before it is judged") }
        }
        for group in groups { retire(group) }
    }

    private mutating func retire(_ group: GroupID) {
        guard let entry = entries.removeValue(forKey: group) else { return }
        index.move(entry.assignment, from: entry.phase, to: nil)
        counters.released += 1
        retired[group] = entry.hashes
        retiredOrder.append(group)
        if retiredOrder.count > slotCount { retired[retiredOrder.removeFirst()] = nil }
    }

    /// How many groups wait for a worker, are with one, and wait for verdicts.
    package var phaseCounts: (waiting: Int, inFlight: Int, sampled: Int) {
        entries.values.reduce(into: (0, 0, 0)) { counts, entry in
            switch entry.phase {
            case .waiting: counts.0 += 1
            case .inFlight: counts.1 += 1
            case .sampled: counts.2 += 1
            case .judged: break
            }
        }
    }

    // MARK: - Sampling

    /// Hands the first waiting group, in id order, whose version is published to `worker`; nil if there is none.
    ///
    /// - Parameters:
    ///   - versions: The versions that the worker has; nil if it has all that are published.
    package mutating func assign(to worker: WorkerID, holding versions: Set<PolicyVersion>? = nil, at now: Duration) -> Lease? {
        let published = publishedVersion
        let first = index.takeFirst {
            $0 <= published && versions?.contains($0) ?? true
        } isWaiting: {
            entries[$0]?.phase == .waiting
        }
        guard let group = first else { return nil }
        entries[group]?.attempt += 1
        move(group, to: .inFlight(worker: worker, deadline: now + leaseDuration))
        guard let entry = entries[group] else { return nil }
        counters.issued += 1
        return Lease(
            assignment: entry.assignment, missingMembers: entry.hashes.indices.filter { entry.hashes[$0] == nil }, attempt: entry.attempt,
            deadline: now + leaseDuration)
    }

    /// The one place where phases change.
    private mutating func move(_ group: GroupID, to phase: Phase) {
        guard let entry = entries[group] else { return }
        index.move(entry.assignment, from: entry.phase, to: phase)
        entries[group]?.phase = phase
    }

    /// `worker` made progress on `group`. False if it no longer holds the lease.
    @discardableResult
    package mutating func renew(_ group: GroupID, by worker: WorkerID, at now: Duration) -> Bool {
        guard case .inFlight(worker, let deadline) = entries[group]?.phase else { return false }
        entries[group]?.phase = .inFlight(worker: worker, deadline: max(deadline, now + leaseDuration))
        return true
    }

    /// A finished trajectory arrived. Idempotent: keyed by its id; a delivery renews its worker's lease.
    ///
    /// - Parameters:
    ///   - trajectory: The id.
    ///   - contentHash: Of everything that the trajectory determines; equal content gives equal bytes.
    ///   - worker: Who sent it, lease or not.
    ///   - now: The time.
    package mutating func deliver(_ trajectory: TrajectoryID, contentHash: [UInt8], from worker: WorkerID, at now: Duration) -> Delivery {
        let known = entries[trajectory.group]?.hashes ?? retired[trajectory.group]
        guard let known, known.indices.contains(trajectory.member) else {
            counters.unknown += 1
            return .unknown
        }
        renew(trajectory.group, by: worker, at: now)
        if let first = known[trajectory.member] {
            counters.duplicates += 1
            if first != contentHash { counters.duplicateMismatches += 1 }
            return .duplicate(matches: first == contentHash)
        }
        guard var entry = entries[trajectory.group] else {
            // Not in work any more, and too long gone to compare.
            counters.unknown += 1
            return .unknown
        }
        entry.hashes[trajectory.member] = contentHash
        let isComplete = entry.hashes.allSatisfy { $0 != nil }
        entries[trajectory.group] = entry
        if isComplete { move(trajectory.group, to: .sampled) }
        counters.accepted += 1
        return .accepted(completesGroup: isComplete)
    }

    /// Puts groups whose lease has run out back to waiting.
    /// - Returns: The groups, in order, with the workers that held them.
    /// - Complexity: O(groups in flight).
    package mutating func expire(at now: Duration) -> [(group: GroupID, worker: WorkerID)] {
        var ended: [(group: GroupID, worker: WorkerID)] = []
        for (worker, groups) in index.held {
            for group in groups {
                if case .inFlight(_, let deadline) = entries[group]?.phase, deadline <= now { ended.append((group, worker)) }
            }
        }
        ended.sort { $0.group < $1.group }
        for (group, _) in ended { move(group, to: .waiting) }
        counters.expired += ended.count
        return ended
    }

    /// Puts all groups of a lost worker back to waiting.
    /// - Returns: The groups, in order.
    package mutating func lose(_ worker: WorkerID) -> [GroupID] {
        let ended = leases(of: worker)
        for group in ended { move(group, to: .waiting) }
        counters.orphaned += ended.count
        return ended
    }

    // MARK: - Judging

    /// A trajectory has its verdicts.
    /// - Returns: Whether it was the last of its group, which is judged now.
    /// - Throws: ``OrchestrationError``: `unknownIdentifier`, or `wrongState` if the trajectory hasn't come back or was judged before.
    package mutating func recordJudged(_ trajectory: TrajectoryID) throws(OrchestrationError) -> Bool {
        guard var entry = entries[trajectory.group], entry.hashes.indices.contains(trajectory.member) else {
            throw OrchestrationError(.unknownIdentifier, "\(trajectory) is not in work")
        }
        guard entry.hashes[trajectory.member] != nil, !entry.isMemberJudged[trajectory.member] else {
            throw OrchestrationError(.wrongState, "\(trajectory) is judged twice, or before it was sampled")
        }
        entry.isMemberJudged[trajectory.member] = true
        let isComplete = entry.isMemberJudged.allSatisfy(\.self)
        entries[trajectory.group] = entry
        if isComplete { move(trajectory.group, to: .judged) }
        return isComplete
    }

    // MARK: - Views

    /// Where a group stands; nil if it isn't in work.
    package func phase(of group: GroupID) -> Phase? { entries[group]?.phase }

    /// The groups in work, in order.
    package var groups: [GroupID] { entries.keys.sorted() }

    /// Whether any trajectory of the step is still to be sampled: verdicts that arrive now overlap with sampling.
    package func isSampling(_ step: StepIndex, purpose: Purpose = .train) -> Bool {
        index.unsampledCounts[WorkIndex.Batch(step: step, purpose: purpose)] != nil
    }

    /// Whether a group waits that `worker` could be given.
    package var hasWaiting: Bool { index.waiting.contains { $0.key <= publishedVersion && $0.value.first != nil } }

    /// Groups that `worker` holds, in order.
    package func leases(of worker: WorkerID) -> [GroupID] { index.held[worker]?.sorted() ?? [] }

    /// How many workers hold groups.
    package var holderCount: Int { index.held.count }

    /// How many groups `worker` holds.
    package func leaseCount(of worker: WorkerID) -> Int { index.held[worker]?.count ?? 0 }

    /// The next time at which ``expire(at:)`` has something to do, or nil.
    package var nextDeadline: Duration? {
        entries.values.compactMap { if case .inFlight(_, let deadline) = $0.phase { deadline } else { nil } }.min()
    }
}
