import Multimodal
import PolicyModel
import Tasks
import Trajectories

/// The starting policy's task: the reference responses to an embedded task's problems. Look-ups are the words of the annotations that only the
/// image tells; the rest is what a decision is for the judge.
struct WorkedProblems: SupervisedTask {
    let task: any EmbeddedTask
    let prompts: PolicyPrompts
    let lookUpWeight: Double
    /// The tokens of ``EmbeddedTask/lookUpWords``.
    let lookUpTokens: Set<Int32>

    func weight(of kind: TargetKind) -> Double {
        switch kind {
        case .decision: 1
        case .lookUp: lookUpWeight
        case .text: 0
        }
    }

    func item(at index: Int) throws -> SupervisedItem {
        let index = index % task.count
        let prompt = try prompts.encode(try task.problem(at: index))
        let response = prompts.processor.encoder.encode(response: task.referenceResponse(at: index))
        let item = LearningItem(prompt: prompt.tokens, images: prompt.images, responses: [response])
        // The annotations come first in a reference response; what follows repeats their words.
        let facts = prompts.processor.tokenizer.encode(prompt.problem.annotations.joined(separator: " "))
        let stated = Set(response.indices.filter { lookUpTokens.contains(response[$0]) }.prefix(facts.count(where: lookUpTokens.contains)))
        return SupervisedItem(item: item, kinds: response.indices.map { stated.contains($0) ? .lookUp : .decision })
    }
}
