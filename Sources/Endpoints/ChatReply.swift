import Foundation

/// What a model answered.
package struct ChatReply: Hashable, Codable, Sendable {
    /// Why the answer ends.
    package enum FinishReason: String, Hashable, Codable, Sendable {
        /// The model was done.
        case stop
        /// The token limit cut it off.
        case length
        /// Anything else that a server may say: a content filter, a tool call.
        case other
    }

    /// A token and the natural logarithm of its probability.
    package struct TokenLogProb: Hashable, Codable, Sendable {
        package let token: String
        package let logProb: Double

        package init(token: String, logProb: Double) {
            self.token = token
            self.logProb = logProb
        }
    }

    /// A token of the answer and what else could have stood there.
    package struct TokenChoice: Hashable, Codable, Sendable {
        package let chosen: TokenLogProb
        /// The likeliest tokens, the likeliest first; may or may not hold the chosen one.
        package let top: [TokenLogProb]

        package init(chosen: TokenLogProb, top: [TokenLogProb]) {
            self.chosen = chosen
            self.top = top
        }
    }

    /// The answer; empty where the model gave none.
    package let text: String
    package let finishReason: FinishReason
    /// By token of the answer, where asked for and offered; at most ``maximumTokenCount``.
    package let logProbs: [TokenChoice]?
    /// Nil where the server doesn't say.
    package let usage: TokenUsage?

    /// Log-probabilities of later tokens are left out.
    package static let maximumTokenCount = 4096

    package init(text: String, finishReason: FinishReason, logProbs: [TokenChoice]? = nil, usage: TokenUsage? = nil) {
        self.text = text
        self.finishReason = finishReason
        self.logProbs = logProbs
        self.usage = usage
    }

    /// Reads a chat completion; nil if it is anything else.
    ///
    /// - Parameter body: the server's JSON.
    init?(body: Data) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let wire = try? decoder.decode(Wire.self, from: body), let choice = wire.choices.first else { return nil }
        if let usage = wire.usage, usage.promptTokens ?? 0 < 0 || usage.completionTokens ?? 0 < 0 { return nil }
        text = choice.message.content ?? ""
        finishReason = choice.finishReason.map { FinishReason(rawValue: $0) ?? .other } ?? .stop
        logProbs = choice.logprobs?.content.map { tokens in
            tokens.prefix(Self.maximumTokenCount).map { token in
                TokenChoice(
                    chosen: TokenLogProb(token: token.token, logProb: token.logprob),
                    top: (token.topLogprobs ?? []).map { TokenLogProb(token: $0.token, logProb: $0.logprob) })
            }
        }
        usage = wire.usage.map { TokenUsage(promptTokens: $0.promptTokens ?? 0, completionTokens: $0.completionTokens ?? 0) }
    }

    private struct Wire: Decodable {
        struct Choice: Decodable {
            struct Message: Decodable { let content: String? }
            struct LogProbs: Decodable { let content: [Token]? }
            let message: Message
            let finishReason: String?
            let logprobs: LogProbs?
        }
        struct Token: Decodable {
            struct Alternative: Decodable {
                let token: String
                let logprob: Double
            }
            let token: String
            let logprob: Double
            let topLogprobs: [Alternative]?
        }
        struct Usage: Decodable {
            let promptTokens: Int?
            let completionTokens: Int?
        }
        let choices: [Choice]
        let usage: Usage?
    }
}
