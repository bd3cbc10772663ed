package import Trajectories

/// The oracles of the embedded tasks, for judges and data that name no task: an image folder may hold a task's problems.
package enum EmbeddedOracles {
    package static let all: [any TaskOracle] = [DigitsRulesJudge()]

    /// The one that knows an annotation; nil if none does.
    package static func of(annotation: String) -> (any TaskOracle)? { all.first { $0.knows(annotation: annotation) } }
}
