package import Glibc

/// What Linux tells of a process of this host: `/proc/PID/stat`.
package struct ProcessStatus: Hashable, Sendable {
    /// A letter: R runs, S sleeps, T is stopped, Z has ended and waits for its parent, … (proc(5)).
    package let state: Character
    /// The process that started it, or that has taken it over.
    package let parent: pid_t
    /// The session that it belongs to: the process number of the one that opened it.
    package let session: pid_t

    /// Nil of a process that is gone.
    package init?(_ process: pid_t) {
        guard let data = try? InputFile.read("/proc/\(process)/stat") else { return nil }
        self.init(line: String(decoding: data, as: UTF8.self))
    }

    /// Reads the file's line; nil of one that is none.
    package init?(line: String) {
        // The program's name stands in brackets and may hold anything; behind it: state, parent, group, session.
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        guard fields.count > 3, let state = fields[0].first, let parent = pid_t(fields[1]), let session = pid_t(fields[3]) else {
            return nil
        }
        self.state = state
        self.parent = parent
        self.session = session
    }

    /// Whether a signal has stopped it: it does nothing until another one lets it go on.
    package var isStopped: Bool { state == "T" || state == "t" }
    /// Whether it has ended, and only its number is left.
    package var hasEnded: Bool { state == "Z" || state == "X" }
}
