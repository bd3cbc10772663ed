import Glibc
import Telemetry

/// Some room on the run folder's disk, kept for the last words of a run that fills it: `RUN/reserve`.
///
/// A run whose records find no room ends as failed and says so in `run.end.json`, which needs room too.
struct RunReserve: Sendable {
    static let fileName = "reserve"
    private static let byteCount = 1 << 16

    private let path: String

    /// - Throws: `TelemetryError` if there is no room even for this.
    init(folder: String) throws(TelemetryError) {
        path = folder + "/" + Self.fileName
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: path, operation: "create", reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let code = posix_fallocate(descriptor, 0, off_t(Self.byteCount))
        guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
            unlink(path)
            throw .file(path: path, operation: "make room for", reason: String(cString: strerror(code)))
        }
    }

    /// Gives the room back, for the last words. Idempotent; only for who holds the run's lease.
    func release() { unlink(path) }
}
