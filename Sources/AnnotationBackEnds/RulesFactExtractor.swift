package import Annotation
package import Tasks

/// The facts of an embedded task by rules: what the chain of thought states, as the task's oracle reads it.
///
/// Exact where chains keep to the language of the task, without facts for any other text.
package struct RulesFactExtractor: FactExtractor {
    package let identity: String
    package let concurrency = 1
    private let truth: any TaskOracle

    /// - Parameter task: whose oracle reads.
    package init(of task: any EmbeddedTask.Type) {
        truth = task.truth
        identity = "rules:\(task.truth.identity)"
    }

    package func reply(to request: ExtractionRequest) -> ExtractionReply {
        ExtractionReply(text: FactTags.text(truth.stated(in: request.response)))
    }
}
