import Endpoints
import Foundation
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

    @Test("Retry-After is read as seconds or as a date, and as nothing else")
    func header() {
        let now = Date(timeIntervalSince1970: 784_111_777 - 30)  // half a minute before RFC 9110's example date
        #expect(RetrySchedule.retryAfter("120", now: now) == .seconds(120))
        #expect(RetrySchedule.retryAfter(" 0.5 ", now: now) == .milliseconds(500))
        #expect(RetrySchedule.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(30))
        #expect(RetrySchedule.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now: now + 60) == .zero)
        #expect(RetrySchedule.retryAfter("1e300", now: now) == .seconds(86_400))
        for text in [nil, "", "-1", "nan", "inf", "soon", String(repeating: "1", count: 100)] {
            #expect(RetrySchedule.retryAfter(text, now: now) == nil)
        }
    }
}
