import ActorRuntime
import Configuration
import Distributed
import Orchestration
import Trajectories

extension Controller {
    /// Hands out what there is room for: groups to rollout workers, finished responses to judges. Never waits.
    ///
    /// Every delivery comes here: it looks at workers only while something waits for them.
    func pump() {
        if training.hasWaiting || validation.hasWaiting { assignGroups() }
        if dispatch.queueDepth > 0 { assignResponses() }
        if rewards.queueDepth > 0 { assignRewards() }
        let sampling =
            validation.holderCount == 0
            ? training.holderCount
            : roster.members(.rollout).count { training.leaseCount(of: $0.id) + validation.leaseCount(of: $0.id) > 0 }
        idle.observe(rollout: idleShare(.rollout, busy: sampling), judge: idleShare(.judge, busy: busyJudgeCount), at: now)
    }

    /// Judge ranks that hold responses, for their judge or for rewards of a user's own.
    private var busyJudgeCount: Int {
        rewards.inFlightCount == 0
            ? dispatch.holderCount
            : roster.members(.judge).count { dispatch.inFlightCount(of: $0.id) + rewards.inFlightCount(of: $0.id) > 0 }
    }

    private func idleShare(_ role: Role, busy: Int) -> Double {
        let count = roster.count(role)
        return count == 0 ? 0 : max(0, 1 - Double(busy) / Double(count))
    }

    /// The workers of a role that may be given work, beginning with another one each time: little work is spread over all.
    func candidates(_ role: Role) -> some Sequence<Roster.Worker> {
        let fit = roster.fit(role)
        turn += 1
        let start = fit.isEmpty ? 0 : turn % fit.count
        return (fit[start...] + fit[..<start]).lazy.compactMap { self.roster[$0] }.filter { [now] in $0.pausedUntil <= now }
    }

    /// Groups that one rollout worker may hold: enough to decode together, few enough to leave work for the others.
    private var groupsPerWorker: Int {
        let (groups, workers) = (inputs.configuration.rollout.problemsPerStep, max(1, roster.count(.rollout)))
        return min(16, max(1, (groups + workers - 1) / workers))
    }

    private func assignGroups() {
        let limit = groupsPerWorker
        for member in candidates(.rollout) {
            guard training.hasWaiting || validation.hasWaiting else { return }
            var groups: [GroupAssignment] = []
            while training.leaseCount(of: member.id) < limit,
                let lease = training.assign(to: member.id, holding: member.versions, at: now)
            {
                groups.append(lease.assignment)
            }
            while validation.leaseCount(of: member.id) < Self.validationGroupsPerWorker,
                let lease = validation.assign(to: member.id, holding: member.versions, at: now)
            {
                groups.append(lease.assignment)
            }
            guard !groups.isEmpty else { continue }
            let batch = groups
            send(to: member) { controller in
                let worker: RolloutWorker = try controller.actorSystem.actor(ClusterLayout.Name.rollout, at: member.peer)
                try await worker.assign(batch)
            }
        }
    }

    /// Validation groups have one member each.
    private static let validationGroupsPerWorker = 64

    private func assignResponses() {
        // Who holds nothing comes first, then who holds least: responses trickle in, and one judge could take them all.
        for member in candidates(.judge) where dispatch.inFlightCount(of: member.id) == 0 {
            guard dispatch.queueDepth > 0 else { return }
            giveResponses(to: member)
        }
        guard dispatch.queueDepth > 0 else { return }
        let busy = candidates(.judge).map { (member: $0, held: dispatch.inFlightCount(of: $0.id)) }
        for (member, _) in busy.sorted(by: { ($0.held, $0.member.id) < ($1.held, $1.member.id) }) { giveResponses(to: member) }
    }

    private func giveResponses(to member: Roster.Worker) {
        let requests = dispatch.take(for: member.id, hasOthers: roster.fit(.judge).count > 1, at: now)
        guard !requests.isEmpty else { return }
        send(to: member) { controller in
            let worker: JudgeWorker = try controller.actorSystem.actor(ClusterLayout.Name.judge, at: member.peer)
            try await worker.judge(requests)
        }
    }

    /// Sends in the background. If the call fails, what the worker holds is handed out again.
    func send(to member: Roster.Worker, _ call: @escaping @Sendable (Controller) async throws -> Void) {
        Task {
            do { try await call(self) } catch { self.unreachable(member.id, reason: "\(error)") }
        }
    }
}

/// How much of the time workers had nothing to do, as shares weighted by time.
struct IdleClock: Sendable {
    private var last = Duration.zero
    private var levels = (rollout: 0.0, judge: 0.0)
    private var sums = (rollout: 0.0, judge: 0.0)
    private var since = Duration.zero

    /// From now on these shares of each role's workers are idle.
    mutating func observe(rollout: Double, judge: Double, at now: Duration) {
        let seconds = (now - last) / .seconds(1)
        sums.rollout += levels.rollout * seconds
        sums.judge += levels.judge * seconds
        levels = (rollout, judge)
        last = now
    }

    /// The mean idle share of each role since the last call.
    mutating func take(at now: Duration) -> (rollout: Double, judge: Double) {
        observe(rollout: levels.rollout, judge: levels.judge, at: now)
        let seconds = max((now - since) / .seconds(1), 1e-9)
        defer {
            sums = (0, 0)
            since = now
        }
        return (sums.rollout / seconds, sums.judge / seconds)
    }
}
