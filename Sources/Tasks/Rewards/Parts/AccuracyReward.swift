package import Trajectories

/// Whether the final answer is right: 1 or 0, by ``AnswerChecker``.
package struct AccuracyReward: RewardPart {
    package static let name = "accuracy"
    package static let defaultWeight = 0.9

    package init() {}

    package func value(of subject: RewardSubject) -> RewardValue {
        .known(AnswerChecker.accuracy(of: subject.response, gold: subject.answer, question: subject.question))
    }
}
