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
        let reply: ChatReply
        do {
            reply = try await endpoint.complete(chat)
        } catch {
            if error.kind == .cancelled { throw CancellationError() }
            throw ExtractionFailure(error)
        }
        if let failure = ExtractionFailure(reply.finishReason, host: endpoint.settings.host) { throw failure }
        return ExtractionReply(
            answer: reply.text, isCutOff: reply.finishReason == .length, promptTokens: reply.usage?.promptTokens ?? 0,
            completionTokens: reply.usage?.completionTokens ?? 0)
    }
}

extension ExtractionReply {
    /// An answer as a model wrote it: ``AnswerText`` says what of it counts.
    ///
    /// - Parameter isCutOff: whether the token limit ended it.
    init(answer: String, isCutOff: Bool, promptTokens: Int, completionTokens: Int) {
        var (text, fault) = ("", isCutOff ? FactTags.Fault.cutOff : nil)
        do throws(AnswerText.Fault) { text = String(try AnswerText.core(of: answer)) } catch { fault = fault ?? .unclosed }
        self.init(text: text, fault: fault, promptTokens: promptTokens, completionTokens: completionTokens)
    }
}

extension ExtractionFailure {
    /// What an answer's end means where its text is not all there for another reason than a token limit; nil for other ends.
    init?(_ reason: ChatReply.FinishReason, host: String) {
        switch reason {
        case .stop, .length: return nil
        case .filtered:
            self.init(kind: reason.rawValue, description: "\(host): a content filter held the answer back", isTransient: false)
        case .aborted: self.init(kind: reason.rawValue, description: "\(host): the server gave the answer up")
        }
    }

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
