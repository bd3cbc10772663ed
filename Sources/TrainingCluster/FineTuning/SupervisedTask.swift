import Datasets
import Judging
import Multimodal
import PolicyModel
import Trajectories

/// One example of supervised training, its targets in two classes: those that the task is about, and plain text.
package struct SupervisedItem: Sendable {
    package let item: LearningItem
    /// For each target: true if it is what the task is about, false if it only teaches language.
    package let isDecision: [Bool]
}

/// An endless sequence of examples, each a pure function of its index.
package protocol SupervisedTask: Sendable {
    /// Weight of the mean loss over plain text beside the mean loss over decisions.
    var languageModelWeight: Double { get }
    func item(at index: Int) throws -> SupervisedItem
}

/// The starting policy's task: the reference response to a digits problem; every response token is a decision.
struct DigitsPolicyTask: SupervisedTask {
    let digits: DigitsTask
    let prompts: PolicyPrompts
    let languageModelWeight = 0.0

    func item(at index: Int) throws -> SupervisedItem {
        let index = index % digits.count
        let (tokens, images) = try prompts.encode(try digits.problem(at: index))
        let response = prompts.processor.encoder.encode(response: digits.referenceResponse(at: index))
        let item = LearningItem(prompt: tokens, images: images, responses: [response])
        return SupervisedItem(item: item, isDecision: item.targets.map { _ in true })
    }
}

/// The judge's task: a response as shared prefix and several annotations as continuations, each ending in its verdict.
///
/// Decisions are the verdict tokens. Plain text, at `languageModelWeight`, is the response itself, and those annotations that it reflects:
/// predicting their digit from the response teaches the look-up that a verdict needs.
struct DigitsJudgeTask: SupervisedTask {
    let text: JudgeTrainingText
    let encoder: JudgeEncoder
    let languageModelWeight: Double

    func item(at index: Int) throws -> SupervisedItem {
        let example = text.example(at: index)
        let prefix = encoder.prefix(response: example.response)
        var continuations: [[Int32]] = []
        var targets = prefix.indices.dropFirst().map { LearningTarget(segment: -1, index: $0, token: prefix[$0]) }
        var isDecision = targets.map { _ in false }
        for (segment, decision) in example.decisions.enumerated() {
            let suffix = encoder.suffix(annotation: decision.annotation)
            continuations.append(suffix)
            if decision.verdict == .reflected {
                targets += suffix.indices.dropFirst().map { LearningTarget(segment: segment, index: $0, token: suffix[$0]) }
                isDecision += suffix.indices.dropFirst().map { _ in false }
            }
            targets.append(
                LearningTarget(
                    segment: segment, index: suffix.count, token: decision.verdict == .reflected ? encoder.reflected : encoder.missing))
            isDecision.append(true)
        }
        return SupervisedItem(
            item: LearningItem(family: TokenFamily(prompt: prefix, continuations: continuations), targets: targets),
            isDecision: isDecision)
    }
}
