/// How long to wait before a request is tried again.
///
/// The n-th retry waits a random time in the upper half of `[lower, min(upper, lower · 2ⁿ)]`, so that clients that failed together don't
/// return together. A server that names a time is heeded up to the upper bound. Chance decides when, never what.
package struct RetrySchedule: Sendable {
    private let bounds: ClosedRange<Duration>

    package init(bounds: ClosedRange<Duration>) { self.bounds = bounds }

    /// - Parameters:
    ///   - retry: 1 for the first retry.
    ///   - retryAfter: what the server asks for.
    ///   - chance: in 0 ..< 1.
    package func delay(retry: Int, retryAfter: Duration?, chance: Double) -> Duration {
        let longest = min(bounds.upperBound, bounds.lowerBound * Double(1 << min(max(retry, 1), 30)))
        let shortest = max(bounds.lowerBound, longest / 2)
        let delay = shortest + (longest - shortest) * chance
        return min(bounds.upperBound, max(delay, retryAfter ?? .zero))
    }
}
