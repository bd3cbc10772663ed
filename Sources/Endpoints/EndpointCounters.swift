/// Tokens that requests took.
package struct TokenUsage: Hashable, Codable, Sendable {
    package var promptTokens: Int
    package var completionTokens: Int

    package init(promptTokens: Int = 0, completionTokens: Int = 0) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }

    /// A server that counts more in one answer has not counted. So few that no run's sums overflow.
    static let largestCount = 1 << 32

    /// Sums stay at Int's bounds.
    package static func + (a: Self, b: Self) -> Self {
        func sum(_ a: Int, _ b: Int) -> Int {
            let (sum, overflows) = a.addingReportingOverflow(b)
            return overflows ? (a < 0 ? .min : .max) : sum
        }
        return TokenUsage(
            promptTokens: sum(a.promptTokens, b.promptTokens), completionTokens: sum(a.completionTokens, b.completionTokens))
    }
}

/// What an endpoint was asked and how it went, since it was opened. Describes time and cost; no result depends on it.
package struct EndpointCounters: Hashable, Codable, Sendable {
    /// Calls of ``ChatEndpoint/complete(_:)``.
    package internal(set) var requests = 0
    /// Attempts after a request's first.
    package internal(set) var retries = 0
    /// Failed attempts by kind.
    package internal(set) var failures: [EndpointError.Kind: Int] = [:]
    /// Tokens as the server counts them; zero where it doesn't say.
    package internal(set) var usage = TokenUsage()
    /// What the tokens cost by ``EndpointSettings/prices``; 0 without prices.
    package internal(set) var cost = 0.0
    /// Well-formed replies that their reader could not use (``ChatEndpoint/reject(_:because:)``).
    package internal(set) var unreadableReplies = 0
    /// The latest failure in the server's words; nil without any.
    package internal(set) var lastFailure: String?
    /// A reply to the question of the start that could not be read, shortened; set by who asks.
    package var startReply: String?
    /// Endpoints that are asked no more, each with the reason; set by who asks them.
    package var abandoned: [String: String] = [:]

    package init() {}

    /// The failures by kind as text, such as "rate_limited 3, server 1"; empty without any.
    package var failureText: String {
        failures.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
    }

    /// Failed attempts of all kinds.
    package var failureCount: Int { failures.values.reduce(0, +) }

    /// Adds another endpoint's counts.
    package mutating func add(_ other: Self) {
        requests += other.requests
        retries += other.retries
        failures.merge(other.failures, uniquingKeysWith: +)
        usage = usage + other.usage
        cost += other.cost
        unreadableReplies += other.unreadableReplies
        lastFailure = other.lastFailure ?? lastFailure
        startReply = startReply ?? other.startReply
        abandoned.merge(other.abandoned) { first, _ in first }
    }
}
