import Foundation
import Glibc
import Telemetry

/// What a rank of this process tells its launcher, if that is on the same host.
enum RankWords {
    private static let longest = 4096

    /// nil in what is no rank, and in ranks that a run starts by itself, whose end is no news to the launcher.
    private static let rank: Int? = CommandLine.arguments.contains("--recruit") ? nil : JobPlace.current?.rank

    /// This rank has begun to work.
    static func begin() {
        guard let rank else { return }
        let job = ProcessInfo.processInfo.environment["PMIX_NAMESPACE"]
        LaunchJournal.current?.add(.init(.began, rank: rank, process: getpid(), job: job))
    }

    /// This rank ends by an error.
    ///
    /// - Parameter words: what the launcher is to say of it; nil if that is said, empty if the fault is another rank's.
    /// - Returns: Whether the launcher will know.
    @discardableResult
    static func leave(_ words: String? = nil, code: Int32) -> Bool {
        guard let rank, let journal = LaunchJournal.current else { return false }
        return journal.add(.init(.ended, rank: rank, process: getpid(), code: code, words: words.map { String($0.prefix(longest)) }))
    }
}
