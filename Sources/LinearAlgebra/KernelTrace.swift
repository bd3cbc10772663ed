internal import CKernels
import Glibc
import Synchronization

/// Which kernels a computation runs: for the test that the numeric fingerprint leaves none out.
package enum KernelTrace {
    private struct State {
        var thread: pthread_t?
        var names: Set<String> = []
    }

    private static let state = Mutex(State())

    /// The names of the kernels that this thread calls while `body` runs, as `kernels.h` declares them.
    ///
    /// - Precondition: One trace at a time.
    package static func names<Result>(during body: () throws -> Result) rethrows -> (names: Set<String>, result: Result) {
        state.withLock { $0 = State(thread: pthread_self()) }
        ck_observe { name in
            guard let name else { return }
            let text = String(cString: name)
            let thread = pthread_self()
            KernelTrace.state.withLock { if $0.thread == thread { $0.names.insert(text) } }
        }
        defer { ck_observe(nil) }
        let result = try body()
        return (state.withLock { $0.names }, result)
    }
}
