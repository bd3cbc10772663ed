package import Annotation
package import Endpoints

/// Facts out of a language model behind an OpenAI-compatible endpoint.
///
/// The first attempt is greedy; an answer that could not be read is asked again with the complaint and a little temperature, so that a server
/// which ignores the complaint does not repeat itself.
package struct EndpointFactExtractor: FactExtractor {
    private let endpoint: ChatEndpoint
    private let maximumTokens: Int

    /// - Parameters:
    ///   - endpoint: Who is asked.
    ///   - maximumTokens: The most tokens of an answer.
    package init(endpoint: ChatEndpoint, maximumTokens: Int = 1_024) {
        self.endpoint = endpoint
        self.maximumTokens = maximumTokens
    }

    package var identity: String { "endpoint:\(endpoint.settings.host):\(endpoint.settings.model):\(FactPrompt.version)" }

    package var concurrency: Int { endpoint.settings.concurrency }

    package func reply(to request: ExtractionRequest) async throws -> ExtractionReply {
        let turns = FactPrompt.turns(question: request.question, chain: request.response, complaint: request.complaint)
        var chat = ChatRequest(turns.map { ChatRequest.Message(ChatRequest.Role($0.role), $0.text) })
        chat.maximumTokens = maximumTokens
        chat.temperature = request.complaint == nil ? 0 : 0.7
        do {
            let reply = try await endpoint.complete(chat)
            return ExtractionReply(
                text: reply.text, promptTokens: reply.usage?.promptTokens ?? 0, completionTokens: reply.usage?.completionTokens ?? 0)
        } catch {
            if error.kind == .cancelled { throw CancellationError() }
            throw ExtractionFailure(error)
        }
    }
}

extension ExtractionFailure {
    /// What an endpoint's error means for the requests after it.
    package init(_ error: EndpointError) {
        // A bad request may be bad for one chain alone.
        let isFatal = error.kind.scope == .access && error.kind != .badRequest
        self.init(kind: error.kind.rawValue, description: error.description, isFatal: isFatal, isTransient: error.kind != .tooLong)
    }
}

extension ChatRequest.Role {
    fileprivate init(_ role: FactPrompt.Turn.Role) {
        self =
            switch role {
            case .system: .system
            case .user: .user
            case .assistant: .assistant
            }
    }
}
