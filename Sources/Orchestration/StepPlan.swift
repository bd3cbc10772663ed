package import Trajectories

/// Which policy version a step samples with, and how old a sample is.
package struct Staleness: Codable, Hashable, Sendable {
    /// k: 0 is on-policy; with k >= 1 sampling runs k steps ahead of learning.
    package let lag: Int

    /// - Precondition: `lag >= 0`.
    package init(lag: Int) {
        precondition(lag >= 0, "a lag of \(lag) steps")
        self.lag = lag
    }

    /// `max(0, step - 1 - k)`: steps count from 1, versions from 0.
    package func version(for step: StepIndex) -> PolicyVersion { PolicyVersion(max(0, step.rawValue - 1 - lag)) }

    /// `(step - 1) - version`, in steps.
    package static func age(of version: PolicyVersion, at step: StepIndex) -> Int { step.rawValue - 1 - version.rawValue }

    /// The last step that may be sampled once `version` is published.
    package func lastStep(sampledWith version: PolicyVersion) -> StepIndex { StepIndex(version.rawValue + 1 + lag) }

    /// The oldest version that is still needed once step `step` is trained: workers and learner keep from here on.
    package func oldestVersion(after step: StepIndex) -> PolicyVersion { version(for: StepIndex(step.rawValue + 1)) }
}

/// The groups of one step in plan order, and where the sampler stands behind them.
///
/// The plan grows by whole rounds where groups turn out unusable; the batch is the first `groupCount` usable groups in plan order, so it
/// doesn't depend on which group finished first.
package struct StepPlan: Codable, Hashable, Sendable {
    package let step: StepIndex
    /// The version that samples every group of the step.
    package let version: PolicyVersion
    /// Groups that the batch should have.
    package let groupCount: Int
    /// Siblings of each group.
    package let groupSize: Int
    /// All groups drawn so far, slot i at place i.
    package private(set) var assignments: [GroupAssignment]
    /// Draws made by the sampler before this step.
    package let cursorBefore: Int
    /// Rounds of draws, the first included.
    package private(set) var roundCount: Int

    /// Draws made by the sampler once this plan is through: where the next step begins. Used-up problems count.
    package var cursorAfter: Int { cursorBefore + assignments.count }

    /// The first round of a step.
    ///
    /// - Parameters:
    ///   - step: Which optimizer step.
    ///   - staleness: Gives the version.
    ///   - groupSize: Siblings of each group.
    ///   - draws: The step's problems in the sampler's order; their number is the size of the batch.
    ///   - cursor: Draws made before.
    package init(step: StepIndex, staleness: Staleness, groupSize: Int, draws: [ProblemDraw], cursor: Int) {
        self.step = step
        version = staleness.version(for: step)
        groupCount = draws.count
        self.groupSize = groupSize
        assignments = []
        cursorBefore = cursor
        roundCount = 0
        addRound(draws)
    }

    /// Adds a round of replacements at the same version and returns its assignments.
    @discardableResult
    package mutating func addRound(_ draws: [ProblemDraw]) -> [GroupAssignment] {
        let round = draws.enumerated().map { (place, draw) in
            GroupAssignment(
                group: GroupID(step: step, slot: assignments.count + place), problemIndex: draw.problemIndex, visit: draw.visit,
                version: version,
                memberCount: groupSize)
        }
        assignments += round
        roundCount += 1
        return round
    }

    /// The groups that train: the first `groupCount` for which `isUsable` is true, in plan order; fewer if there aren't enough.
    package func batch(where isUsable: (GroupID) -> Bool) -> [GroupID] {
        Array(assignments.lazy.map(\.group).filter(isUsable).prefix(groupCount))
    }
}
