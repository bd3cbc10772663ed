import Synchronization
package import Telemetry
package import Trajectories

/// Every verdict that was given, so that nothing is judged twice and an endpoint's answers replay exactly: `verdicts.jsonl`.
///
/// A verdict is found by ``VerdictKey``: judge, annotation, response. The first record of a pair counts for good: ``settle(_:annotations:response:judges:)``
/// gives it in place of a later answer, so that a run that is continued sees what the first attempt saw. A verdict that stayed unknown is
/// recorded for one trajectory: when its step is computed again the verdict is unknown again, while the same text is asked anew elsewhere.
///
/// Appended lines survive the process at once, and the machine after ``synchronize()``. A torn last line is removed when the log is opened; a
/// damaged line inside is skipped and named in ``damagedLines``: its verdicts are asked again.
///
/// - Invariant: One writer a file, kept by a lock.
/// - Isolation: any thread; an append blocks for one `write`.
package final class VerdictLog: Sendable {
    /// The file's name in a run folder.
    package static let fileName = "verdicts.jsonl"
    /// Verdicts that the index holds at most: 384 MiB, at no more than 64 bytes each. Further ones are written but not found again.
    package static let indexLimit = 1 << 23

    /// Eight bytes, where an optional probability would take twelve.
    private struct Entry {
        let verdict: Verdict
        /// NaN where it is not known.
        private let bits: Float

        var probability: Float? { bits.isNaN ? nil : bits }

        init(verdict: Verdict, probability: Float?) {
            self.verdict = verdict
            bits = probability ?? .nan
        }
    }

    private struct State {
        var entries: [VerdictKey: Entry] = [:]
        /// Verdicts that stayed unknown, with the judge that could not say.
        var unknowns: [VerdictKey: String] = [:]
        var damagedLines: [Int] = []

        mutating func insert(_ judged: VerdictLine.Judged, _ response: ResponseDigest, of trajectory: TrajectoryID?) {
            guard entries.count + unknowns.count < VerdictLog.indexLimit else { return }
            if let trajectory {
                unknowns[VerdictKey(unknownOf: trajectory, annotation: judged.annotation, response: response)] = judged.judge
            } else {
                let key = VerdictKey(judge: judged.judge, annotation: judged.annotation, response: response)
                // The first record counts.
                if entries[key] == nil { entries[key] = Entry(verdict: judged.verdict.verdict, probability: judged.probability) }
            }
        }
    }

    private let file: JSONLinesLog?
    private let lock: LogLock?
    private let state: Mutex<State>

    /// How a file is opened.
    package enum Access: Sendable {
        /// Reads it, and appends; creates it if need be.
        case append
        /// Reads it; what is settled later is kept in memory alone.
        case read
    }

    /// A log in memory.
    package init() {
        file = nil
        lock = nil
        state = Mutex(State())
    }

    /// Opens a file and reads it.
    ///
    /// - Throws: `TelemetryError` for a file that can't be used, ``BusyLog`` for one that somebody else appends to.
    package init(path: String, access: Access = .append) throws {
        if access == .append {
            lock = try LogLock(path: path)
            file = try JSONLinesLog(path: path)
        } else {
            lock = nil
            file = nil
        }
        var found = State()
        try JSONLinesLog.forEachLine(in: path, repairsEncoding: true) { line in
            guard let read = VerdictLine(line.text) else {
                found.damagedLines.append(line.number)
                return
            }
            let digest = ResponseDigest(read.response)
            for judged in read.judged { found.insert(judged, digest, of: read.trajectory?.id) }
        }
        state = Mutex(found)
    }

    /// Numbers of the lines, from 1, that could not be read when the file was opened.
    package var damagedLines: [Int] { state.withLock { $0.damagedLines } }
    /// Bytes of a torn last line that opening removed.
    package var repairedByteCount: Int { file?.repairedByteCount ?? 0 }
    /// Verdicts that can be found.
    package var count: Int { state.withLock { $0.entries.count } }

    /// What is known about a response's annotations.
    ///
    /// - Parameters:
    ///   - judges: Whose verdicts count, in the order in which they would be asked.
    ///   - trajectory: Whose response it is, for verdicts that stayed unknown.
    /// - Returns: One an annotation; nil where a judge must be asked.
    package func known(
        _ annotations: [String], response: String, judges: [String], trajectory: TrajectoryID? = nil
    ) -> [Judgement?] {
        let digest = ResponseDigest(response)
        return state.withLock { state in
            annotations.map { annotation in
                if let trajectory, !state.unknowns.isEmpty,
                    let judge = state.unknowns[VerdictKey(unknownOf: trajectory, annotation: annotation, response: digest)]
                {
                    return Judgement(verdict: .unknown, judge: judge)
                }
                return Self.find(annotation, digest, judges, in: state)
            }
        }
    }

    /// Records what judges have said, and gives what counts: the earlier record of a pair, else the answer. Unknown verdicts are not recorded.
    ///
    /// - Parameters:
    ///   - judgements: One an annotation.
    ///   - judges: Whose records count, in the order in which they would be asked.
    /// - Throws: `TelemetryError` if the file can't be written.
    package func settle(
        _ judgements: [Judgement], annotations: [String], response: String, judges: [String]
    ) throws(TelemetryError) -> [Judgement] {
        let digest = ResponseDigest(response)
        return try state.withLock { state throws(TelemetryError) in
            var fresh: [(annotation: String, judgement: Judgement)] = []
            var settled: [Judgement] = []
            for (annotation, judgement) in zip(annotations, judgements) {
                if let earlier = Self.find(annotation, digest, judges, in: state) {
                    settled.append(earlier)
                } else {
                    settled.append(judgement)
                    if judgement.verdict != .unknown { fresh.append((annotation, judgement)) }
                }
            }
            if !fresh.isEmpty {
                let line = VerdictLine(response: response, judged: fresh)
                try file?.append(try line.text())
                for judged in line.judged { state.insert(judged, digest, of: nil) }
            }
            return settled
        }
    }

    /// Records the unknown ones of a trajectory's judgements, for that trajectory alone.
    ///
    /// - Throws: `TelemetryError` if the file can't be written.
    package func recordUnknown(
        _ judgements: [Judgement], annotations: [String], response: String, trajectory: TrajectoryID
    ) throws(TelemetryError) {
        let unknown = zip(annotations, judgements).filter { $1.verdict == .unknown }.map { (annotation: $0, judgement: $1) }
        guard !unknown.isEmpty else { return }
        let digest = ResponseDigest(response)
        try state.withLock { state throws(TelemetryError) in
            let fresh = unknown.filter {
                state.unknowns[VerdictKey(unknownOf: trajectory, annotation: $0.annotation, response: digest)] == nil
            }
            guard !fresh.isEmpty else { return }
            let line = VerdictLine(response: response, judged: fresh, trajectory: trajectory)
            try file?.append(try line.text())
            for judged in line.judged { state.insert(judged, digest, of: trajectory) }
        }
    }

    /// Returns when everything recorded is on the disk.
    package func synchronize() throws(TelemetryError) { try file?.synchronize() }

    private static func find(_ annotation: String, _ response: ResponseDigest, _ judges: [String], in state: State) -> Judgement? {
        for judge in judges {
            if let entry = state.entries[VerdictKey(judge: judge, annotation: annotation, response: response)] {
                return Judgement(verdict: entry.verdict, probability: entry.probability, judge: judge)
            }
        }
        return nil
    }
}
