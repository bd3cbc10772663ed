package import Endpoints
import Synchronization
package import Telemetry
package import Trajectories

/// A language model behind a chat completions endpoint as judge: one request a response, strictly parsed.
///
/// A request that fails after the endpoint's own attempts, or an answer that can't be read twice in a row, makes all verdicts on the response
/// unknown, never missing. A response longer than the judge takes is missing throughout, so that length does not pay: it is not sent if it has too
/// many bytes, and the server may say so too. Whether the endpoint itself can be asked no response decides, but ``EndpointAccess``.
/// Unlike the judges in process it sees a response's annotations together, and its model may answer otherwise tomorrow.
package final class EndpointJudge: ResponseJudge {
    package let identity: String
    private let endpoint: ChatEndpoint
    private let words = EndpointJudgeProtocol()
    private let maximumResponseByteCount: Int
    private let asksLogProbs: Bool
    private let access: EndpointAccess
    private let patience: JudgePatience

    /// How often a response is asked about before unreadable answers are given up.
    private static let askLimit = 2

    /// - Parameters:
    ///   - endpoint: Where the model is.
    ///   - asksLogProbs: Whether probabilities are asked for.
    ///   - maximumResponseByteCount: A response of more UTF-8 bytes is judged *missing* throughout.
    ///   - patience: How long the endpoint is waited for.
    ///   - log: Where waiting is told.
    package init(
        _ endpoint: ChatEndpoint, asksLogProbs: Bool = true, maximumResponseByteCount: Int = 65_536, patience: JudgePatience = .standard,
        log: Log = Log()
    ) {
        self.endpoint = endpoint
        access = EndpointAccess(endpoint, words: words, patience: patience, log: log)
        self.patience = patience
        self.asksLogProbs = asksLogProbs
        self.maximumResponseByteCount = maximumResponseByteCount
        identity = Self.identity(of: endpoint.settings)
    }

    /// The identity of the judge that these settings make: its model, its server, its protocol; no secret.
    package static func identity(of settings: EndpointSettings) -> String {
        "endpoint:\(settings.model)@\(settings.host):\(EndpointJudgeProtocol.version)"
    }

    package var concurrency: Int { endpoint.settings.concurrency }
    package let isRemote = true

    package var endpointCounters: EndpointCounters {
        var counters = endpoint.counters
        counters.startReply = access.unreadableReply.withLock(\.self)
        return counters
    }

    package func reach() async throws { try await access.check(.start) }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        try await withThrowingTaskGroup(of: (Int, [Judgement]).self) { group in
            for (index, item) in items.enumerated() { group.addTask { (index, try await self.judgements(on: item)) } }
            var result = [[Judgement]](repeating: [], count: items.count)
            for try await (index, judgements) in group { result[index] = judgements }
            return result
        }
    }

    private func judgements(on item: JudgeItem) async throws(JudgeLoss) -> [Judgement] {
        let count = item.annotations.count
        guard count > 0 else { return [] }
        guard item.response.utf8.count <= maximumResponseByteCount else { return all(.missing, count) }
        if let loss = await access.loss { throw loss }
        for _ in 0..<Self.askLimit {
            let answer = try await answer(to: item)
            if case .tooLong = answer { return all(.missing, count) }
            guard case .reply(let reply) = answer else { break }
            do throws(UnreadableReply) {
                return try words.judgements(of: reply, annotationCount: count, judge: identity)
            } catch {
                endpoint.reject(reply, because: error.description)
            }
        }
        return all(.unknown, count)
    }

    private func all(_ verdict: Verdict, _ count: Int) -> [Judgement] {
        Array(repeating: Judgement(verdict: verdict, judge: identity), count: count)
    }

    /// What came of asking about a response.
    private enum Answer {
        case reply(ChatReply)
        /// The server says that the response is longer than the model reads.
        case tooLong
        /// Nothing, and it is not the endpoint's fault; its counters tell why.
        case none
    }

    private func answer(to item: JudgeItem) async throws(JudgeLoss) -> Answer {
        let request = words.request(
            response: item.response, annotations: item.annotations, tokenLimit: endpoint.settings.maximumTokens,
            asksLogProbs: asksLogProbs)
        let limit = ContinuousClock.now + patience.absence
        let schedule = RetrySchedule(bounds: endpoint.settings.backOff)
        var (outageCount, errorCount) = (0, 0)
        while true {
            do throws(EndpointError) {
                let reply = try await endpoint.complete(request)
                await access.answered()
                return .reply(reply)
            } catch {
                guard !error.isRequestTooLong else { return .tooLong }
                switch error.kind.scope {
                case .outage:
                    try await access.check(.failures)
                    // The server is there. An error of its own may be about this response, which is asked about once more; too many
                    // requests, or no connection, are about no response.
                    outageCount += 1
                    errorCount += error.kind == .server ? 1 : 0
                    let pause = schedule.delay(retry: outageCount, retryAfter: nil, chance: Double.random(in: 0..<1))
                    guard errorCount < 2, .now < limit, (try? await Task.sleep(for: pause)) != nil else { return .none }
                case .access:
                    try await access.hasRefused(item.response)
                    return .none
                case .request: return .none
                }
            }
        }
    }
}
