import Tasks
import Judging
import Multimodal
import PolicyModel
import Trajectories

/// What a target is for. Each kind's loss is a mean of its own, so that rare targets are not drowned by common ones.
package enum TargetKind: Int, Sendable, CaseIterable {
    /// What the task is about.
    case decision
    /// A fact that a decision needs.
    case lookUp
    /// Plain text.
    case text
}

/// One example of supervised training and what each of its targets is for.
package struct SupervisedItem: Sendable {
    package let item: LearningItem
    package let kinds: [TargetKind]
}

/// An endless sequence of examples, each a pure function of its index.
package protocol SupervisedTask: Sendable {
    /// Weight of the mean loss of each kind of target.
    func weight(of kind: TargetKind) -> Double
    func item(at index: Int) throws -> SupervisedItem
}
