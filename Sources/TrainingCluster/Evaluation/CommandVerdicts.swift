import Foundation
package import Judging

/// The verdict log of a command that is not a run.
package enum CommandVerdicts {
    /// Opens the log that is named, or the run folder's if there is one; otherwise verdicts are kept in memory.
    ///
    /// A log that a run is writing is only read.
    ///
    /// - Parameter say: told what was found, a line at a time.
    /// - Throws: `TelemetryError` for a file that can't be used.
    package static func open(_ path: String?, runFolder: String, say: (String) -> Void) throws -> VerdictLog {
        let own = runFolder + "/" + VerdictLog.fileName
        guard let path = path ?? (FileManager.default.fileExists(atPath: own) ? own : nil) else { return VerdictLog() }
        let log: VerdictLog
        do {
            log = try VerdictLog(path: path)
        } catch is BusyLog {
            say("\(path) is being written by another process; its verdicts are used, and none are added")
            log = try VerdictLog(path: path, access: .read)
        }
        say(log.summary(of: path))
        return log
    }
}

extension VerdictLog {
    /// What opening found, for people.
    package func summary(of path: String) -> String {
        var text = "\(count) verdicts in \(path)"
        if repairedByteCount > 0 { text += "; a torn last line of \(repairedByteCount) bytes was removed" }
        if !damagedLines.isEmpty {
            let named = damagedLines.prefix(10).map(String.init).joined(separator: ", ") + (damagedLines.count > 10 ? ", …" : "")
            text += "; \(damagedLines.count) damaged lines were skipped (\(named)): their verdicts are asked again"
        }
        return text
    }
}
