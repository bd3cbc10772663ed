import Synchronization

/// A continuation that several parties race to resume; the first wins, and who comes before the continuation is remembered.
final class SingleResume: Sendable {
    private enum State: Sendable {
        case idle
        case waiting(CheckedContinuation<Void, any Error>)
        case finished(Result<Void, any Error>)
    }

    private let state = Mutex(State.idle)

    /// Waits until `finish` is called.
    func wait() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let early = state.withLock { state -> Result<Void, any Error>? in
                if case .finished(let result) = state { return result }
                state = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }
    }

    /// Ends the wait. Returns false if somebody else was first.
    @discardableResult
    func finish(_ result: Result<Void, any Error>) -> Bool {
        let (won, continuation) = state.withLock { state -> (Bool, CheckedContinuation<Void, any Error>?) in
            switch state {
            case .finished: return (false, nil)
            case .idle:
                state = .finished(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .finished(result)
                return (true, continuation)
            }
        }
        continuation?.resume(with: result)
        return won
    }
}
