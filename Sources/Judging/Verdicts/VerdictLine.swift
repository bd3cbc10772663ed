import Foundation
package import Telemetry
package import Trajectories

/// One line of `verdicts.jsonl`: a response, and what judges said of some annotations.
struct VerdictLine: Codable, Hashable {
    /// What one judge said of one annotation.
    struct Judged: Codable, Hashable {
        let annotation: String
        let judge: String
        let verdict: SampleRecord.VerdictName
        /// Where it is known, and one: in 0 ... 1.
        let probability: Float?
    }

    let response: String
    let judged: [Judged]
    /// Whose verdicts these are: only where they stayed unknown.
    let trajectory: TrajectoryPlace?

    init(response: String, judged: [(annotation: String, judgement: Judgement)], trajectory: TrajectoryID? = nil) {
        self.response = response
        self.judged = judged.map {
            Judged(
                annotation: $0.annotation, judge: $0.judgement.judge, verdict: SampleRecord.VerdictName($0.judgement.verdict),
                probability: $0.judgement.probability.flatMap { (0...1).contains($0) ? $0 : nil })
        }
        self.trajectory = trajectory.map { TrajectoryPlace($0) }
    }

    /// Reads a line; nil if it isn't one that a log writes.
    init?(_ text: String) {
        guard let line = try? JSONDecoder().decode(VerdictLine.self, from: Data(text.utf8)) else { return nil }
        // Only an unknown verdict belongs to a trajectory, and it belongs to one.
        let isUnknown = line.trajectory != nil
        guard !isUnknown || line.trajectory?.id != nil,
            line.judged.allSatisfy({ ($0.verdict == .unknown) == isUnknown && ($0.probability.map { (0...1).contains($0) } ?? true) })
        else { return nil }
        self = line
    }

    /// The line's text: keys sorted.
    ///
    /// - Throws: `TelemetryError` if it can't be written as JSON.
    func text() throws(TelemetryError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw .record(reason: "a verdict of \(judged.first?.judge ?? "nobody"): \(error)")
        }
    }
}

extension SampleRecord.VerdictName {
    /// The word for a verdict.
    package init(_ verdict: Verdict) {
        switch verdict {
        case .reflected: self = .reflected
        case .missing: self = .missing
        case .unknown: self = .unknown
        }
    }

    /// The verdict that the word stands for.
    package var verdict: Verdict {
        switch self {
        case .reflected: .reflected
        case .missing: .missing
        case .unknown: .unknown
        }
    }
}
