import Files
import Foundation
import Glibc

/// The right to write a run folder: one process at a time, told apart by a generation number that only grows.
///
/// The file `RUN/lease` is locked as long as the holder lives, and says who that is. A holder that hangs or is cut off keeps its lock; a
/// take-over puts another file of a higher generation in its place, and the old holder finds that out by ``check()``, which it does before
/// everything it writes:
///
/// ```
///   old holder: lease (inode 7, generation 4) ──── stopped ──────────── check(): lease is inode 9 ─► leaseLost, nothing is written
///   newcomer:   lock refused for some seconds ─► inode 9, generation 5, locked ─ rename ─► lease
/// ```
///
/// Between an old holder's check and its write a newcomer may come in. Files that are only appended to are therefore given new inodes by
/// the newcomer as well (``RunRecords``): what the old holder still has open is nobody's file any more.
///
/// - Isolation: immutable but for the lock that ends with it; any thread may check.
package final class RunLease: Sendable {
    /// What to do about a folder that somebody else holds.
    package enum Policy: Hashable, Sendable {
        /// Refuse it.
        case refuse
        /// Wait for so many seconds, then take it.
        case takeOver(afterSeconds: Double)
    }

    /// The run folder.
    package let folder: String
    /// 1 for the first holder of the run, then one more each time.
    package let generation: Int
    /// Who still held the lease when it was taken over, as `generation 4, pid 17, host a`; nil if it was free.
    package let displaced: String?
    private let descriptor: Int32

    private static let maximumByteCount = 4096

    /// Takes the lease of a run folder, which must exist.
    /// - Throws: ``CheckpointError``: `leaseHeld` with the holder's process and host, `unwritable`, `corrupt`.
    package init(folder: String, policy: Policy = .refuse) throws(CheckpointError) {
        let path = Self.path(in: folder)
        let lock = try Self.lock(folder: folder, policy: policy)
        do throws(CheckpointError) {
            let text = Self.text(lock.descriptor)
            let previous = Self.generation(in: lock.heldBy ?? text)
            guard (lock.heldBy ?? text).isEmpty || previous != nil else {
                throw CheckpointError(.corrupt, path: path, "not a lease; remove the file if no process writes this run")
            }
            let next = (previous ?? 0) + 1
            var host = [CChar](repeating: 0, count: 256)
            let hasHost = gethostname(&host, 255) == 0
            let hostName = hasHost ? String(decoding: host.lazy.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self) : "unknown"
            let job = Self.job.map { $0 + "\n" } ?? ""
            let content = Array("generation \(next)\npid \(getpid())\nhost \(hostName)\n\(job)".utf8)
            let isWritten = content.withUnsafeBytes { pwrite(lock.descriptor, $0.baseAddress, $0.count, 0) } == content.count
            guard isWritten, ftruncate(lock.descriptor, off_t(content.count)) == 0, fsync(lock.descriptor) == 0 else {
                throw Self.failure(path, "can't write")
            }
            if lock.heldBy != nil {
                // From here on the old holder's checks fail.
                try DurableFile.rename(Self.newcomer(in: folder), to: path)
            }
            self.folder = folder
            descriptor = lock.descriptor
            generation = next
            displaced = lock.heldBy.map(Self.oneLine)
        } catch {
            close(lock.descriptor)
            throw error
        }
    }

    deinit { close(descriptor) }

    /// Lets the folder go while the process lives on: its holder has written its last word. Idempotent.
    package func release() { flock(descriptor, LOCK_UN) }

    /// Confirms that this process still is the run's only writer.
    /// - Throws: ``CheckpointError`` with code `leaseLost`.
    package func check() throws(CheckpointError) {
        let path = Self.path(in: folder)
        func lost(_ reason: String) -> CheckpointError {
            CheckpointError(
                .leaseLost, path: folder,
                "generation \(generation) no longer writes this run: \(reason); this process ends and leaves it alone")
        }
        let current = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard current >= 0 else { throw lost("the lease file is gone") }
        defer { close(current) }
        guard let found = Self.generation(in: Self.text(current)) else { throw lost("the lease file is damaged") }
        guard found == generation else { throw lost("generation \(found) has taken over") }
        guard Self.isSame(descriptor, current) else { throw lost("the lease file was replaced") }
    }

    /// Gives files of the run folder new inodes with the same bytes, so that what the displaced holder still appends to them is lost. A line
    /// that it writes at this moment may be torn in the copy, as if it had died there.
    ///
    /// - Parameter names: those that are not there are passed over.
    /// - Throws: ``CheckpointError``: `unwritable`, `leaseLost`.
    package func detachFiles(_ names: [String]) throws(CheckpointError) {
        for name in names {
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let copy = path + ".partial"
            do throws(CheckpointError) {
                try DurableFile.remove(copy)
                try Self.copy(path, to: copy)
                try DurableFile.sync(copy)
                try check()
                try DurableFile.rename(copy, to: path)
            } catch {
                try? DurableFile.remove(copy)
                throw error
            }
        }
    }

    private static func copy(_ path: String, to target: String) throws(CheckpointError) {
        do {
            try FileManager.default.copyItem(atPath: path, toPath: target)
        } catch {
            throw CheckpointError(.unwritable, path: target, "can't copy \(path): \(FileFailure.words(of: error))")
        }
    }

    // MARK: - Locks

    /// A file that is locked: `lease` itself or, where a holder doesn't let go of that, one that is to replace it.
    private struct Lock {
        let descriptor: Int32
        /// What the lease of a holder says that is to be displaced.
        let heldBy: String?
    }

    private static func lock(folder: String, policy: Policy) throws(CheckpointError) -> Lock {
        let path = path(in: folder)
        var patience: ContinuousClock.Instant?
        if case .takeOver(let seconds) = policy { patience = .now + .seconds(seconds) }
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw failure(path, "can't open") }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                // Whoever took over meanwhile has put another file here: a lock on the old one is worth nothing.
                let current = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                defer { if current >= 0 { close(current) } }
                if current >= 0, isSame(descriptor, current) { return Lock(descriptor: descriptor, heldBy: nil) }
                close(descriptor)
                continue
            }
            let reason = errno
            let holder = text(descriptor)
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                errno = reason
                throw failure(path, "can't lock (a file system without flock can't hold a run folder)")
            }
            guard let patience else {
                throw CheckpointError(.leaseHeld, path: folder, refusal(holder, folder: folder))
            }
            guard patience > .now else { return Lock(descriptor: try lockNewcomer(folder), heldBy: holder) }
            usleep(100_000)
        }
    }

    /// What a newcomer is told. Processes that one launcher started are not to displace each other: the run would go from hand to hand.
    private static func refusal(_ holder: String, folder: String) -> String {
        let fact = "another process writes this run: \(oneLine(holder)); "
        if let job, holder.split(separator: "\n").contains(where: { $0 == job }) {
            return fact + "it was started together with this one: start the run once (percept launch), or give each an --output of its own"
        }
        return fact + "stop it, or choose another --output; if it hangs or is cut off, take its place: --resume \(folder) --take-over"
    }

    /// The line that names the processes that were started with this one; nil where it was started alone.
    private static let job = LauncherWorld.current.map { world in "job " + world.job.filter { !$0.isNewline } }

    /// A locked file beside the lease.
    private static func lockNewcomer(_ folder: String) throws(CheckpointError) -> Int32 {
        let path = newcomer(in: folder)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, "can't create") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = failure(path, "can't lock")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func failure(_ path: String, _ operation: String) -> CheckpointError {
        CheckpointError(.unwritable, path: path, "\(operation): \(String(cString: strerror(errno)))")
    }

    private static func isSame(_ one: Int32, _ other: Int32) -> Bool {
        var (mine, theirs) = (stat(), stat())
        return fstat(one, &mine) == 0 && fstat(other, &theirs) == 0 && mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev
    }

    /// The lease's name in a run folder.
    package static let fileName = "lease"

    /// The process that a lease names, on whatever host; nil without a lease.
    package static func holder(ofFile path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let line = text(descriptor).split(separator: "\n").first { $0.hasPrefix("pid ") }
        return line.flatMap { Int32($0.dropFirst("pid ".count)) }
    }

    private static func path(in folder: String) -> String { folder + "/" + fileName }

    /// One name a process: two newcomers must not write the same file.
    private static func newcomer(in folder: String) -> String { folder + "/\(fileName).\(getpid()).partial" }

    private static func oneLine(_ text: String) -> String { text.split(separator: "\n").joined(separator: ", ") }

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
