import Configuration
import Judging
import Orchestration
import Telemetry
import Tasks
import Trajectories

/// The audit of one step: questions with known answers, asked beside the batch's own.
struct StepAudit: Sendable {
    let questions: [TrajectoryID: AuditQuestion]

    /// - Parameters:
    ///   - sources: the step's responses, judged.
    ///   - share: questions as a share of the step's verdicts, rounded up.
    ///   - oracle: who knows the right verdicts; nil if nobody does.
    init(step: Int, sources: [AuditResponse], share: Double, seed: UInt64, oracle: (any TaskOracle)?) {
        let verdicts = sources.reduce(0) { $0 + $1.annotations.count }
        let found = AuditQuestions(sources: sources, seed: seed, step: step, oracle: oracle)
            .questions(count: Int((share * Double(verdicts)).rounded(.up)))
        questions = Dictionary(
            uniqueKeysWithValues: found.enumerated().map { number, question in
                (TrajectoryID(group: GroupID(purpose: .audit, step: StepIndex(step), slot: number), member: 0), question)
            })
    }

    /// What the answers say of the judge.
    ///
    /// - Parameter answers: nil where there is none.
    func counts(_ answers: (TrajectoryID) -> Judgement?) -> AuditCounts {
        var counts = AuditCounts()
        for (id, question) in questions {
            guard let answer = answers(id), answer.verdict != .unknown else {
                counts.unknown += 1
                continue
            }
            let isRight = answer.verdict == question.expected
            switch question.kind {
            case .foreign, .contradiction:
                counts.missingItems += 1
                counts.falsePositives += isRight ? 0 : 1
            case .planted:
                counts.reflectedItems += 1
                counts.falseNegatives += isRight ? 0 : 1
            case .repeated:
                // Another judge of a fallback chain may have another opinion.
                guard answer.judge == question.judge else { continue }
                counts.repeats += 1
                counts.agreements += isRight ? 1 : 0
            }
        }
        return counts
    }
}

/// Watches the judge over the steps of a run: the stop rule and the saturation alarm, fed with the records of metrics.jsonl, so that a continued run
/// watches on from what is written there.
struct JudgeWatch: Sendable {
    private var stopRule: AuditStopRule
    private var alarm: SaturationAlarm
    private(set) var isSaturated: Bool?

    init(_ configuration: AuditConfiguration) {
        stopRule = AuditStopRule(
            limit: configuration.stopAbove, window: configuration.window, minimumItems: configuration.minimumItems)
        alarm = SaturationAlarm(window: configuration.saturationWindow, rise: configuration.saturationRise)
    }

    /// Adds the next step; ``isSaturated`` is its state.
    ///
    /// - Returns: Why the run should end, or nil.
    mutating func observe(_ record: MetricRecord) -> AuditStopRule.Finding? {
        // By the oracle where there is one, else by the answers: val/visual is the suspect's own word.
        isSaturated = alarm.observe(
            reward: record.number("rollout/visual"), validation: record.number("val/perception") ?? record.number(.validationAccuracy))
        return stopRule.observe(AuditCounts(record))
    }
}

extension MetricRecord {
    /// Sets `judge/audit/*`; a rate without items is left out.
    mutating func set(_ counts: AuditCounts) {
        set(.auditFalsePositive, counts.falsePositiveRate)
        set(.auditFalsePositive.appending("items"), counts.missingItems)
        set(.auditFalseNegative, counts.falseNegativeRate)
        set(.auditFalseNegative.appending("items"), counts.reflectedItems)
        set(.auditRepeatAgreement, counts.repeatAgreement)
        set(.auditRepeatAgreement.appending("items"), counts.repeats)
        set(.auditUnknown, counts.unknown)
    }
}

extension AuditCounts {
    /// Reads what ``MetricRecord/set(_:)`` wrote.
    init(_ record: MetricRecord) {
        self.init()
        func pair(_ name: MetricName) -> (part: Int, whole: Int) {
            let whole = record.number(name.appending("items")) ?? 0
            return (Int(((record.number(name) ?? 0) * whole).rounded()), Int(whole))
        }
        (falsePositives, missingItems) = pair(.auditFalsePositive)
        (falseNegatives, reflectedItems) = pair(.auditFalseNegative)
        (agreements, repeats) = pair(.auditRepeatAgreement)
        unknown = Int(record.number(.auditUnknown) ?? 0)
    }
}
