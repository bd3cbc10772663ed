package import ConfigurationReading
package import Trajectories

/// A soft punishment for responses that come near the limit of their length: DAPO's, arXiv 2503.14476, equation 13.
///
/// With n tokens, the limit L = `rollout.max_response_tokens` and the buffer B: 0 for n <= L - B, else (L - B - n) / B, down to -1 at n = L. A policy
/// learns to be brief before it is cut off, where one step too far would cost everything at once.
package struct OverlongPenalty: RewardPart {
    package static let name = "overlong"
    package static let defaultWeight = 0.0
    package static let isPositive = false

    /// `buffer_tokens`: how many tokens before the limit the punishment begins, 1 ... 1,048,576 and at most `rollout.max_response_tokens`. Default 64.
    package var bufferTokens = 64

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("buffer_tokens", &bufferTokens, in: 1...1_048_576)
    }

    package func value(of subject: RewardSubject) -> RewardValue {
        let start = subject.maximumTokens - bufferTokens
        let excess = min(subject.tokenCount, subject.maximumTokens) - start
        return .known(excess > 0 ? -Float(Double(excess) / Double(bufferTokens)) : 0)
    }

    package func check(maximumResponseTokens: Int, _ findings: inout ConfigurationFindings) {
        findings.require(
            bufferTokens <= maximumResponseTokens, "reward.overlong.buffer_tokens",
            "is \(bufferTokens), above rollout.max_response_tokens (\(maximumResponseTokens)), so every response would be punished")
    }
}
