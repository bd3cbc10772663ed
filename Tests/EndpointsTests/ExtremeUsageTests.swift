import Endpoints
import Foundation
import TestSupport
import Testing

/// What servers say in numbers.
@Suite("numbers of servers")
struct ExtremeUsageTests {
    @Test("token counts of any size are counted or not said, and their sums stay numbers")
    func usage() async throws {
        let bodies = ExtremeNumbers.texts(
            of: #"{"choices": [{"message": {"content": "yes"}, "logprobs": {"content": [{"token": "a", "logprob": -1}]}}], "#
                + #""usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}, "created": 17}"#
        ).map(\.text)
        let server = try StandInEndpoint { request in .body(Data(bodies[request.number % bodies.count].utf8)) }
        defer { server.stop() }
        var settings = EndpointSettings(baseURL: server.baseURL, model: "m")
        settings.attempts = 1
        settings.prices = TokenPrices(promptMillion: 1e6, completionMillion: 1e6)
        let endpoint = try ChatEndpoint(settings)
        var total = EndpointCounters()
        for _ in bodies {
            let reply = try? await endpoint.complete(ChatRequest([.init(.user, "q")]))
            if let usage = reply?.usage {
                #expect((0...1 << 32).contains(usage.promptTokens) && (0...1 << 32).contains(usage.completionTokens))
            }
            total.add(endpoint.counters)
        }
        #expect(endpoint.counters.requests == bodies.count && endpoint.counters.usage.promptTokens > 0)
        #expect(total.usage.promptTokens >= endpoint.counters.usage.promptTokens && total.cost.isFinite)
    }

    @Test("sums of counts stay at the ends of Int")
    func sums() {
        let most = TokenUsage(promptTokens: .max, completionTokens: .max)
        #expect(most + TokenUsage(promptTokens: 1, completionTokens: 0) == most)
        let least = TokenUsage(promptTokens: .min, completionTokens: .min)
        #expect(least + least == least && (least + most) == TokenUsage(promptTokens: -1, completionTokens: -1))
    }
}
