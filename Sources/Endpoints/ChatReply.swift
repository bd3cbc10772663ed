import Foundation

/// What a model answered.
package struct ChatReply: Hashable, Sendable {
    /// A token and the natural logarithm of its probability.
    package struct TokenLogProb: Hashable, Sendable {
        package let token: String
        /// May be -∞; never NaN.
        package let logProb: Double

        package init(token: String, logProb: Double) {
            self.token = token
            self.logProb = logProb
        }
    }

    /// A token of the answer and what else could have stood there.
    package struct TokenChoice: Hashable, Sendable {
        package let chosen: TokenLogProb
        /// The likeliest tokens, the likeliest first; may or may not hold the chosen one.
        package let top: [TokenLogProb]

        package init(chosen: TokenLogProb, top: [TokenLogProb]) {
            self.chosen = chosen
            self.top = top
        }
    }

    /// The answer; empty where the model gave none, or only calls of tools or a reasoning beside it.
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
    /// A first choice with a message is all that it must have. Whatever else is missing, malformed or out of range counts as not said.
    ///
    /// - Parameter body: the server's JSON.
    init?(body: Data) {
        guard let wire = Self.decoded(body) else { return nil }
        text = wire.choice.message.text
        finishReason = FinishReason(serverWord: wire.choice.finishReason)
        logProbs = wire.choice.logProbs
        usage = wire.usage
    }

    /// Some servers write numbers that JSON doesn't have: NaN, Infinity.
    private static func decoded(_ body: Data) -> ChatWire? {
        let decoder = JSONDecoder()
        if let wire = try? decoder.decode(ChatWire.self, from: body) { return wire }
        decoder.allowsJSON5 = true
        return try? decoder.decode(ChatWire.self, from: body)
    }
}
