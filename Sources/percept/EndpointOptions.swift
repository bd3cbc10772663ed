import ArgumentParser
import Endpoints
import Foundation
import Telemetry

/// Where a language model is served, for commands that ask one.
struct EndpointOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The base URL of an OpenAI-compatible server, such as https://api.example.com/v1.", valueName: "url"))
    var endpoint: String?
    @Option(help: ArgumentHelp("The model's name at that server.", valueName: "name"))
    var endpointModel: String?
    @Option(help: ArgumentHelp("The environment variable that holds the key; none is sent without it.", valueName: "variable"))
    var keyVariable: String?
    @Option(help: ArgumentHelp("Requests in flight at once.", valueName: "n"))
    var concurrency = 8
    @Option(help: ArgumentHelp("How long one attempt of a request may take, in seconds.", valueName: "s"))
    var deadline = 120
    @Option(help: ArgumentHelp("How often a request that fails is tried in all.", valueName: "n"))
    var requestAttempts = 4
    @Flag(help: "Allow http:// to other machines: key and texts travel readable by everybody between.")
    var allowPlainHttp = false
    @Option(help: ArgumentHelp("What a million prompt tokens cost, in any currency.", valueName: "price"))
    var promptPrice: Double?
    @Option(help: ArgumentHelp("What a million answer tokens cost.", valueName: "price"))
    var answerPrice: Double?

    func validate() throws {
        guard (1...86_400).contains(deadline) else { throw ValidationError("--deadline must be 1 ... 86400 seconds, not \(deadline).") }
        for (name, price) in [("--prompt-price", promptPrice), ("--answer-price", answerPrice)] {
            if let price, !(0...1_000_000).contains(price) { throw ValidationError("\(name) must be 0 ... 1000000, not \(price).") }
        }
    }

    /// The endpoint.
    ///
    /// - Throws: ``CommandFailure`` where address or model are missing, `EndpointError` where they or the key can't be used.
    func open() throws -> ChatEndpoint {
        guard let endpoint, let url = URL(string: endpoint) else {
            throw CommandFailure("--endpoint is missing or no URL: name the server, such as --endpoint https://api.example.com/v1")
        }
        guard let endpointModel else { throw CommandFailure("--endpoint-model is missing: name the model at \(endpoint)") }
        var settings = EndpointSettings(baseURL: url, model: endpointModel, keyVariable: keyVariable)
        settings.concurrency = concurrency
        settings.requestDeadline = .seconds(deadline)
        settings.attempts = requestAttempts
        settings.allowsPlainHTTP = allowPlainHttp
        if promptPrice != nil || answerPrice != nil {
            settings.prices = TokenPrices(promptMillion: promptPrice ?? 0, completionMillion: answerPrice ?? 0)
        }
        return try ChatEndpoint(settings, notify: Self.tell)
    }

    private static let tell: @Sendable (EndpointNotice) -> Void = { notice in
        guard case .adapted(let host, let change, let reason) = notice else { return }
        Console.standardError.say("\(host): asked with \(change) from now on, as the server wants it (\(reason))")
    }

    /// What the requests of this run took, failed ones included: a line for a terminal.
    func costs(of endpoint: ChatEndpoint) -> String {
        let counters = endpoint.counters
        var text = "endpoint: \(counters.requests) requests, \(counters.retries) retries"
        let failures = counters.failures.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        if !failures.isEmpty { text += " (\(failures.joined(separator: ", ")))" }
        text += ", \(counters.usage.promptTokens) prompt and \(counters.usage.completionTokens) answer tokens"
        if let prices = endpoint.settings.prices {
            text += ", " + String(format: "%.4f", prices.cost(of: counters.usage)) + " by the given prices"
        }
        return text
    }
}

/// Tells how far long work is: a line on standard error at every twentieth, and each of the first few.
struct ProgressTelling: Sendable {
    let verb: String

    func callAsFunction(_ done: Int, _ total: Int) {
        guard done == total || done <= 3 || done % max(1, total / 20) == 0 else { return }
        Console.standardError.say("\(verb) \(done)/\(total)")
    }
}
