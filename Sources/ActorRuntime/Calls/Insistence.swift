/// Calls that must arrive: repeated until they do, or a limit is reached.
package enum Insistence {
    /// Repeats an idempotent call while it fails for a reason that time may mend: a lost message, an overloaded or silent peer.
    ///
    /// - Parameters:
    ///   - what: What the call is for: stands in the error.
    ///   - limit: Time after which no further attempt begins.
    ///   - call: The call; each attempt has the call deadline of its task.
    /// - Returns: What the first successful attempt returned.
    /// - Throws: The callee's own error at once; ``InsistenceError`` at the limit; `CancellationError`.
    package static func repeating<R: Sendable>(
        _ what: String, limit: Duration, isolation: isolated (any Actor)? = #isolation, _ call: () async throws -> R
    ) async throws -> R {
        let start = ContinuousClock.now
        var pause = Duration.milliseconds(50)
        var attempts = 0
        while true {
            do {
                attempts += 1
                return try await call()
            } catch let failure as RemoteFailure where failure.isRetryable {
                guard ContinuousClock.now - start < limit else {
                    throw InsistenceError(what: what, attempts: attempts, elapsed: ContinuousClock.now - start, last: failure)
                }
                // A call that ran into its deadline has waited long enough.
                if failure.code != .timedOut {
                    try await Task.sleep(for: pause)
                    pause = min(pause * 2, .seconds(1))
                }
            }
        }
    }
}

/// A call that was repeated in vain.
package struct InsistenceError: Error, CustomStringConvertible, Sendable {
    /// What the call was for.
    package let what: String
    package let attempts: Int
    package let elapsed: Duration
    /// How the last attempt failed.
    package let last: RemoteFailure

    package var description: String { "\(what): \(attempts) attempts in \(elapsed) failed, the last with: \(last)" }
}
