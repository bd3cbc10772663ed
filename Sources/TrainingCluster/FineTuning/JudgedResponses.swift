import Judging
import PolicyModel
import Tasks
import Trajectories

/// The judge's task: a response as shared prefix and several annotations as continuations, each ending in its verdict.
///
/// Decisions are the verdict tokens. Look-ups are the words of annotations that the response reflects which only the response tells,
/// each predicted from the response and what stands before it in the annotation. Plain text is the response itself.
struct JudgedResponses: SupervisedTask {
    let lessons: JudgeLessons
    let encoder: JudgeEncoder
    let languageModelWeight: Double
    let lookUpWeight: Double
    let plainExamples: Int
    /// The tokens of ``EmbeddedTask/lookUpWords``.
    let lookUpTokens: Set<Int32>

    func weight(of kind: TargetKind) -> Double {
        switch kind {
        case .decision: 1
        case .lookUp: lookUpWeight
        case .text: languageModelWeight
        }
    }

    func item(at index: Int) throws -> SupervisedItem {
        let example = index < plainExamples ? lessons.plainExample(at: index) : lessons.example(at: index)
        let prefix = try encoder.prefix(response: example.response)
        var continuations: [[Int32]] = []
        var targets = prefix.indices.dropFirst().map { LearningTarget(segment: -1, index: $0, token: prefix[$0]) }
        var kinds = targets.map { _ in TargetKind.text }
        for (segment, decision) in example.decisions.enumerated() {
            let suffix = try encoder.suffix(annotation: decision.annotation)
            continuations.append(suffix)
            if decision.verdict == .reflected {
                for place in suffix.indices.dropFirst() where lookUpTokens.contains(suffix[place]) {
                    targets.append(LearningTarget(segment: segment, index: place, token: suffix[place]))
                    kinds.append(.lookUp)
                }
            }
            let answer = decision.verdict == .reflected ? encoder.reflected : encoder.missing
            targets.append(LearningTarget(segment: segment, index: suffix.count, token: answer))
            kinds.append(.decision)
        }
        return SupervisedItem(
            item: LearningItem(family: TokenFamily(prompt: prefix, continuations: continuations), targets: targets), kinds: kinds)
    }
}
