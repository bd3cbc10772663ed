import Foundation
import Glibc

/// Where checkpoints are written: threads of their own, so that a slow disk holds up neither actors nor compute threads.
package enum SavingThread {
    /// Runs `body` on a thread of its own, which yields to threads that compute, and suspends the caller until it is done.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                // On Linux this is the calling thread's own niceness; not getting it costs only time.
                _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
                continuation.resume(with: Swift.Result { try body() })
            }
            thread.name = "percept.save"
            thread.start()
        }
    }
}
