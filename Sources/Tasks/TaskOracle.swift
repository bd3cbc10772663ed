package import Trajectories

/// Knows the truth about what responses say of a task's pictures: figures on perception and audits of the judge rest on it. Most data have none.
///
/// Pure: the same verdicts on every machine.
package protocol TaskOracle: Sendable {
    /// Names the rules: equal names give equal verdicts.
    var identity: String { get }

    /// One verdict an annotation, in their order; `unknown` for an annotation that is not of the task.
    func verdicts(annotations: [String], response: String) -> [Verdict]

    /// Whether an annotation is of the task, so that there is a verdict on it.
    func knows(annotation: String) -> Bool
}

extension TaskOracle {
    /// The verdict on one annotation.
    package func verdict(annotation: String, response: String) -> Verdict {
        verdicts(annotations: [annotation], response: response)[0]
    }
}
