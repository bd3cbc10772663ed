import Synchronization

extension ClusterActorSystem {
    /// Calls of this process that wait for an answer.
    package var pendingCallCount: Int { calls.withLock { $0.table.count } }
    /// Calls of others that this process runs.
    package var runningCallCount: Int { invocations.withLock { $0.count } }
}
