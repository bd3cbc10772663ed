import ActorRuntime
import Distributed
import Judging
import Orchestration
import Telemetry
import Trajectories

extension Controller {
    /// Looks a finished trajectory's verdicts up, and queues it for what no log knows.
    func enqueue(_ trajectory: Trajectory, annotations: [String]) throws {
        guard !annotations.isEmpty else { return try sighted(trajectory.id) }
        let known = records.verdicts.known(
            annotations, response: trajectory.text, judges: judgeIdentities, trajectory: trajectory.id)
        dispatch.enqueue(JudgeRequest(trajectory: trajectory.id, text: trajectory.text, annotations: annotations), known: known, at: now)
        if dispatch.judgements(for: trajectory.id) != nil { try sighted(trajectory.id) }
    }

    /// Records an answer's verdicts before they count, and judges what they complete.
    func accept(_ answer: JudgedTrajectory, from worker: WorkerID) throws {
        let group = answer.id.group
        let isSampling =
            group.purpose == .train ? training.isSampling(group.step) : validation.isSampling(group.step, purpose: group.purpose)
        let judgements = repeats.contains(answer.id) ? answer.judgements : settle(answer)
        switch dispatch.deliver(judgements, at: answer.places, for: answer.id, from: worker, isSampling: isSampling, at: now) {
        case .accepted: try sighted(answer.id)
        case .duplicate(let matches):
            if !matches { log.error("two judges gave different verdicts", ["trajectory": answer.id, "worker": worker.rawValue]) }
        case .retried, .malformed, .unknown: break
        }
        for settled in dispatch.takeSettled() { try sighted(settled) }
    }

    /// An answer's judgements as the log has them: of equal pairs the first counts. A late answer stays as it is, to be compared.
    private func settle(_ answer: JudgedTrajectory) -> [Judgement] {
        guard let request = dispatch.request(for: answer.id), dispatch.judgements(for: answer.id) == nil,
            answer.places.count == answer.judgements.count, answer.places.allSatisfy(request.annotations.indices.contains)
        else { return answer.judgements }
        do {
            return try records.verdicts.settle(
                answer.judgements, annotations: answer.places.map { request.annotations[$0] }, response: request.text,
                judges: judgeIdentities)
        } catch {
            // Verdicts that aren't written can't be replayed.
            end(by: ClusterError("\(error)"))
            return answer.judgements
        }
    }

    /// Records the verdicts and rewards of these groups that stayed unknown, so that they are unknown again if the step is computed again.
    func recordUnknown(_ assignments: [GroupAssignment]) throws {
        for assignment in assignments {
            for member in 0..<assignment.memberCount {
                let id = TrajectoryID(group: assignment.group, member: member)
                try recordUnknownRewards(of: id)
                guard let request = dispatch.request(for: id), let judgements = dispatch.judgements(for: id) else { continue }
                try records.verdicts.recordUnknown(
                    judgements, annotations: request.annotations, response: request.text, trajectory: id)
            }
        }
    }
}
