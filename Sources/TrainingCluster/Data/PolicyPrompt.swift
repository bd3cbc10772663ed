import Foundation
package import Multimodal
package import PolicyModel
package import Trajectories

/// A problem as the policy reads it.
package struct PolicyPrompt: Sendable {
    package let problem: Problem
    /// Token ids, one placeholder for each visual token.
    package let tokens: [Int32]
    package let images: [VisualInput]
}

/// Problems as the policy reads them: the prompt's token ids and the images' patches.
package struct PolicyPrompts: Sendable {
    package let processor: MultimodalProcessor
    private let systemPrompt: String?
    private let template: String

    /// - Parameters:
    ///   - systemPrompt: nil for the chat template's own.
    ///   - template: the user's turn; `{question}` stands for the problem's question.
    package init(processor: MultimodalProcessor, systemPrompt: String?, template: String) {
        self.processor = processor
        self.systemPrompt = systemPrompt
        self.template = template
    }

    /// The prompt of a problem, ready for the model.
    package func encode(_ problem: Problem) throws -> PolicyPrompt {
        let prompt = try processor.encode(system: systemPrompt, text: text(of: problem), images: problem.images)
        let images = prompt.images.map { VisualInput(time: $0.grid.t, height: $0.grid.h, width: $0.grid.w, patches: $0.values) }
        return PolicyPrompt(problem: problem, tokens: prompt.tokenIDs, images: images)
    }

    /// How many tokens ``encode(_:)`` gives; nothing is done with pixels.
    package func tokenCount(of problem: Problem) throws -> Int {
        try processor.tokenCount(system: systemPrompt, text: text(of: problem), images: problem.images)
    }

    private func text(of problem: Problem) -> String { template.replacing("{question}", with: problem.question) }
}
