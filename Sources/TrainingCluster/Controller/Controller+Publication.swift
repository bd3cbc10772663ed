import ActorRuntime
import Configuration
import Distributed
import Orchestration
import Trajectories

extension Controller {
    /// Makes a version available: it goes to all rollout workers at once, and each samples with it as soon as it has it.
    ///
    /// Returns when the first has it. A worker that does not take it holds up nobody: it is tried again while it lives, and its work is handed
    /// out again if it does not.
    func publish(_ version: PolicyVersion) async throws {
        guard published[version] != nil else { throw ClusterError("the weights of version \(version.rawValue) are gone") }
        training.publish(version)
        validation.publish(version)
        for member in roster.members(.rollout) { outfit(member.id) }
        try await wait(for: "a rollout worker to take the weights of version \(version.rawValue)") {
            self.roster.members(.rollout).contains { $0.versions.contains(version) && self.roster.membership.mayServe($0.id) }
        }
    }

    /// Versions that some step may still sample with, oldest first: the newest and those that a lag keeps.
    private var neededVersions: [PolicyVersion] {
        let newest = training.publishedVersion
        return (max(0, newest.rawValue - inputs.configuration.training.staleness)...newest.rawValue).map { PolicyVersion($0) }
            .filter { published[$0] != nil }
    }

    /// Sends a rollout worker the next version that it lacks, if it is fit to take it and none is under way. Never waits.
    func outfit(_ id: WorkerID) {
        guard let worker = roster[id], worker.role == .rollout, !worker.isInstalling, worker.pausedUntil <= now,
            roster.membership.mayServe(id), let version = neededVersions.first(where: { !worker.versions.contains($0) }),
            let buffer = published[version]
        else { return }
        roster[id]?.isInstalling = true
        let (peer, deadline) = (worker.peer, inputs.configuration.cluster.callDeadline)
        Task { [actorSystem] in
            var failure: (any Error)?
            do {
                let worker: RolloutWorker = try actorSystem.actor(ClusterLayout.Name.rollout, at: peer)
                let ticket = BulkTicket(tag: actorSystem.makeBulkTag(), for: buffer)
                async let received: Void = ClusterActorSystem.withCallDeadline(deadline) {
                    try await worker.install(version, ticket: ticket, from: actorSystem.localPeer)
                }
                try await actorSystem.transport.sendBulk(buffer, to: peer, tag: ticket.tag, deadline: deadline)
                try await received
            } catch {
                failure = error
            }
            self.installed(version, at: id, failure: failure)
        }
    }

    private func installed(_ version: PolicyVersion, at id: WorkerID, failure: (any Error)?) {
        roster[id]?.isInstalling = false
        if let failure {
            unreachable(id, reason: "weights of version \(version.rawValue): \(failure)")
        } else {
            let oldest = neededVersions.first ?? version
            let held = (roster[id]?.versions ?? []).union([version]).filter { $0 >= oldest }
            roster[id]?.versions = held
            outfit(id)
            pump()
        }
        changed()
    }
}
