/// What the controller knows of checkpoints: the save that is under way, and how those before it went. At most one is under way.
struct SaveLedger: Sendable {
    /// A save that has been asked for.
    struct Save: Sendable {
        let step: Int
        /// The validation reward of the step, where it was validated.
        let score: Double?
        /// When it was asked for.
        let began: Duration
        fileprivate(set) var reports: [Int: LearnerReport] = [:]
    }

    /// How a save went, once all learner ranks have reported.
    struct Ended: Sendable {
        let step: Int
        let score: Double?
        let duration: Duration
        /// For how long training was held up: the longest copy of any rank.
        let snapshot: Duration
        /// The first rank's that has one.
        let failure: String?
    }

    /// How many saves were asked for.
    private(set) var count = 0
    /// Saves that failed since the process began.
    private(set) var failures = 0
    /// Why the latest save failed, with its step; nil once a later one succeeds.
    private(set) var lastFailure: String?
    private(set) var underWay: Save?
    /// All ranks have reported, and what follows from a save is being done.
    private(set) var isSettling = false
    /// Saves that have ended and stand in no record yet.
    private var unrecorded: [Ended] = []

    /// Whether another save may begin.
    var isIdle: Bool { underWay == nil && !isSettling }

    /// Notes that a save begins.
    /// - Precondition: ``isIdle``.
    mutating func begin(step: Int, score: Double?, at now: Duration) {
        precondition(isIdle, "a save of step \(step) while that of \(underWay?.step ?? -1) is under way")
        count += 1
        underWay = Save(step: step, score: score, began: now)
    }

    /// Takes a rank's report. Returns how the save went once it was the last one, and then waits for ``settled(failure:)``; reports of other
    /// saves, and repeated ones, change nothing.
    mutating func heard(_ report: LearnerReport, ranks: Int, at now: Duration) -> Ended? {
        guard underWay?.step == report.step else { return nil }
        underWay?.reports[report.rank] = report
        guard let save = underWay, save.reports.count == ranks else { return nil }
        let reports = save.reports.sorted { $0.key < $1.key }.map(\.value)
        underWay = nil
        isSettling = true
        return Ended(
            step: save.step, score: save.score, duration: now - save.began, snapshot: reports.compactMap(\.snapshot).max() ?? .zero,
            failure: reports.lazy.compactMap(\.failure).first)
    }

    /// What follows from a save is done, or failed: the run goes on in any case.
    mutating func settled(_ ended: Ended, failure: String?) {
        isSettling = false
        unrecorded.append(ended)
        lastFailure = failure.map { "the checkpoint of step \(ended.step) could not be saved: \($0)" }
        if failure != nil { failures += 1 }
    }

    /// The saves that ended since this was asked last.
    mutating func takeEnded() -> [Ended] {
        defer { unrecorded = [] }
        return unrecorded
    }
}
