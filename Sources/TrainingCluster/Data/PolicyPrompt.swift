import Foundation
package import Multimodal
package import PolicyModel
package import Tasks
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
    ///
    /// - Parameter source: the task, which says what opens the conversation; nil for the problem's question.
    package func encode(_ problem: Problem, of source: (any ProblemSource)? = nil) throws -> PolicyPrompt {
        let prompt = try processor.encode(system: systemPrompt, text: text(of: problem, source), images: problem.images)
        return PolicyPrompt(problem: problem, tokens: prompt.tokenIDs, images: prompt.images.map { VisualInput($0) })
    }

    /// The pictures of a prompt alone, as ``encode(_:of:)`` gives them.
    package func visuals(_ images: [RGBImage]) throws -> [VisualInput] { try images.map { VisualInput(try processor.patches(of: $0)) } }

    /// How many tokens ``encode(_:of:)`` gives; nothing is done with pixels.
    package func tokenCount(of problem: Problem, in source: (any ProblemSource)? = nil) throws -> Int {
        try processor.tokenCount(system: systemPrompt, text: text(of: problem, source), images: problem.images)
    }

    private func text(of problem: Problem, _ source: (any ProblemSource)?) -> String {
        template.replacing("{question}", with: source?.openingTurn(of: problem) ?? problem.question)
    }
}

extension VisualInput {
    /// Patches as the image processor makes them.
    init(_ patches: ImagePatches) {
        self.init(time: patches.grid.t, height: patches.grid.h, width: patches.grid.w, patches: patches.values)
    }
}
