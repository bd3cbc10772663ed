import Glibc

/// The right to write a run folder: one process at a time, told apart by a generation number that only grows.
///
/// The file `RUN/lease` is locked as long as the holder lives, and says who that is. Should a lock be lost with the file (a network folder
/// that was cut off, a file removed by hand), the generation tells an old holder that another has taken over: a commit checks it.
///
/// - Isolation: immutable but for the lock that ends with it; any thread may check.
package final class RunLease: Sendable {
    /// The run folder.
    package let folder: String
    /// 1 for the first holder of the run, then one more each time.
    package let generation: Int
    private let descriptor: Int32

    private static let maximumByteCount = 4096

    /// Takes the lease of a run folder, which must exist.
    /// - Throws: ``CheckpointError``: `leaseHeld` with the holder's process and host, `unwritable`, `corrupt`.
    package init(folder: String) throws(CheckpointError) {
        let path = Self.path(in: folder)
        func failure(_ operation: String) -> CheckpointError {
            CheckpointError(.unwritable, path: path, "\(operation): \(String(cString: strerror(errno)))")
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("can't open") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error =
                errno == EWOULDBLOCK
                ? CheckpointError(
                    .leaseHeld, path: folder,
                    "another process writes this run: \(Self.text(descriptor).split(separator: "\n").joined(separator: ", ")); stop it, or choose another --output"
                ) : failure("can't lock")
            close(descriptor)
            throw error
        }
        do throws(CheckpointError) {
            let text = Self.text(descriptor)
            let previous = Self.generation(in: text)
            guard text.isEmpty || previous != nil else {
                throw CheckpointError(.corrupt, path: path, "not a lease; remove the file if no process writes this run")
            }
            let next = (previous ?? 0) + 1
            var host = [CChar](repeating: 0, count: 256)
            let hasHost = gethostname(&host, 255) == 0
            let hostName = hasHost ? String(decoding: host.lazy.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
            let content = Array("generation \(next)\npid \(getpid())\nhost \(hostName)\n".utf8)
            let isWritten = content.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) } == content.count
            guard isWritten, ftruncate(descriptor, off_t(content.count)) == 0, fsync(descriptor) == 0 else { throw failure("can't write") }
            self.folder = folder
            self.descriptor = descriptor
            generation = next
        } catch {
            close(descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Confirms that this process still is the run's only writer.
    /// - Throws: ``CheckpointError`` with code `leaseLost`.
    package func check() throws(CheckpointError) {
        let path = Self.path(in: folder)
        func lost(_ reason: String) -> CheckpointError {
            CheckpointError(.leaseLost, path: folder, "generation \(generation) no longer writes this run: \(reason)")
        }
        let current = open(path, O_RDONLY | O_CLOEXEC)
        guard current >= 0 else { throw lost("the lease file is gone") }
        defer { close(current) }
        guard let found = Self.generation(in: Self.text(current)) else { throw lost("the lease file is damaged") }
        guard found == generation else { throw lost("generation \(found) has taken over") }
        var (mine, theirs) = (stat(), stat())
        guard fstat(descriptor, &mine) == 0, fstat(current, &theirs) == 0, mine.st_ino == theirs.st_ino, mine.st_dev == theirs.st_dev else {
            throw lost("the lease file was replaced")
        }
    }

    private static func path(in folder: String) -> String { folder + "/lease" }

    private static func text(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: maximumByteCount)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }

    private static func generation(in text: String) -> Int? {
        guard let line = text.split(separator: "\n").first, line.hasPrefix("generation ") else { return nil }
        return Int(line.dropFirst("generation ".count)).flatMap { $0 > 0 && $0 < .max ? $0 : nil }
    }
}
