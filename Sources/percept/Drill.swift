import Checkpointing
import Foundation
import Glibc

/// A death on order, for drills: `PERCEPT_DRILL=kill-at-save:<work>:<step>` kills the process, as kill -9 does, right after that piece of
/// work of the save of that step. Off unless it is set, and in a run that is resumed.
///
/// `<work>` is one of ``CheckpointCommit/Work``, such as `open`, `shard` (the first learner rank that is done with it dies), `state`,
/// `manifest`, `confirm`, `displace`, `publish`, `settle`.
struct Drill: Sendable {
    static let variable = "PERCEPT_DRILL"

    private let work: CheckpointCommit.Work
    private let step: Int

    /// The drill that the environment asks for; nil without one.
    /// - Throws: ``CommandFailure`` for one that is not understood: a drill that never happens would prove nothing.
    static func requested(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Drill? {
        guard let text = environment[variable], !text.isEmpty else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "kill-at-save", let work = CheckpointCommit.Work(rawValue: parts[1]), let step = Int(parts[2])
        else {
            throw CommandFailure(
                "\(variable)=\(text) is no drill: kill-at-save:<work>:<step>, where <work> is one of "
                    + CheckpointCommit.Work.allCases.filter { $0 != .meet }.map(\.rawValue).joined(separator: ", "))
        }
        return Drill(work: work, step: step)
    }

    var observer: SaveObserver {
        { done, step in
            if done == work, step == self.step { kill(getpid(), SIGKILL) }
        }
    }
}
