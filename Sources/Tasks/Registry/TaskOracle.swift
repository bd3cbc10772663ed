package import Trajectories

/// Knows the truth about what responses say of a task's pictures: figures on perception and audits of the judge rest on it. Most data have none.
///
/// Pure: the same verdicts on every machine. An annotation is *of the task* if it has exactly the task's wording.
package protocol TaskOracle: Sendable {
    /// Names the rules: equal names give equal verdicts.
    var identity: String { get }

    /// One verdict an annotation, in their order; `unknown` for an annotation that is not of the task.
    func verdicts(annotations: [String], response: String) -> [Verdict]

    /// Whether an annotation is of the task, so that there is a verdict on it.
    func knows(annotation: String) -> Bool

    /// The annotations that a response reflects, each once, in the order of the task's places.
    func stated(in response: String) -> [String]

    /// A false sibling of an annotation: another fact that contradicts it.
    ///
    /// - Returns: an annotation of the task; nil if `annotation` is not of the task.
    func altered(_ annotation: String, _ random: inout KeyedRandom) -> String?

    /// A sentence that leaves an annotation in doubt.
    ///
    /// - Returns: nil if `annotation` is not of the task.
    func hedge(on annotation: String, _ random: inout KeyedRandom) -> Hedge?

    /// Ways to say what an annotation says, its own wording first; empty for an annotation that is not of the task.
    func wordings(of annotation: String) -> [String]
}

/// A sentence that states neither of several facts, because it leaves open which of them holds: "The top-left digit is 3 or 5."
package struct Hedge: Hashable, Sendable {
    package let sentence: String
    /// The facts in doubt, as annotations.
    package let annotations: [String]

    package init(sentence: String, annotations: [String]) {
        self.sentence = sentence
        self.annotations = annotations
    }
}

extension TaskOracle {
    /// The verdict on one annotation.
    package func verdict(annotation: String, response: String) -> Verdict {
        verdicts(annotations: [annotation], response: response)[0]
    }
}
