import Synchronization
import Telemetry

/// Says, every few seconds while an endpoint is away, that it is waited for, and why.
final class Outage: Sendable {
    private struct State {
        var words: String?
        var teller: Task<Void, Never>?
        var isTold = false
    }

    private let host: String
    private let limit: Duration
    private let log: Log
    private let began = ContinuousClock.now
    private let state = Mutex(State())

    /// A server that is back within this is not worth a line.
    private static let silence = Duration.seconds(1)
    private static let interval = Duration.seconds(10)

    /// - Parameters:
    ///   - host: Who is waited for.
    ///   - limit: How long.
    init(_ host: String, limit: Duration, log: Log) {
        self.host = host
        self.limit = limit
        self.log = log
    }

    /// The latest failure.
    var words: String? { state.withLock { $0.words } }

    /// Another attempt has failed. The first begins the telling.
    func heard(_ failure: String) {
        state.withLock { current in
            current.words = failure
            guard current.teller == nil else { return }
            current.teller = Task { [self] in
                guard (try? await Task.sleep(for: Self.silence)) != nil else { return }
                repeat {
                    state.withLock { $0.isTold = true }
                    log.warning(
                        "waiting for a judge's endpoint",
                        [
                            "endpoint": host, "seconds": Int((ContinuousClock.now - began) / .seconds(1)), "limit": limit,
                            "reason": words ?? "",
                        ])
                } while (try? await Task.sleep(for: Self.interval)) != nil
            }
        }
    }

    /// The wait is over.
    func end() {
        let isTold = state.withLock { state in
            state.teller?.cancel()
            return state.isTold
        }
        guard isTold else { return }
        log.notice("waited for a judge's endpoint", ["endpoint": host, "seconds": Int((ContinuousClock.now - began) / .seconds(1))])
    }
}
