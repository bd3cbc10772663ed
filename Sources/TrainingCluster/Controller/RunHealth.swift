package import Configuration
import Judging
import Orchestration
import Rewards
package import Telemetry

/// Watches over the steps of a run whether anything is learned: which warnings begin and end.
///
/// Fed with the records of metrics.jsonl alone, and with what a launch finds out before its first step, so that a continued run watches on
/// from what is written there.
package struct RunHealth: Sendable {
    private let configuration: RunConfiguration
    /// Whether the prompts ask for the rewarded form.
    private let asksForForm: Bool
    private var warnings = RunWarnings()
    private var audits: [AuditCounts] = []
    /// The latest steps that hold ``latestResponses`` responses together.
    private var latest: [Responses] = []
    /// Steps without variance in a row.
    private var evenSteps = 0
    /// Steps without any group in a row.
    private(set) var emptySteps = 0

    /// The responses of one step.
    private struct Responses: Sendable {
        let count: Int
        /// Of those, how many had the rewarded form, and how many were cut off.
        let formed: Int
        let cut: Int
    }

    /// So many responses must agree before they say something.
    private static let latestResponses = 64
    /// Audit items of a kind that a finding needs, and the rate that must be exceeded for sure.
    private static let (auditItems, auditRate) = (50, 0.2)
    /// The numbers of steps without variance at which it is said.
    private static let evenLimits = [5, 20, 80]

    /// - Parameters:
    ///   - asksForForm: whether the prompts ask for the rewarded form.
    package init(_ configuration: RunConfiguration, asksForForm: Bool) {
        self.configuration = configuration
        self.asksForForm = asksForForm
    }

    /// The warnings that last.
    package var lasting: [RunWarning] { warnings.all }

    /// Takes in a step that an earlier attempt has done.
    mutating func resume(_ record: MetricRecord) {
        var record = record
        for name in [RunWarning.Name.dataLines, .judgeReply, .judgeLeft] {
            guard let since = record.number(RunWarning.metric(name)) else { continue }
            // This launch finds out for itself whether it still holds.
            _ = warnings.set(name, "as before the run was continued", step: record.step, since: Int(since))
        }
        _ = observe(&record)
    }

    /// A finding that no record shows: data and judges.
    package mutating func set(_ name: RunWarning.Name, _ text: String?, step: Int) -> RunWarnings.Change? {
        warnings.set(name, text, step: step)
    }

    /// Takes in the record of the next step, and writes the warnings that last into it.
    ///
    /// - Returns: What is to be said.
    package mutating func observe(_ record: inout MetricRecord) -> [RunWarnings.Change] {
        guard record.step > 0 else { return [] }
        let step = record.step
        var changes: [RunWarnings.Change?] = []
        changes.append(warnings.set(.judgeAudit, audit(record), step: step))
        observeResponses(record)
        changes.append(warnings.set(.noForm, formless, step: step))
        changes.append(warnings.set(.allCut, cut, step: step))
        changes.append(warnings.set(.promptForm, unaskedForm, step: step))
        changes.append(warnings.set(.groupsDropped, dropped(record), step: step))
        observeVariance(record)
        let limit = Self.evenLimits.last { evenSteps >= $0 }
        changes.append(
            warnings.set(
                .noVariance, limit.map { _ in "no group of the latest \(evenSteps) steps has rewards that differ: they trained nothing" },
                step: step, gravity: limit ?? 0))
        for warning in warnings.all { record.set(RunWarning.metric(warning.name), warning.since) }
        return changes.compactMap(\.self)
    }

    // MARK: - What is looked at

    private mutating func audit(_ record: MetricRecord) -> String? {
        audits.append(AuditCounts(record))
        if audits.count > configuration.judge.audit.window { audits.removeFirst() }
        let kinds: [(String, KeyPath<AuditCounts, Int>, KeyPath<AuditCounts, Int>)] = [
            ("reflected though missing", \.falsePositives, \.missingItems),
            ("missing though reflected", \.falseNegatives, \.reflectedItems),
        ]
        let findings = kinds.compactMap { name, wrong, items -> String? in
            let (count, total) = (audits.reduce(0) { $0 + $1[keyPath: wrong] }, audits.reduce(0) { $0 + $1[keyPath: items] })
            guard total >= Self.auditItems, AuditRate(correct: count, total: total).wilsonLower > Self.auditRate else { return nil }
            return "\(count) of \(total) audit items are judged \(name)"
        }
        return findings.isEmpty ? nil : findings.joined(separator: ", ") + " (latest \(audits.count) steps)"
    }

    private mutating func observeResponses(_ record: MetricRecord) {
        func count(_ name: MetricName) -> Int { Int(record.number(name) ?? 0) }
        let responses = Responses(count: count(.responses), formed: count(.formedResponses), cut: count(.cutResponses))
        guard responses.count > 0 else { return }
        latest.append(responses)
        while latest.dropFirst().reduce(0, { $0 + $1.count }) >= Self.latestResponses { latest.removeFirst() }
    }

    /// How many responses are looked at, if they are enough.
    private var latestCount: Int? {
        let count = latest.reduce(0) { $0 + $1.count }
        return count >= Self.latestResponses ? count : nil
    }

    private var formless: String? {
        guard let count = latestCount, configuration.reward.weights[FormatReward.self] > 0, latest.allSatisfy({ $0.formed == 0 }) else {
            return nil
        }
        return "none of the latest \(count) responses has the form that reward.weights.format rewards"
    }

    private var cut: String? {
        guard let count = latestCount, latest.allSatisfy({ $0.cut == $0.count }) else { return nil }
        return
            "all of the latest \(count) responses are cut off at rollout.max_response_tokens (\(configuration.rollout.maxResponseTokens))"
    }

    /// A policy that has learned the form needs no prompt that asks for it.
    private var unaskedForm: String? {
        let formed = latest.reduce(0) { $0 + $1.formed }
        guard !asksForForm, configuration.reward.weights[FormatReward.self] > 0, let count = latestCount, 2 * formed < count else {
            return nil
        }
        return "the prompt does not ask for the form that reward.weights.format rewards, and \(formed) of the latest \(count) responses "
            + "have it"
    }

    private mutating func dropped(_ record: MetricRecord) -> String? {
        guard let groups = record.number(.groups), groups > 0, record.number(.droppedGroups) == groups else {
            emptySteps = 0
            return nil
        }
        emptySteps += 1
        let reasons = DropReason.allCases.compactMap { reason -> String? in
            guard let count = record.number(MetricName.drops.appending(reason.rawValue)), count > 0 else { return nil }
            return "\(reason.rawValue) \(Int(count))"
        }
        return
            "every group was dropped, so the step trained nothing (\(reasons.joined(separator: ", "))); \(emptySteps) such steps in a row"
    }

    private mutating func observeVariance(_ record: MetricRecord) {
        guard let groups = record.number(.groups), let dropped = record.number(.droppedGroups),
            let even = record.number(.zeroVarianceGroups)
        else { return }
        // A step without groups says nothing about rewards.
        guard groups > dropped else { return }
        evenSteps = even == groups - dropped ? evenSteps + 1 : 0
    }
}
