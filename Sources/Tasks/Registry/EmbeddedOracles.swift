import Trajectories

/// The truth of all embedded tasks together: each annotation goes to the task that it is of. An image folder may hold any task's problems.
package enum EmbeddedOracles {
    package static let all: [any TaskOracle] = TaskKind.embedded.map { $0.truth }

    /// The one that knows an annotation; nil if none does.
    package static func of(annotation: String) -> (any TaskOracle)? { all.first { $0.knows(annotation: annotation) } }
}
