import Endpoints
import Testing

@Suite("the pause before a retry")
struct RetryTests {
    private let schedule = RetrySchedule(bounds: .milliseconds(100) ... .seconds(2))

    @Test("pauses grow, keep within their bounds and differ by chance")
    func growth() {
        for (retry, longest) in [(1, 200), (2, 400), (3, 800), (4, 1600), (5, 2000), (60, 2000)] {
            let low = schedule.delay(retry: retry, retryAfter: nil, chance: 0)
            let high = schedule.delay(retry: retry, retryAfter: nil, chance: 0.999_999)
            #expect(low == .milliseconds(longest / 2))
            #expect(high > low && high <= .milliseconds(longest))
        }
    }

    @Test("a server that asks for time gets it, up to the bound")
    func retryAfter() {
        #expect(schedule.delay(retry: 1, retryAfter: .seconds(1), chance: 0.5) == .seconds(1))
        #expect(schedule.delay(retry: 1, retryAfter: .seconds(3600), chance: 0.5) == .seconds(2))
        #expect(schedule.delay(retry: 1, retryAfter: .zero, chance: 0) == .milliseconds(100))
    }
}
