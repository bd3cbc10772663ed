package import Endpoints
package import Trajectories

/// A language model behind a chat completions endpoint as judge: one request a response, strictly parsed.
///
/// A request that fails after the endpoint's own attempts, or an answer that can't be read twice in a row, makes all verdicts on the response
/// unknown, never missing. A response longer than the judge takes is missing throughout and never sent, so that length does not pay.
/// Unlike the judges in process it sees a response's annotations together, and its model may answer otherwise tomorrow.
package final class EndpointJudge: ResponseJudge {
    package let identity: String
    private let endpoint: ChatEndpoint
    private let words = EndpointJudgeProtocol()
    private let maximumResponseByteCount: Int
    private let asksLogProbs: Bool

    /// How often a response is asked about before unreadable answers are given up.
    private static let askLimit = 2

    /// - Parameters:
    ///   - endpoint: Where the model is.
    ///   - asksLogProbs: Whether probabilities are asked for.
    ///   - maximumResponseByteCount: A response of more UTF-8 bytes is judged *missing* throughout.
    package init(_ endpoint: ChatEndpoint, asksLogProbs: Bool = true, maximumResponseByteCount: Int = 65_536) {
        self.endpoint = endpoint
        self.asksLogProbs = asksLogProbs
        self.maximumResponseByteCount = maximumResponseByteCount
        identity = Self.identity(of: endpoint.settings)
    }

    /// The identity of the judge that these settings make: its model, its server, its protocol; no secret.
    package static func identity(of settings: EndpointSettings) -> String {
        "endpoint:\(settings.model)@\(settings.host):\(EndpointJudgeProtocol.version)"
    }

    package var concurrency: Int { endpoint.settings.concurrency }

    package var endpointCounters: EndpointCounters { endpoint.counters }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        await withTaskGroup(of: (Int, [Judgement]).self) { group in
            for (index, item) in items.enumerated() { group.addTask { (index, await self.judgements(on: item)) } }
            var result = [[Judgement]](repeating: [], count: items.count)
            for await (index, judgements) in group { result[index] = judgements }
            return result
        }
    }

    private func judgements(on item: JudgeItem) async -> [Judgement] {
        let count = item.annotations.count
        guard count > 0 else { return [] }
        guard item.response.utf8.count <= maximumResponseByteCount else { return all(.missing, count) }
        for _ in 0..<Self.askLimit {
            guard let reply = await reply(on: item) else { break }
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

    /// Nil if the endpoint gave up; its counters tell why.
    private func reply(on item: JudgeItem) async -> ChatReply? {
        try? await endpoint.complete(
            words.request(
                response: item.response, annotations: item.annotations, tokenLimit: endpoint.settings.maximumTokens,
                asksLogProbs: asksLogProbs))
    }
}
