package import Annotation
import LinearAlgebra
import Generation
package import Multimodal
package import PolicyModel
import Randomness

/// Facts out of a language model in this process: greedy, so that the same chain of thought gives the same facts everywhere.
package struct ModelFactExtractor: FactExtractor {
    package let identity: String
    package let concurrency: Int
    private let weights: PolicyWeights
    private let processor: MultimodalProcessor
    private let maximumTokens: Int
    private let promptLimit: Int

    /// - Parameters:
    ///   - weights: A text model's weights.
    ///   - processor: Its tokenizer and chat template.
    ///   - digest: Names the weights in ``identity``.
    ///   - maximumTokens: The most tokens of an answer.
    ///   - promptLimit: A chain whose prompt has more tokens is not asked.
    ///   - concurrency: Requests at a time, each on a compute thread of its own.
    package init(
        weights: PolicyWeights, processor: MultimodalProcessor, digest: String, maximumTokens: Int = 512, promptLimit: Int = 4_096,
        concurrency: Int = 1
    ) {
        self.weights = weights
        self.processor = processor
        self.maximumTokens = maximumTokens
        self.promptLimit = promptLimit
        self.concurrency = concurrency
        identity = "model:\(digest):\(FactPrompt.version)"
    }

    package func reply(to request: ExtractionRequest) async throws -> ExtractionReply {
        let turns = FactPrompt.turns(question: request.question, chain: request.response, complaint: request.complaint)
        let prompt = try processor.encoder.encode(turns.map { ChatMessage(ChatRole($0.role), $0.text) }).tokenIDs
        guard prompt.count <= promptLimit else {
            throw ExtractionFailure(
                kind: "prompt_too_long",
                description: "problem \(request.problemID): a prompt of \(prompt.count) tokens, more than \(promptLimit)",
                isTransient: false)
        }
        let configuration = weights.configuration
        let stops = configuration.endTokenIDs + [processor.encoder.endOfTurnTokenID].compactMap { $0 }
        let parameters = SamplingParameters(
            temperature: 0, maximumTokens: maximumTokens, stopTokens: stops,
            bannedTokens: [configuration.imageTokenID, configuration.videoTokenID].compactMap { $0 })
        let (weights, tokenizer) = (weights, processor.tokenizer)
        return try await ComputeThreads.run {
            var text = ""
            var count = 0
            var isCutOff = false
            let generation = GenerationRequest(prompt: prompt, images: [], members: [CounterRandom(key: CounterRandom.mix(0))])
            try Generator.generate([generation], weights: weights, parameters: parameters) { response in
                (count, isCutOff) = (response.tokens.count, !response.stopped)
                text = tokenizer.decode(response.stopped ? response.tokens.dropLast() : response.tokens)
            }
            return ExtractionReply(answer: text, isCutOff: isCutOff, promptTokens: prompt.count, completionTokens: count)
        }
    }
}

extension ChatRole {
    fileprivate init(_ role: FactPrompt.Turn.Role) {
        self =
            switch role {
            case .system: .system
            case .user: .user
            case .assistant: .assistant
            }
    }
}
