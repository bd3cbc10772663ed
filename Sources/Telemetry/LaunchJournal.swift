import Files
import Foundation
import Glibc

/// What the ranks of one start of mpirun tell the launcher: a file of JSON lines in the temporary folder of its host.
///
/// It tells a launcher within moments who began and who ended before the run did, and why; ranks of other hosts reach it through mpirun
/// (``JournalFrames``). Its name is the attempt's, which the files of the run folder carry: so a launcher knows its own run's end from that of
/// another run in the same folder.
package struct LaunchJournal: Sendable {
    /// One thing that happened.
    package struct Line: Hashable, Codable, Sendable {
        package enum Event: String, Hashable, Codable, Sendable {
            /// The launcher has started mpirun.
            case launched
            /// A rank has begun to work: its process has read its arguments.
            case began
            /// A rank on another host lives, and has not met the others yet.
            case alive
            /// A rank on another host has met the others.
            case met
            /// A rank ends by an error.
            case ended
        }

        package let event: Event
        /// The rank's number; nil of mpirun.
        package var rank: Int?
        package let process: Int32
        /// The exit code of a rank that ends.
        package var code: Int32?
        /// What the rank would say, where it leaves that to the launcher.
        package var words: String?
        /// The name that PMIx has for the job.
        package var job: String?
        /// The host where it happened; nil of the launcher's.
        package var host: String?

        package init(
            _ event: Event, rank: Int? = nil, process: Int32, code: Int32? = nil, words: String? = nil, job: String? = nil,
            host: String? = nil
        ) {
            self.event = event
            self.rank = rank
            self.process = process
            self.code = code
            self.words = words
            self.job = job
            self.host = host
        }
    }

    /// Names the file to the ranks.
    package static let variable = "PERCEPT_JOURNAL"

    package let path: String

    package init(path: String) { self.path = path }

    /// That of the launcher that this process was started by; nil without one.
    package static let current = ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : LaunchJournal(path: $0) }

    /// Whether the launcher sees this process: it is of mpirun's session, on the launcher's host. The journal alone does not tell, as hosts may
    /// share its folder.
    package var isHere: Bool {
        guard access(path, W_OK) == 0 else { return false }
        return lines.first { $0.event == .launched }.map { $0.process == getsid(0) } ?? true
    }

    /// The attempt's name: `percept-launch-1000-…`.
    package var attempt: String { URL(filePath: path).lastPathComponent }

    /// Whether this attempt wrote a file of the run folder: `run.json` or `run.end.json`.
    package func hasWritten(_ path: String) -> Bool {
        struct Signature: Decodable { let attempt: String? }
        guard let bytes = try? InputFile.read(path) else { return false }
        return (try? JSONDecoder().decode(Signature.self, from: bytes))?.attempt == attempt
    }

    /// Adds a line by one write.
    ///
    /// - Returns: False if there is no such file here: the launcher is on another host, or gone.
    @discardableResult
    package func add(_ line: Line) -> Bool {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard let bytes = try? JSONEncoder().encode(line) + [0x0A] else { return false }
        return bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }

    /// What has been told so far. Lines that can't be read are passed over.
    package var lines: [Line] {
        let bytes = (try? InputFile.read(path)) ?? Data()
        return bytes.split(separator: 0x0A).compactMap { try? JSONDecoder().decode(Line.self, from: $0) }
    }
}
