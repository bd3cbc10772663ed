import Dispatch
import Files
import Foundation
import Glibc
import Telemetry

/// Ends a rank that nobody would watch, restart or end any more: one whose mpirun, or mpirun's daemon on its host, is gone or, on the launcher's
/// host, the launcher above it. A mpirun that lives ends its ranks itself; it may stand still.
final class ParentWatch {
    private let timer: any DispatchSourceTimer

    init() {
        let parent = getppid()
        let launcher = LaunchJournal.current.flatMap { $0.isHere ? ProcessStatus(parent)?.parent : nil }
        var isOrphaned = 0
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "percept.parent"))
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.setEventHandler {
            let isAlone = getppid() != parent
            if launcher != nil, ProcessStatus(parent)?.parent != launcher { isOrphaned += 1 }
            guard isAlone || isOrphaned > Self.patience else { return }
            let rank = JobPlace.current.map { "rank \($0.rank): " } ?? ""
            let who = isAlone ? "mpirun, which started this rank," : "the launcher, which started mpirun,"
            Console.standardError.say("\(rank)\(who) is gone; the rank ends")
            _exit(1)
        }
        timer.resume()
        self.timer = timer
    }

    /// Seconds for a mpirun whose launcher is gone to end its ranks.
    private static let patience = 5

    func cancel() { timer.cancel() }
}
