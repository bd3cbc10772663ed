import ActorRuntime
import Configuration
import Distributed
import Judging
package import Orchestration
import Rewards
import Telemetry
import Trajectories

/// The rewards of a user's own: asked once a response's verdicts are known, logged before they count.
extension Controller {
    /// Values of some responses. Idempotent: keyed by the trajectory.
    package distributed func deliver(rewards answers: [RewardAnswer], from worker: WorkerID) throws {
        progressMade(by: worker)
        rewards.renew(worker, at: now)
        for answer in answers { try accept(answer, from: worker) }
        pump()
    }

    /// A response's verdicts are known, or there are none: its own rewards are next, and then its group has one member more.
    func sighted(_ id: TrajectoryID) throws {
        // An audit asks a judge alone.
        guard !inputs.rubric.ownNames.isEmpty, id.group.purpose != .audit, let question = rewardQuestion(id) else { return try judged(id) }
        let request = RewardRequest(trajectory: id, question: question, parts: inputs.rubric.ownNames)
        let known = request.parts.compactMap { part in records.rewards.known(key(part, question)).map { (part, $0) } }
        rewards.enqueue(request, known: Dictionary(known) { first, _ in first })
        if rewards.values(for: id) != nil { try judged(id) }
    }

    private func rewardQuestion(_ id: TrajectoryID) -> RewardQuestion? {
        guard let trajectory = trajectories[id], let problem = problems[id.group] else { return nil }
        return RewardQuestion(
            problem: problem.id, question: problem.question, response: trajectory.text, answer: problem.answer,
            annotations: problem.annotations, verdicts: dispatch.judgements(for: id)?.map(\.verdict) ?? [],
            seed: OwnRewards.seed(run: inputs.configuration.training.seed, id))
    }

    private func key(_ part: String, _ question: RewardQuestion) -> RewardKey {
        RewardKey(identity: rewardIdentities[part] ?? part, question: question)
    }

    /// Records an answer's values before they count, and completes what they complete.
    private func accept(_ answer: RewardAnswer, from worker: WorkerID) throws {
        let values = settle(answer)
        switch rewards.deliver(values, for: answer.trajectory) {
        case .accepted:
            for (part, value) in values.sorted(by: { $0.key < $1.key }) {
                if case .unknown(let reason) = value { tellUnknown(part, reason, answer.trajectory) }
            }
            try judged(answer.trajectory)
        case .duplicate(let matches):
            if !matches {
                log.warning("a reward was given twice, differently", ["trajectory": answer.trajectory, "worker": worker.rawValue])
            }
        case .unknown: break
        }
    }

    /// An answer's values as the log has them. A late answer stays as it is, to be compared.
    private func settle(_ answer: RewardAnswer) -> [String: OwnRewardValue] {
        guard let request = rewards.request(for: answer.trajectory), rewards.isOpen(answer.trajectory) else { return answer.values }
        var settled: [String: OwnRewardValue] = [:]
        for (part, value) in answer.values where request.parts.contains(part) {
            do {
                settled[part] = try records.rewards.settle(
                    value, key(part, request.question), part: part, trajectory: answer.trajectory)
            } catch {
                // Values that aren't written can't be replayed.
                end(by: ClusterError("\(error)"))
                settled[part] = value
            }
        }
        return settled
    }

    /// Records the values of a trajectory that stayed unknown, so that they are unknown again if its step is computed again.
    func recordUnknownRewards(of id: TrajectoryID) throws {
        guard let request = rewards.request(for: id), let values = rewards.values(for: id) else { return }
        for part in request.parts {
            guard case .unknown(let reason)? = values[part] else { continue }
            try records.rewards.recordUnknown(reason, key(part, request.question), part: part, trajectory: id)
        }
    }

    /// What the parts of a user's own say of a response, by name.
    func ownValues(of id: TrajectoryID) -> [String: RewardValue] { rewards.values(for: id)?.mapValues(\.value) ?? [:] }

    /// How many responses of a step have no value of a part; nothing for runs without rewards of a user's own.
    func setUnknownRewards(_ record: inout MetricRecord, _ planned: PlannedStep) {
        for part in inputs.rubric.ownNames {
            let count = planned.assignments.reduce(0) { sum, assignment in
                sum
                    + (0..<assignment.memberCount).count {
                        ownValues(of: TrajectoryID(group: assignment.group, member: $0))[part] == .unknown
                    }
            }
            record.set(.unknownRewards.appending(part), count)
        }
    }

    /// Says why a value is unknown: of each part the first time, and each hundredth.
    private func tellUnknown(_ part: String, _ reason: String, _ id: TrajectoryID) {
        lastUnknownReward = "\(part): \(reason)"
        unknownRewards[part, default: 0] += 1
        let count = unknownRewards[part] ?? 1
        guard count == 1 || count.isMultiple(of: 100) else { return }
        log.warning("a reward is unknown", ["part": part, "trajectory": id, "reason": reason, "count": count])
    }

    /// Hands responses to judge ranks, to whoever holds least first.
    func assignRewards() {
        let fit = candidates(.judge).map { (member: $0, held: rewards.inFlightCount(of: $0.id)) }
        for (member, _) in fit.sorted(by: { ($0.held, $0.member.id) < ($1.held, $1.member.id) }) {
            let requests = rewards.take(for: member.id, at: now)
            guard !requests.isEmpty else { return }
            send(to: member) { controller in
                let worker: JudgeWorker = try controller.actorSystem.actor(ClusterLayout.Name.judge, at: member.peer)
                try await worker.value(requests)
            }
        }
    }
}
