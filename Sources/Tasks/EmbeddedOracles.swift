import Trajectories

/// The oracles that a judge of `type: rules` asks: it names no task, as an image folder may hold a task's problems.
package enum EmbeddedOracles {
    package static let all: [any TaskOracle] = [DigitsRulesJudge()]

    /// The one that knows an annotation; nil if none does.
    package static func of(annotation: String) -> (any TaskOracle)? { all.first { $0.knows(annotation: annotation) } }
}
