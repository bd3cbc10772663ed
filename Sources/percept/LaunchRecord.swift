import Foundation
import Glibc
import Telemetry

/// The journal of one attempt as its launcher holds it: a file in the temporary folder that is locked as long as the launcher or its mpirun lives.
///
/// So a later launcher knows whose leftovers are nobody's: a journal of the same user that can be locked belongs to processes that are gone.
final class LaunchRecord {
    let journal: LaunchJournal
    let descriptor: Int32

    private static var prefix: String { "percept-launch-\(getuid())-" }
    private static var folder: String { FileManager.default.temporaryDirectory.path }

    /// Creates the file, and removes what launchers that were killed have left.
    ///
    /// - Throws: ``CommandFailure`` if the temporary folder can't be written.
    init() throws {
        Self.sweep()
        let path = Self.folder + "/" + Self.prefix + UUID().uuidString.lowercased()
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw CommandFailure("\(path): can't be written: \(reason); make room there, or set TMPDIR to another folder")
        }
        journal = LaunchJournal(path: path)
    }

    deinit {
        // A mpirun that was killed has removed nothing; this attempt's has ended.
        Self.clear(journal)
        close(descriptor)
    }

    // MARK: - Leftovers

    /// A file that was created a moment ago may not be locked yet.
    private static let youth = 5.0

    /// Removes what attempts left whose launcher and mpirun are gone: their journals, Open MPI's folders and shared memory.
    private static func sweep() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let path = folder + "/" + name
            let file = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            guard file >= 0 else { continue }
            defer { close(file) }
            var status = stat()
            guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == getuid(),
                Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) > youth, flock(file, LOCK_EX | LOCK_NB) == 0
            else { continue }
            clear(LaunchJournal(path: path))
        }
    }

    private static func clear(_ journal: LaunchJournal) {
        for leftover in leftovers(of: journal.lines) { try? FileManager.default.removeItem(atPath: leftover) }
        unlink(journal.path)
    }

    /// What a dead mpirun and its ranks have left on this host.
    private static func leftovers(of lines: [LaunchJournal.Line]) -> [String] {
        let host = ProcessInfo.processInfo.hostName
        var found: [String] = []
        for line in lines where line.event == .launched {
            // Another process may have the number by now, and the folder of that name.
            if kill(line.process, 0) != 0 { found.append("\(folder)/ompi.\(host).\(getuid())/pid.\(line.process)") }
        }
        // PMIx's name of a job is its number, which segments bear in hexadecimal; all jobs of one mpirun share the upper half.
        let families = Set(lines.compactMap { $0.job.flatMap { UInt32($0) } }.map { $0 >> 16 })
        let prefix = "vader_segment.\(host).\(getuid())."
        let segments = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/shm")) ?? []
        found += segments.filter { name in
            guard name.hasPrefix(prefix), let job = UInt32(name.dropFirst(prefix.count).prefix { $0 != "." }, radix: 16) else {
                return false
            }
            return families.contains(job >> 16)
        }.map { "/dev/shm/" + $0 }
        return found
    }
}
