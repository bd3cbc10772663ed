import Trajectories

/// Finds groups of a work buffer without looking at all of them: the first that waits, those that a worker holds, those still to be sampled.
struct WorkIndex: Sendable {
    /// A step's groups of one purpose.
    struct Batch: Hashable, Sendable {
        let step: StepIndex
        let purpose: Purpose

        init(_ group: GroupID) { self.init(step: group.step, purpose: group.purpose) }

        init(step: StepIndex, purpose: Purpose) {
            self.step = step
            self.purpose = purpose
        }
    }

    /// Groups that wait, by version. Those that no longer do (a late answer completed them) stay until they come up.
    private(set) var waiting: [PolicyVersion: MinimumHeap<GroupID>] = [:]
    private(set) var held: [WorkerID: Set<GroupID>] = [:]
    /// How many groups wait or are in flight.
    private(set) var unsampledCounts: [Batch: Int] = [:]

    /// Notes that a group changes its phase; nil stands for being outside of the buffer.
    mutating func move(_ assignment: GroupAssignment, from old: WorkBuffer.Phase?, to new: WorkBuffer.Phase?) {
        let group = assignment.group
        if case .inFlight(let worker, _) = old {
            held[worker]?.remove(group)
            if held[worker]?.isEmpty == true { held[worker] = nil }
        }
        switch new {
        case .waiting: waiting[assignment.version, default: MinimumHeap()].insert(group)
        case .inFlight(let worker, _): held[worker, default: []].insert(group)
        case .sampled, .judged, nil: break
        }
        let change = (Self.isUnsampled(new) ? 1 : 0) - (Self.isUnsampled(old) ? 1 : 0)
        guard change != 0 else { return }
        let count = unsampledCounts[Batch(group), default: 0] + change
        unsampledCounts[Batch(group)] = count == 0 ? nil : count
    }

    private static func isUnsampled(_ phase: WorkBuffer.Phase?) -> Bool {
        switch phase {
        case .waiting, .inFlight: true
        case .sampled, .judged, nil: false
        }
    }

    /// Takes out the first waiting group, in id order, of a version that will do.
    ///
    /// - Parameters:
    ///   - isFit: Whether a version will do.
    ///   - isWaiting: Whether a group still waits.
    /// - Complexity: O(versions + log groups).
    mutating func takeFirst(where isFit: (PolicyVersion) -> Bool, isWaiting: (GroupID) -> Bool) -> GroupID? {
        var best: (version: PolicyVersion, group: GroupID)?
        for version in waiting.keys where isFit(version) {
            while let group = waiting[version]?.first, !isWaiting(group) { waiting[version]?.popFirst() }
            guard let group = waiting[version]?.first else {
                waiting[version] = nil
                continue
            }
            if best.map({ group < $0.group }) ?? true { best = (version, group) }
        }
        if let best { waiting[best.version]?.popFirst() }
        return best?.group
    }

    /// What doesn't agree with the groups, or nil.
    func invariantViolation(_ entries: [GroupID: WorkBuffer.Entry]) -> String? {
        var expected = WorkIndex()
        for (group, entry) in entries {
            expected.move(entry.assignment, from: nil, to: entry.phase)
            guard entry.phase != .waiting || waiting[entry.assignment.version]?.elements.contains(group) == true else {
                return "\(group) waits, and can't be found"
            }
        }
        guard held == expected.held else { return "workers hold \(expected.held), the index has \(held)" }
        guard unsampledCounts == expected.unsampledCounts else { return "\(unsampledCounts) groups are said to be unsampled" }
        return nil
    }
}
