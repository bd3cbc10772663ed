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

/// The starting policy's task: the reference response to a digits problem. Look-ups are the digits that the annotations state, which only
/// the image tells; the rest is what a decision is for the judge.
struct DigitsPolicyTask: SupervisedTask {
    let digits: DigitsTask
    let prompts: PolicyPrompts
    let lookUpWeight: Double
    /// The tokens that stand for single digits.
    let digitTokens: Set<Int32>

    func weight(of kind: TargetKind) -> Double {
        switch kind {
        case .decision: 1
        case .lookUp: lookUpWeight
        case .text: 0
        }
    }

    func item(at index: Int) throws -> SupervisedItem {
        let index = index % digits.count
        let prompt = try prompts.encode(try digits.problem(at: index))
        let response = prompts.processor.encoder.encode(response: digits.referenceResponse(at: index))
        let item = LearningItem(prompt: prompt.tokens, images: prompt.images, responses: [response])
        let stated = Set(response.indices.filter { digitTokens.contains(response[$0]) }.prefix(prompt.problem.annotations.count))
        return SupervisedItem(item: item, kinds: response.indices.map { stated.contains($0) ? .lookUp : .decision })
    }
}

/// The judge's task: a response as shared prefix and several annotations as continuations, each ending in its verdict.
///
/// Decisions are the verdict tokens. Look-ups are the digits of annotations that the response reflects, predicted from the response and the
/// annotation's beginning. Plain text is the response itself.
struct DigitsJudgeTask: SupervisedTask {
    let text: JudgeTrainingText
    let encoder: JudgeEncoder
    let languageModelWeight: Double
    let lookUpWeight: Double
    let plainExamples: Int
    /// The tokens that stand for single digits.
    let digitTokens: Set<Int32>

    func weight(of kind: TargetKind) -> Double {
        switch kind {
        case .decision: 1
        case .lookUp: lookUpWeight
        case .text: languageModelWeight
        }
    }

    func item(at index: Int) throws -> SupervisedItem {
        let example = index < plainExamples ? text.plainExample(at: index) : text.example(at: index)
        let prefix = try encoder.prefix(response: example.response)
        var continuations: [[Int32]] = []
        var targets = prefix.indices.dropFirst().map { LearningTarget(segment: -1, index: $0, token: prefix[$0]) }
        var kinds = targets.map { _ in TargetKind.text }
        for (segment, decision) in example.decisions.enumerated() {
            let suffix = try encoder.suffix(annotation: decision.annotation)
            continuations.append(suffix)
            if decision.verdict == .reflected, let place = suffix.lastIndex(where: digitTokens.contains), place > 0 {
                targets.append(LearningTarget(segment: segment, index: place, token: suffix[place]))
                kinds.append(.lookUp)
            }
            let answer = decision.verdict == .reflected ? encoder.reflected : encoder.missing
            targets.append(LearningTarget(segment: segment, index: suffix.count, token: answer))
            kinds.append(.decision)
        }
        return SupervisedItem(
            item: LearningItem(family: TokenFamily(prompt: prefix, continuations: continuations), targets: targets), kinds: kinds)
    }
}
