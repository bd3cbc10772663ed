import Dispatch
import Foundation
import Glibc
import Synchronization
import Telemetry

/// What a rank of this process tells its launcher: on the launcher's host in the journal itself, elsewhere through mpirun.
enum RankWords {
    private static let longest = 4096

    /// nil in what is no rank, and in ranks that a run starts by itself, whose end is no news to the launcher.
    private static let rank: Int? = CommandLine.arguments.contains("--recruit") ? nil : JobPlace.current?.rank

    private static let journal = LaunchJournal.current
    private static let isHere = journal?.isHere ?? false

    /// Signs of life on another host than the launcher's, which sees no process of this one end.
    private static let beat = Mutex<(any DispatchSourceTimer)?>(nil)
    private static let beatMilliseconds = 500

    /// This rank has begun to work.
    static func begin() {
        guard let rank, let journal else { return }
        let job = ProcessInfo.processInfo.environment["PMIX_NAMESPACE"]
        tell(.init(.began, rank: rank, process: getpid(), job: job), journal)
        guard !isHere else { return }
        beat.withLock { beat in
            let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "percept.beat"))
            timer.schedule(deadline: .now() + .milliseconds(beatMilliseconds), repeating: .milliseconds(beatMilliseconds))
            timer.setEventHandler { tell(.init(.alive, rank: rank, process: getpid()), journal) }
            timer.resume()
            beat = timer
        }
    }

    /// This rank has met the others: from now on they watch each other.
    static func met() {
        guard let rank, let journal, stopBeat() else { return }
        tell(.init(.met, rank: rank, process: getpid()), journal)
    }

    /// This rank ends by an error.
    ///
    /// - Parameter words: what the launcher is to say of it; nil if that is said, empty if the fault is another rank's.
    /// - Returns: Whether the launcher will say the words: it does so for ranks of its own host.
    @discardableResult
    static func leave(_ words: String? = nil, code: Int32) -> Bool {
        guard let rank, let journal else { return false }
        guard isHere || words == nil || words == "" else { return false }
        _ = stopBeat()
        return tell(.init(.ended, rank: rank, process: getpid(), code: code, words: words.map { String($0.prefix(longest)) }), journal)
    }

    /// Whether there was one.
    private static func stopBeat() -> Bool {
        beat.withLock { timer in
            defer { timer = nil }
            timer?.cancel()
            return timer != nil
        }
    }

    @discardableResult
    private static func tell(_ line: LaunchJournal.Line, _ journal: LaunchJournal) -> Bool {
        if isHere { return journal.add(line) }
        var line = line
        line.host = ProcessInfo.processInfo.hostName
        return StandardStream.error.write(JournalFrames.frame(line)) == nil
    }
}
