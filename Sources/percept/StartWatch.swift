import Foundation
import Glibc
import Telemetry

/// Watches an attempt until its run begins: `mpirun --enable-recovery` goes on without a rank that is gone, and the others would wait for it.
struct StartWatch {
    /// Why a start can't become a run.
    enum Failure: Equatable {
        /// A rank has refused what it was given: it would again.
        case refused(String)
        /// A rank has ended or is gone.
        case lost(String)

        var words: String {
            switch self {
            case .refused(let words), .lost(let words): words
            }
        }
    }

    private let journal: LaunchJournal
    private let rankCount: Int
    /// Hears ranks on other hosts; nil where there are none.
    private let remote: RemoteRanks?
    /// How long a rank on another host may be silent.
    private let limit: Duration
    private var firstBegan: ContinuousClock.Instant?
    private var failedSince: ContinuousClock.Instant?
    private var missingSince: ContinuousClock.Instant?
    /// Processes that were gone at the last look: one that ends may still be about to say why.
    private var gone: Set<pid_t> = []

    /// For other ranks to say what they have to say, and for mpirun to pass it on.
    private static let wordsLimit = Duration.milliseconds(700)
    /// Between the first sight of the ranks' processes and their first word, at most.
    private static let birthLimit = Duration.seconds(4)

    /// - Parameters:
    ///   - rankCount: how many ranks must begin.
    ///   - remote: hears ranks on other hosts; nil where there are none.
    ///   - limit: how long a rank on another host may be silent.
    init(_ journal: LaunchJournal, rankCount: Int, remote: RemoteRanks?, limit: Duration?) {
        self.journal = journal
        self.rankCount = rankCount
        self.remote = remote
        self.limit = limit ?? LaunchPatience.defaultBeat
    }

    /// Looks once; nil as long as the start may still become a run.
    mutating func look(_ job: LaunchedJob) -> Failure? {
        let lines = journal.lines
        let began = lines.filter { $0.event == .began }
        let ended = lines.filter { $0.event == .ended && $0.code != 0 }
        let living = Set(job.members())
        let spoken = Set(lines.filter { $0.event == .ended && $0.host == nil }.map(\.process))
        let silent = began.filter { $0.host == nil && !living.contains($0.process) && !spoken.contains($0.process) }
        defer { gone = Set(silent.map(\.process)) }
        let dead = silent.filter { gone.contains($0.process) }
        if let failure = Self.failure(ended, dead) {
            let since = failedSince ?? .now
            failedSince = since
            return .now - since > Self.wordsLimit ? failure : nil
        }
        if let remote { return absent(began, remote).map { .lost($0) } }
        return missing(began, living).map { .lost($0) }
    }

    /// Ranks that were never heard of, and of which there is no process that could still speak.
    private mutating func missing(_ began: [LaunchJournal.Line], _ living: Set<pid_t>) -> String? {
        let unborn = living.subtracting(began.map(\.process)).count
        guard !began.isEmpty, began.count + unborn < rankCount else {
            missingSince = nil
            return nil
        }
        let since = missingSince ?? .now
        missingSince = since
        guard .now - since > Self.birthLimit else { return nil }
        return "the process of rank \(unheard(began)) was gone before its first word: killed, or never started"
    }

    /// The same where processes of other hosts can't be seen: ranks that are silent, and those that never spoke though others did long ago.
    private mutating func absent(_ began: [LaunchJournal.Line], _ remote: RemoteRanks) -> String? {
        if let silent = remote.silent(for: limit).first {
            return
                "rank \(silent.rank) on \(silent.host) has been silent for \(limit) (cluster.worker_deadline_seconds) before the run began: "
                + "killed, or its host is away"
        }
        guard !began.isEmpty else { return nil }
        let since = firstBegan ?? .now
        firstBegan = since
        guard Set(began.compactMap(\.rank)).count < rankCount, .now - since > limit * 2 else { return nil }
        return "rank \(unheard(began)) has said no word \(limit * 2) after others began (twice cluster.worker_deadline_seconds): "
            + "killed, or never started"
    }

    private func unheard(_ began: [LaunchJournal.Line]) -> String {
        Set(0..<rankCount).subtracting(began.compactMap(\.rank)).sorted().map(String.init).joined(separator: ", ")
    }

    static func failure(_ ended: [LaunchJournal.Line], _ dead: [LaunchJournal.Line]) -> Failure? {
        func ranks(_ lines: [LaunchJournal.Line]) -> String {
            let numbers = Set(lines.compactMap(\.rank)).sorted().map(String.init)
            return (numbers.count == 1 ? "rank " : "ranks ") + numbers.joined(separator: ", ")
        }
        // Ranks that end because another does not come are named only where that one could not say so here.
        let own = ended.filter { $0.words != "" }
        if own.isEmpty, dead.isEmpty, let first = ended.first {
            let words = "a rank on another host did not come; it says above why"
            return first.code == CommandFailure.exitCode ? .refused(words) : .lost(words)
        }
        let ended = own
        let refusing = ended.filter { $0.code == CommandFailure.exitCode }
        if !refusing.isEmpty { return .refused("\(ranks(refusing)) refused to start") }
        if !dead.isEmpty {
            let processes = dead.map { "process \($0.process)" }.joined(separator: ", ")
            return .lost("\(ranks(dead)) (\(processes)) was gone before the run began, without a word: killed, or crashed")
        }
        if !ended.isEmpty { return .lost("\(ranks(ended)) ended before the run began") }
        return nil
    }

    /// What ranks left to the launcher to say, each message once: with the ranks' numbers, unless all that began say the same.
    static func words(_ lines: [LaunchJournal.Line]) -> [String] {
        var order: [String] = []
        var speakers: [String: [Int]] = [:]
        for line in lines where line.event == .ended {
            guard let words = line.words, !words.isEmpty else { continue }
            if speakers[words] == nil { order.append(words) }
            speakers[words, default: []].append(line.rank ?? 0)
        }
        let count = Set(lines.filter { $0.event == .began }.compactMap(\.rank)).count
        return order.map { words in
            let ranks = Set(speakers[words] ?? []).sorted()
            if ranks.count > 1, ranks.count >= count { return words }
            return (ranks.count == 1 ? "rank " : "ranks ") + ranks.map(String.init).joined(separator: ", ") + ": " + words
        }
    }
}
