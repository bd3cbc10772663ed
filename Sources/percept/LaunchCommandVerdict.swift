import Telemetry

/// What follows from the end of an attempt.
enum LaunchVerdict: Equatable {
    case finished
    /// Stopped after a step, with a checkpoint.
    case stopped
    /// Asked to stop before there was anything to stop.
    case notBegun
    /// The program has said what is wrong with its input.
    case badInput
    /// Another attempt would not help, or was not wanted.
    case failed(String)
    /// Something was lost: go on from the last checkpoint.
    case restart(String)

    /// - Parameters:
    ///   - isFirst: false for a restart.
    ///   - isAskedToStop: whether somebody wants the run to end.
    ///   - canResume: whether the command can go on from a checkpoint.
    ///   - lostStarts: how many attempts before this one ended before their run began, in a row.
    init(_ end: AttemptEnd, isFirst: Bool, lostStarts: Int = 0, isAskedToStop: Bool, canResume: Bool) {
        let cause = end.reason.map { " (\($0))" } ?? ""
        switch end.marker?.status {
        case .finished: self = .finished
        case .stopped: self = .stopped
        case .failed: self = .failed("the run failed: \(end.marker?.message ?? "see \(RunEnd.fileName)")")
        case .interrupted:
            self = .lost("the run was interrupted: \(end.marker?.message ?? "see \(RunEnd.fileName)")", isAskedToStop, canResume)
        case nil where end.isRefused: self = .badInput
        case nil where isAskedToStop && !end.hasBegun: self = .notBegun
        // It began in the moment between the request and the launcher's word to mpirun: what it has written is a run that goes on.
        case nil where end.isStoppedAtStart && canResume: self = .stopped
        case nil where end.isTakenOver: self = .failed("another process has taken the run over; this launch leaves it alone")
        case nil where end.hasBegun && end.hasControllerFailed:
            self = .failed("the run failed and could not leave \(RunEnd.fileName); its first rank says above why")
        case nil where isFirst && !end.hasRanks && !end.hasBegun && (1..<128).contains(end.code):
            self = .failed("mpirun ended with code \(end.code) before any rank began; it says above why")
        case nil where lostStarts > 0 && !end.hasBegun:
            self = .failed("\(end.loss); it was the same with the start before: not tried again. Go on once the cause is gone")
        case nil where end.failure != nil: self = .lost("\(end.loss)", isAskedToStop, canResume)
        case nil: self = .lost("the run ended without an end marker (mpirun's exit code: \(end.code))\(cause)", isAskedToStop, canResume)
        }
    }

    private static func lost(_ reason: String, _ isAskedToStop: Bool, _ canResume: Bool) -> Self {
        isAskedToStop || !canResume ? .failed(reason) : .restart(reason)
    }
}

/// Counts restarts in a row without progress: a run whose newest checkpoint holds more updates than before has earned the full number again, so
/// that a run of weeks may lose more ranks than one that can't get beyond a step. Steps that trained nothing are no progress.
struct RestartCount {
    struct Restart: Equatable {
        /// 1 for the first since the last new checkpoint.
        let number: Int
        /// Seconds before it: none at first, then doubling up to half a minute.
        let pause: Int
    }

    private let maximum: Int
    private var count = 0
    private var updates: Int?

    init(maximum: Int) { self.maximum = maximum }

    /// Notes before the first attempt how many updates the newest checkpoint holds; nil if there is none.
    mutating func begin(updates: Int?) { self.updates = updates }

    /// The next restart; nil if all are used up.
    mutating func next(updates: Int?) -> Restart? {
        if let updates, updates > self.updates ?? 0 {
            self.updates = updates
            count = 0
        }
        guard count < maximum else { return nil }
        count += 1
        return Restart(number: count, pause: count == 1 ? 0 : min(30, 1 << (count - 1)))
    }
}

extension AttemptEnd {
    /// Whether a rank refused its input before the run began.
    fileprivate var isRefused: Bool { if case .refused? = failure { true } else { false } }

    /// What was lost before the run began.
    fileprivate var loss: String {
        failure?.words ?? "the start ended before the run began (mpirun's exit code: \(code))" + (reason.map { " (\($0))" } ?? "")
    }
}
