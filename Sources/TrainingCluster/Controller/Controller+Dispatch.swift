import ActorRuntime
import Configuration
import Distributed
import Orchestration
import Trajectories

extension Controller {
    /// Hands out what there is room for: groups to rollout workers, finished responses to judges. Never waits.
    func pump() {
        assignGroups()
        assignResponses()
        idle.observe(
            rollout: isIdle(.rollout) { training.leases(of: $0).isEmpty && validation.leases(of: $0).isEmpty },
            judge: isIdle(.judge) { dispatch.inFlightCount(of: $0) == 0 }, at: now)
    }

    private func isIdle(_ role: Role, _ test: (WorkerID) -> Bool) -> Double {
        let members = roster.members(role).filter { roster.membership.counts($0.id) }
        return members.isEmpty ? 0 : Double(members.count { test($0.id) }) / Double(members.count)
    }

    /// Groups that one rollout worker may hold: enough to decode together, few enough to leave work for the others.
    private var groupsPerWorker: Int {
        let (groups, workers) = (inputs.configuration.rollout.problemsPerStep, max(1, roster.count(.rollout)))
        return min(16, max(1, (groups + workers - 1) / workers))
    }

    private func assignGroups() {
        let limit = groupsPerWorker
        for member in roster.serving(.rollout, at: now) {
            var groups: [GroupAssignment] = []
            while training.leases(of: member.id).count < limit,
                let lease = training.assign(to: member.id, holding: member.versions, at: now)
            {
                groups.append(lease.assignment)
            }
            while validation.leases(of: member.id).count < Self.validationGroupsPerWorker,
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
        // Who holds least comes first: responses trickle in, and one judge could take them all.
        let live = roster.serving(.judge, at: now).map { (member: $0, held: dispatch.inFlightCount(of: $0.id)) }
            .sorted { ($0.held, $0.member.id) < ($1.held, $1.member.id) }.map(\.member)
        for member in live {
            let requests = dispatch.take(for: member.id, hasOthers: live.count > 1, at: now)
            guard !requests.isEmpty else { continue }
            send(to: member) { controller in
                let worker: JudgeWorker = try controller.actorSystem.actor(ClusterLayout.Name.judge, at: member.peer)
                try await worker.judge(requests)
            }
        }
    }

    /// Sends in the background. If the call fails, what the worker holds is handed out again.
    private func send(to member: Roster.Worker, _ call: @escaping @Sendable (Controller) async throws -> Void) {
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
