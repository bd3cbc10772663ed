import Trajectories

extension StepPlan {
    /// What is wrong with the plan, or nil: for tests, after every event.
    ///
    /// Groups are numbered by their place, all of the version that the step demands and of one size; draws and cursor agree; the plan grew
    /// by whole rounds.
    package func invariantViolation(staleness: Staleness) -> String? {
        guard version == staleness.version(for: step) else { return "step \(step.rawValue) is planned with version \(version.rawValue)" }
        guard Staleness.age(of: version, at: step) == min(staleness.lag, step.rawValue - 1) else { return "the age isn't the lag" }
        for (place, assignment) in assignments.enumerated() {
            guard assignment.group == GroupID(step: step, slot: place) else { return "\(assignment.group) stands at place \(place)" }
            guard assignment.version == version, assignment.memberCount == groupSize else {
                return "\(assignment.group) is not like its plan"
            }
        }
        guard cursorAfter == cursorBefore + assignments.count else { return "the cursor moved by another number than there are draws" }
        guard roundCount >= 1, assignments.count >= groupCount else { return "the plan has fewer groups than its first round" }
        return nil
    }
}
