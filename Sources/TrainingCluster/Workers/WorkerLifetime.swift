import Synchronization

/// The life of a rank that only works for others: lasts until the controller ends it, or is lost.
package final class WorkerLifetime: Sendable {
    private let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    private let last = Mutex<[@Sendable () async -> Void]>([])
    private let isFinalizable = Atomic<Bool>(false)

    package init() {}

    /// Ends it; the first end counts.
    ///
    /// - Parameter canFinalize: Whether all ranks end together, so that MPI can be finalized.
    package func end(canFinalize: Bool) {
        if canFinalize { isFinalizable.store(true, ordering: .relaxed) }
        continuation.finish()
    }

    /// Leaves something to be done when the worker's work is over.
    package func atEnd(_ work: @escaping @Sendable () async -> Void) { last.withLock { $0.append(work) } }

    /// Does what was left for the end.
    func finish() async { for work in last.withLock({ $0 }) { await work() } }

    /// Returns once ``end(canFinalize:)`` was called: whether MPI can be finalized.
    package func wait() async -> Bool {
        for await _ in stream {}
        return isFinalizable.load(ordering: .relaxed)
    }
}
