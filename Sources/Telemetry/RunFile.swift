import Files
import Foundation
import Glibc

/// Small JSON files of a run folder: sorted keys, replaced as a whole and on the disk before they are seen.
enum RunFile {
    /// - Parameter isDurable: False for what is out of date in a second: it is replaced as a whole, but need not outlive the machine.
    static func write(_ value: some Encodable, _ folder: String, _ name: String, isDurable: Bool = true) throws(TelemetryError) {
        let path = folder + "/" + name
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8]
        do {
            bytes = [UInt8](try encoder.encode(value)) + [0x0A]
        } catch {
            throw .record(reason: "\(name): \(error)")
        }
        let partial = path + ".partial"
        // Never through a link that somebody else has put there.
        unlink(partial)
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(partial, "create") }
        let written = Glibc.write(descriptor, bytes, bytes.count)
        let reason = written < 0 ? JSONLinesLog.systemReason(errno) : "only \(written) of \(bytes.count) bytes fit: is the disk full?"
        let isOnDisk = written == bytes.count && (!isDurable || fsync(descriptor) == 0)
        Glibc.close(descriptor)
        guard isOnDisk else {
            unlink(partial)
            throw .file(path: path, operation: "write", reason: reason)
        }
        guard rename(partial, path) == 0 else { throw failure(path, "write") }
        guard isDurable else { return }
        // The rename itself is on the disk only with its folder.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw failure(folder, "open") }
        defer { Glibc.close(directory) }
        guard fsync(directory) == 0 else { throw failure(folder, "write to disk") }
    }

    static func read<Value: Decodable>(_ folder: String, _ name: String) throws(TelemetryError) -> Value {
        let path = folder + "/" + name
        do {
            return try JSONDecoder().decode(Value.self, from: InputFile.read(path))
        } catch {
            throw .file(path: path, operation: "read", reason: FileFailure.words(of: error))
        }
    }

    private static func failure(_ path: String, _ operation: String) -> TelemetryError {
        .file(path: path, operation: operation, reason: JSONLinesLog.systemReason(errno))
    }
}
