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
            rollout: isIdle(cluster.rollouts) { training.leases(of: $0).isEmpty && validation.leases(of: $0).isEmpty },
            judge: isIdle(cluster.judges) { dispatch.inFlightCount(of: $0) == 0 }, at: now)
    }

    private func isIdle(_ members: [ClusterLayout.Member], _ test: (WorkerID) -> Bool) -> Double {
        members.isEmpty ? 0 : Double(members.count { test($0.worker) }) / Double(members.count)
    }

    /// Groups that one rollout worker may hold: enough to decode together, few enough to leave work for the others.
    private var groupsPerWorker: Int {
        let groups = inputs.configuration.rollout.problemsPerStep
        return min(16, max(1, (groups + cluster.rollouts.count - 1) / cluster.rollouts.count))
    }

    private func assignGroups() {
        for member in cluster.rollouts where !lost.contains(member.worker) {
            var groups: [GroupAssignment] = []
            while training.leases(of: member.worker).count < groupsPerWorker,
                let lease = training.assign(to: member.worker, at: now)
            {
                groups.append(lease.assignment)
            }
            while validation.leases(of: member.worker).count < Self.validationGroupsPerWorker,
                let lease = validation.assign(to: member.worker, at: now)
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
        let live = cluster.judges.filter { !lost.contains($0.worker) }
        for member in live {
            let requests = dispatch.take(for: member.worker, hasOthers: live.count > 1, at: now)
            guard !requests.isEmpty else { continue }
            send(to: member) { controller in
                let worker: JudgeWorker = try controller.actorSystem.actor(ClusterLayout.Name.judge, at: member.peer)
                try await worker.judge(requests)
            }
        }
    }

    /// Sends in the background. A call that fails counts against its worker, whose work is handed out again.
    private func send(to member: ClusterLayout.Member, _ call: @escaping @Sendable (Controller) async throws -> Void) {
        Task {
            do { try await call(self) } catch { self.failed(member.worker, reason: "\(error)") }
        }
    }

    /// Brings the weights of a version to all rollout workers, all at once; returns when each has them or is given up.
    ///
    /// A worker that can't be reached is lost; it gets the next version if it comes back.
    func publish(_ version: PolicyVersion) async throws {
        guard let buffer = published[version] else { throw ClusterError("the weights of version \(version.rawValue) are gone") }
        let ticket = { [actorSystem] in BulkTicket(tag: actorSystem.makeBulkTag(), for: buffer) }
        let deadline = inputs.configuration.cluster.callDeadline
        let targets = cluster.rollouts.filter { !lost.contains($0.worker) }.map { (member: $0, ticket: ticket()) }
        let failures = await withTaskGroup(of: (WorkerID, String)?.self) { group in
            for (member, ticket) in targets {
                group.addTask { [actorSystem] in
                    do {
                        let worker: RolloutWorker = try actorSystem.actor(ClusterLayout.Name.rollout, at: member.peer)
                        let here = actorSystem.localPeer
                        async let received: Void = ClusterActorSystem.withCallDeadline(deadline) {
                            try await worker.install(version, ticket: ticket, from: here)
                        }
                        try await actorSystem.transport.sendBulk(buffer, to: member.peer, tag: ticket.tag, deadline: deadline)
                        try await received
                        return nil
                    } catch {
                        return (member.worker, "weights of version \(version.rawValue): \(error)")
                    }
                }
            }
            var found: [(WorkerID, String)] = []
            for await failure in group { if let failure { found.append(failure) } }
            return found
        }
        for (worker, reason) in failures { failed(worker, reason: reason) }
        guard failures.count < targets.count else {
            throw ClusterError("no rollout worker took the weights of version \(version.rawValue): \(failures.first?.1 ?? "all are lost")")
        }
        training.publish(version)
        validation.publish(version)
        pump()
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
