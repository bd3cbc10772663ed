import Trajectories

/// Finds requests of a judges' queue without looking at all of them: those that wait, in order, and those that a judge holds.
struct JudgeIndex: Sendable {
    private(set) var waiting: Set<TrajectoryID> = []
    /// What waits, in order; what no longer does stays until it comes up.
    private var order = MinimumHeap<TrajectoryID>()
    private(set) var held: [WorkerID: Set<TrajectoryID>] = [:]
    private(set) var heldCount = 0
    /// All requests of a group.
    private(set) var groups: [GroupID: Set<TrajectoryID>] = [:]

    /// Notes that a request changes its state; nil stands for being outside of the queue.
    mutating func move(_ trajectory: TrajectoryID, from old: JudgeDispatch.State?, to new: JudgeDispatch.State?) {
        if case (.waiting, .waiting) = (old, new) { return }
        switch old {
        case .waiting: waiting.remove(trajectory)
        case .inFlight(let worker, _, _):
            held[worker]?.remove(trajectory)
            if held[worker]?.isEmpty == true { held[worker] = nil }
            heldCount -= 1
        case nil: groups[trajectory.group, default: []].insert(trajectory)
        case .following, .answered: break
        }
        switch new {
        case .waiting: if waiting.insert(trajectory).inserted { order.insert(trajectory) }
        case .inFlight(let worker, _, _):
            held[worker, default: []].insert(trajectory)
            heldCount += 1
        case nil:
            groups[trajectory.group]?.remove(trajectory)
            if groups[trajectory.group]?.isEmpty == true { groups[trajectory.group] = nil }
        case .following, .answered: break
        }
    }

    /// The first requests that wait, in order, among those that are fit; they wait on until they are moved.
    ///
    /// - Complexity: O((count + unfit) log n).
    mutating func first(_ count: Int, where isFit: (TrajectoryID) -> Bool) -> [TrajectoryID] {
        guard count > 0, !waiting.isEmpty else { return [] }
        var found: [TrajectoryID] = []
        var unfit: [TrajectoryID] = []
        while found.count < count, let trajectory = order.popFirst() {
            guard waiting.contains(trajectory), found.last != trajectory, unfit.last != trajectory else { continue }
            if isFit(trajectory) { found.append(trajectory) } else { unfit.append(trajectory) }
        }
        // Who takes what was found moves it out of `waiting`: to go back there it is inserted again.
        for trajectory in unfit { order.insert(trajectory) }
        return found
    }

    /// What doesn't agree with the requests, or nil.
    func invariantViolation(_ entries: [TrajectoryID: JudgeDispatch.Entry]) -> String? {
        var expected = JudgeIndex()
        for (trajectory, entry) in entries { expected.move(trajectory, from: nil, to: entry.state) }
        guard waiting == expected.waiting else { return "\(expected.waiting) wait, queued are \(waiting)" }
        guard waiting.isSubset(of: order.elements) else { return "\(waiting.subtracting(order.elements)) wait, and can't be found" }
        guard held == expected.held, heldCount == expected.heldCount else { return "judges hold \(expected.held), the index has \(held)" }
        guard groups == expected.groups else { return "the requests of groups are \(expected.groups), the index has \(groups)" }
        return nil
    }
}
