import Synchronization

/// Set when somebody asks the run to stop: it finishes its step, writes a checkpoint and ends.
package final class StopRequest: Sendable {
    private let requested = Atomic<Bool>(false)

    package init() {}

    package var isRequested: Bool { requested.load(ordering: .relaxed) }

    package func request() { requested.store(true, ordering: .relaxed) }
}
