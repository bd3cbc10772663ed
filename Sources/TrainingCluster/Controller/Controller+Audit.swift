import Tasks
import Configuration
import Distributed
import Judging
import Orchestration
import Telemetry
import Trajectories

extension Controller {
    /// Puts the audit's questions to the judges while the batch is trained. They change no reward and no digest, time only.
    func beginAudit(_ step: Int, _ plan: StepPlan) throws -> StepAudit {
        let configuration = inputs.configuration
        let sources = plan.assignments.flatMap { assignment in
            (0..<assignment.memberCount).compactMap { member -> AuditResponse? in
                let id = TrajectoryID(group: assignment.group, member: member)
                guard let trajectory = trajectories[id], let problem = problems[assignment.group] else { return nil }
                return AuditResponse(
                    annotations: problem.annotations, response: trajectory.text, answer: problem.answer,
                    judgements: dispatch.judgements(for: id) ?? [])
            }
        }
        let audit = StepAudit(
            step: step, sources: configuration.judge.audit.share > 0 && paysForSight ? sources : [], share: configuration.judge.audit.share,
            seed: UInt64(configuration.training.seed), oracle: inputs.train.oracle)
        for (id, question) in audit.questions.sorted(by: { $0.key < $1.key }) {
            let request = JudgeRequest(trajectory: id, text: question.response, annotations: [question.annotation])
            // A repeat is about asking again: neither the log nor an equal question may answer it.
            if question.kind == .repeated {
                repeats.insert(id)
                dispatch.enqueue(request, sharesAnswers: false, at: now)
            } else {
                let known = records.verdicts.known(request.annotations, response: request.text, judges: judgeIdentities)
                dispatch.enqueue(request, known: known, at: now)
            }
        }
        pump()
        return audit
    }

    /// Waits for the last answers of an audit, and counts.
    func finishAudit(_ step: Int, _ audit: StepAudit) async throws -> AuditCounts {
        try await wait(for: "the judge audit of step \(step)") {
            audit.questions.keys.allSatisfy { self.dispatch.judgements(for: $0) != nil }
        }
        let counts = audit.counts { dispatch.judgements(for: $0)?.first }
        dispatch.forget(audit.questions.keys.map(\.group))
        repeats.subtract(audit.questions.keys)
        return counts
    }

    /// What the record of a step says of the judge, for people; writes the alarm into it.
    ///
    /// - Returns: Why the run should end, or nil.
    func watch(_ record: inout MetricRecord) -> AuditStopRule.Finding? {
        let wasSaturated = judgeWatch.isSaturated ?? false
        let finding = judgeWatch.observe(record)
        if let isSaturated = judgeWatch.isSaturated {
            record.set(.auditSaturation, isSaturated ? 1 : 0)
            if isSaturated, !wasSaturated {
                log.warning(
                    "the visual reward rises, but validation does not: the policy may be learning the judge",
                    ["step": record.step, "window": inputs.configuration.judge.audit.saturationWindow])
            }
        }
        if let finding { log.error("the audit ends the run", ["step": record.step, "reason": finding]) }
        return finding
    }
}
