import Glibc
import Telemetry

/// Somebody else appends to a log.
package struct BusyLog: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path): another process appends to this log; wait for its end, or name another file" }
}

/// Keeps a second process from appending to a file, as long as it lives.
final class LogLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws {
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw TelemetryError.file(path: path, operation: "open", reason: String(cString: strerror(errno))) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(opened)
            if reason == EWOULDBLOCK { throw BusyLog(path: path) }
            throw TelemetryError.file(path: path, operation: "lock", reason: String(cString: strerror(reason)))
        }
        // Last: an object that is whole when its init throws is ended by deinit, which would close a number that may be another file's by then.
        descriptor = opened
    }

    deinit {
        // A program that is being started may still have a copy of the descriptor, which would keep the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
