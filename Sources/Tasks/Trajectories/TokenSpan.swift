/// A run of tokens of one origin: a trajectory is a list of them.
package struct TokenSpan: Hashable, Codable, Sendable {
    /// Who wrote the tokens.
    package enum Kind: UInt8, Codable, Sendable {
        /// The prompt, or a reply of the environment: context that carries no loss.
        case given = 0
        /// The policy: every token trains.
        case sampled = 1
    }

    package let kind: Kind
    /// Token ids. A given span holds the chat format around its text, one placeholder id for each visual token; a sampled one its end token, where it
    /// was sampled.
    package let tokens: [Int32]
    /// Log-probability of each sampled token under the distribution that it was drawn from. Empty for a given span.
    package let logProbs: [Float]

    private init(_ kind: Kind, _ tokens: [Int32], _ logProbs: [Float]) {
        self.kind = kind
        self.tokens = tokens
        self.logProbs = logProbs
    }

    /// Tokens that the policy reads.
    package static func given(_ tokens: [Int32]) -> Self { Self(.given, tokens, []) }

    /// Tokens that the policy wrote.
    ///
    /// - Precondition: One log-probability a token.
    package static func sampled(_ tokens: [Int32], logProbs: [Float]) -> Self {
        precondition(tokens.count == logProbs.count, "\(logProbs.count) log-probs for \(tokens.count) tokens")
        return Self(.sampled, tokens, logProbs)
    }
}

extension [TokenSpan] {
    /// The tokens of all spans of a kind, in order.
    package func tokens(_ kind: TokenSpan.Kind) -> [Int32] { flatMap { $0.kind == kind ? $0.tokens : [] } }

    /// The log-probabilities of all sampled tokens, in order.
    package var logProbs: [Float] { flatMap(\.logProbs) }
}
