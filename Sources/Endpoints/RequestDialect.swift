/// How one server wants to be asked: what of a request it refused, and took once that was left out or called otherwise.
struct RequestDialect: Hashable, Sendable {
    /// One thing that is done for a server.
    enum Change: Hashable, Sendable {
        case noLogProbs
        /// The token limit is called `max_completion_tokens`.
        case completionTokens
        /// The server refuses the token limit by either name.
        case noTokenLimit
        /// This temperature is left out: the server has one of its own.
        case noTemperature(Double)
        case noTopP
        case noSeed
        case noStop
    }

    private(set) var changes: Set<Change> = []

    init() {}

    func has(_ change: Change) -> Bool { changes.contains(change) }

    /// Takes over what another request has found out.
    mutating func learn(_ other: RequestDialect) { changes.formUnion(other.changes) }

    /// The dialect that may cure a refusal: with a change for each part of the body that the server names. Where it names none, what fewest
    /// servers have is left out, log-probabilities.
    ///
    /// - Parameters:
    ///   - refusal: what the server said.
    ///   - body: what it was sent, in this dialect.
    /// - Returns: nil if nothing is left to change. Each call adds a change, so that repeating it ends.
    func adapted(to refusal: ServerMessage, of body: ChatRequest.Body) -> RequestDialect? {
        var cures: [(parameters: [String], change: Change)] = []
        if body.logprobs != nil { cures.append((["logprobs", "top_logprobs"], .noLogProbs)) }
        // A limit that leaves no room beside a long prompt is no refusal of the limit: by another name it would leave none either.
        if !refusal.isAboutLength {
            if body.maxTokens != nil { cures.append((["max_tokens"], .completionTokens)) }
            if body.maxCompletionTokens != nil { cures.append((["max_completion_tokens"], .noTokenLimit)) }
        }
        if let temperature = body.temperature { cures.append((["temperature"], .noTemperature(temperature))) }
        if body.topP != nil { cures.append((["top_p"], .noTopP)) }
        if body.seed != nil { cures.append((["seed"], .noSeed)) }
        if body.stop != nil { cures.append((["stop"], .noStop)) }
        var found = cures.filter { !refusal.parameters.isDisjoint(with: $0.parameters) }.map(\.change)
        if found.isEmpty, refusal.parameters.isEmpty, !refusal.isAboutLength, body.logprobs != nil { found = [.noLogProbs] }
        guard !found.isEmpty else { return nil }
        var next = self
        next.changes.formUnion(found)
        return next
    }
}

extension RequestDialect: CustomStringConvertible {
    /// What is done, such as "max_completion_tokens in place of max_tokens, no temperature 0.0".
    var description: String {
        changes.map { change in
            switch change {
            case .noLogProbs: "no log-probabilities"
            case .completionTokens: "max_completion_tokens in place of max_tokens"
            case .noTokenLimit: "no token limit"
            case .noTemperature(let value): "no temperature \(value)"
            case .noTopP: "no top_p"
            case .noSeed: "no seed"
            case .noStop: "no stop"
            }
        }.sorted().joined(separator: ", ")
    }
}
