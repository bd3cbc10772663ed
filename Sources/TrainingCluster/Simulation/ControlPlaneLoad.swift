import ActorRuntime
import Orchestration

/// What the controller holds at a moment: everything that must stay bounded however long a run lasts.
package struct ControlPlaneLoad: Codable, Hashable, Sendable {
    /// Steps that are done.
    package var step = 0
    package var slotsTaken = 0
    /// Problems and trajectories of groups in work.
    package var problems = 0
    package var trajectories = 0
    /// Responses that wait for a judge, and that judges hold.
    package var responsesWaiting = 0
    package var responsesInFlight = 0
    /// Calls that the controller's process waits for, and calls of others that it runs.
    package var callsOut = 0
    package var callsIn = 0
    /// Ranks that the roster knows, those that have left too.
    package var ranks = 0
    /// Groups and responses handed out again, answers that came twice, and those that differed from the first.
    package var reissued = 0
    package var duplicates = 0
    package var mismatches = 0

    /// The larger of each.
    package func maximum(_ other: Self) -> Self {
        var result = Self()
        for path in Self.paths { result[keyPath: path] = max(self[keyPath: path], other[keyPath: path]) }
        return result
    }

    private static var paths: [WritableKeyPath<Self, Int>] {
        [
            \.step, \.slotsTaken, \.problems, \.trajectories, \.responsesWaiting, \.responsesInFlight, \.callsOut, \.callsIn, \.ranks,
            \.reissued, \.duplicates, \.mismatches,
        ]
    }

    package init() {}
}

extension Controller {
    func load() -> ControlPlaneLoad {
        var load = ControlPlaneLoad()
        load.step = completed.step
        load.slotsTaken = training.takenSlotCount
        load.problems = problems.count
        load.trajectories = trajectories.count
        load.responsesWaiting = dispatch.queueDepth
        load.responsesInFlight = dispatch.inFlightCount
        load.callsOut = actorSystem.pendingCallCount
        load.callsIn = actorSystem.runningCallCount
        load.ranks = roster.all.count
        let (groups, responses) = (training.counters, dispatch.statistics)
        load.reissued = groups.expired + groups.orphaned + responses.expired + responses.orphaned
        load.duplicates = groups.duplicates + responses.duplicates
        load.mismatches = groups.duplicateMismatches + responses.duplicateMismatches
        return load
    }
}
