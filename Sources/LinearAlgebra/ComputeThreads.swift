import Dispatch
import Synchronization

/// Where heavy work runs: threads of its own, never the cooperative pool, so that messages and timers go on meanwhile.
package enum ComputeThreads {
    private static let queue = DispatchQueue(label: "percept.compute", attributes: .concurrent)

    /// Runs `body` on a compute thread and suspends the caller until it is done.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Runs `body` for each index in `0 ..< count` on up to `threads` threads, the caller's included; returns when all are done.
    ///
    /// Which thread takes which index is left to chance: results must depend on the index alone. The first error by index is thrown.
    package static func forEach(_ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void) throws {
        let next = Atomic<Int>(0)
        let failures = Mutex<[(index: Int, error: any Error)]>([])
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                do { try body(index) } catch { failures.withLock { $0.append((index, error)) } }
            }
        }
        if let first = failures.withLock({ $0.min { $0.index < $1.index } }) { throw first.error }
    }
}
