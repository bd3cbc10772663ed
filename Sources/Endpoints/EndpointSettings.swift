package import Foundation

/// Where a language model is served, and how it may be asked: everything but the key itself, so that settings can be stored and shown.
///
/// - Invariant: ``check()`` passes for settings that a ``ChatEndpoint`` was made with.
package struct EndpointSettings: Hashable, Codable, Sendable {
    /// The address below which `chat/completions` stands: `https://api.example.com/v1`.
    package var baseURL: URL
    /// The model's name at that server.
    package var model: String
    /// The environment variable that holds the key; nil for a server that asks for none.
    package var keyVariable: String?
    /// Requests in flight at once.
    package var concurrency = 8
    /// How long one attempt of a request may take, from its first byte to the answer's last.
    package var requestDeadline: Duration = .seconds(60)
    /// How often a request is tried in all.
    package var attempts = 4
    /// The shortest and the longest wait between two attempts.
    package var backOff: ClosedRange<Duration> = .milliseconds(500) ... .seconds(30)
    /// Tokens of an answer at most, where the request doesn't say.
    package var maximumTokens = 512
    /// Sampling temperature, where the request doesn't say.
    package var temperature = 0.0
    /// What tokens cost, if the cost is to be told.
    package var prices: TokenPrices?
    /// Longer answers are refused.
    package var maximumReplyByteCount = 8 << 20
    /// Plain `http` to other machines: key and texts then travel readable by everybody between.
    package var allowsPlainHTTP = false

    package init(baseURL: URL, model: String, keyVariable: String? = nil) {
        self.baseURL = baseURL
        self.model = model
        self.keyVariable = keyVariable
    }

    /// Where requests go.
    package var completionsURL: URL { baseURL.appending(path: "chat/completions") }

    /// The server's host, with its port if it has one: what messages and identities say of the address.
    package var host: String { (baseURL.host(percentEncoded: false) ?? "") + (baseURL.port.map { ":\($0)" } ?? "") }

    /// - Throws: ``EndpointError`` of kind `settings` that names the first value that can't be used, and the remedy.
    package func check() throws(EndpointError) {
        func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(EndpointError) {
            if !condition { throw EndpointError(.settings, message()) }
        }
        let scheme = baseURL.scheme?.lowercased() ?? ""
        try require(
            ["http", "https"].contains(scheme) && !(baseURL.host(percentEncoded: false) ?? "").isEmpty,
            "the endpoint's base URL must be http:// or https:// and name a host, such as https://api.example.com/v1")
        try require(
            baseURL.user() == nil && baseURL.password() == nil,
            "the endpoint's base URL must not hold a user or password: name an environment variable that holds the key")
        try require(
            baseURL.query() == nil && baseURL.fragment() == nil, "the endpoint's base URL must not have a query ('?…') or fragment ('#…')")
        try require(
            scheme == "https" || allowsPlainHTTP || isLoopback,
            "http:// to \(host) would send the key and all texts unencrypted: use https://, or allow plain http for this endpoint")
        try require(!model.isEmpty && model.utf8.count <= 256, "the endpoint's model must be named, in at most 256 bytes")
        try require((1...1024).contains(concurrency), "an endpoint's concurrency must be 1 … 1024, not \(concurrency)")
        try require((1...100).contains(attempts), "an endpoint's attempts must be 1 … 100, not \(attempts)")
        try require(requestDeadline > .zero && backOff.lowerBound > .zero, "an endpoint's deadline and back-off must be positive")
        try require(maximumTokens > 0, "an endpoint's token limit must be positive, not \(maximumTokens)")
        try require(temperature.isFinite && temperature >= 0, "an endpoint's temperature must be 0 or more, not \(temperature)")
        try require(maximumReplyByteCount > 0, "an endpoint's reply limit must be positive")
    }

    /// Whether requests stay on this machine.
    package var isLoopback: Bool {
        let host = (baseURL.host(percentEncoded: false) ?? "").lowercased()
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// What an endpoint charges, in any currency.
package struct TokenPrices: Hashable, Codable, Sendable {
    /// For a million tokens of prompts.
    package var promptMillion: Double
    /// For a million tokens of answers.
    package var completionMillion: Double

    package init(promptMillion: Double, completionMillion: Double) {
        self.promptMillion = promptMillion
        self.completionMillion = completionMillion
    }

    /// The price of `usage`.
    package func cost(of usage: TokenUsage) -> Double {
        (Double(usage.promptTokens) * promptMillion + Double(usage.completionTokens) * completionMillion) / 1e6
    }
}
