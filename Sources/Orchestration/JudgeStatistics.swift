package import Trajectories

/// The figures of judging: running totals, and latency, coverage and overlap by step. They describe time; no result depends on them.
package struct JudgeStatistics: Sendable {
    /// Requests handed out, the repeated ones included.
    package internal(set) var issued = 0
    /// Answers with unknown verdicts or of the wrong length: `judge/failures`.
    package internal(set) var failures = 0
    /// Requests queued again after such an answer: `judge/retries`.
    package internal(set) var retries = 0
    /// Leases that ran out.
    package internal(set) var expired = 0
    /// Leases that ended because their judge was lost.
    package internal(set) var orphaned = 0
    package internal(set) var duplicates = 0
    /// Late answers that differ from the one that counts: a bad core or a broken promise.
    package internal(set) var duplicateMismatches = 0
    /// Answers to no request.
    package internal(set) var unknownRequests = 0

    /// The figures of one step.
    package struct Step: Sendable {
        /// Responses answered.
        package internal(set) var answerCount = 0
        /// Answers that arrived while siblings or other groups of the step were still being sampled.
        package internal(set) var overlappingCount = 0
        package internal(set) var verdictCount = 0
        package internal(set) var knownCount = 0
        /// Verdicts that no judge was asked for: from the log, or from the answer to another request: `judge/cache_hits`.
        package internal(set) var hitCount = 0
        var latencies: [Duration] = []

        /// `judge/overlap_share`: 0 without answers.
        package var overlapShare: Double { answerCount > 0 ? Double(overlappingCount) / Double(answerCount) : 0 }
        /// `judge/coverage`: share of verdicts that are known; 1 without verdicts.
        package var coverage: Double { verdictCount > 0 ? Double(knownCount) / Double(verdictCount) : 1 }

        /// The time from queueing to the answer that a share of answers stayed within (nearest rank), or nil without answers.
        package func latency(quantile: Double) -> Duration? {
            guard !latencies.isEmpty else { return nil }
            let rank = Int((quantile * Double(latencies.count)).rounded(.up))
            return latencies.sorted()[min(max(rank, 1), latencies.count) - 1]
        }
    }

    private var steps: [StepIndex: Step] = [:]

    package init() {}

    /// The figures of a step; zeros if nothing was answered.
    package func step(_ step: StepIndex) -> Step { steps[step] ?? Step() }

    mutating func recordAnswer(step: StepIndex, latency: Duration, overlapsSampling: Bool, knownCount: Int, verdictCount: Int) {
        steps[step, default: Step()].answerCount += 1
        steps[step, default: Step()].overlappingCount += overlapsSampling ? 1 : 0
        steps[step, default: Step()].knownCount += knownCount
        steps[step, default: Step()].verdictCount += verdictCount
        steps[step, default: Step()].latencies.append(latency)
    }

    mutating func recordHits(step: StepIndex, knownCount: Int, verdictCount: Int) {
        guard verdictCount > 0 else { return }
        steps[step, default: Step()].hitCount += verdictCount
        steps[step, default: Step()].knownCount += knownCount
        steps[step, default: Step()].verdictCount += verdictCount
    }

    mutating func forget(through step: StepIndex) { steps = steps.filter { $0.key > step } }
}
