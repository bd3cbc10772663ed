/// Tokens that requests took.
package struct TokenUsage: Hashable, Codable, Sendable {
    package var promptTokens: Int
    package var completionTokens: Int

    package init(promptTokens: Int = 0, completionTokens: Int = 0) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }

    package static func + (a: Self, b: Self) -> Self {
        TokenUsage(promptTokens: a.promptTokens &+ b.promptTokens, completionTokens: a.completionTokens &+ b.completionTokens)
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

    package init() {}

    /// Failed attempts of all kinds.
    package var failureCount: Int { failures.values.reduce(0, +) }

    /// What was added since `earlier`, a snapshot of the same counters.
    package func since(_ earlier: Self) -> Self {
        var difference = Self()
        difference.requests = requests - earlier.requests
        difference.retries = retries - earlier.retries
        difference.failures = failures.merging(earlier.failures) { $0 - $1 }.filter { $0.value > 0 }
        difference.usage.promptTokens = usage.promptTokens - earlier.usage.promptTokens
        difference.usage.completionTokens = usage.completionTokens - earlier.usage.completionTokens
        return difference
    }

    /// Adds another endpoint's counts.
    package mutating func add(_ other: Self) {
        requests += other.requests
        retries += other.retries
        failures.merge(other.failures, uniquingKeysWith: +)
        usage = usage + other.usage
    }
}
