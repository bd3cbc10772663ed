package import ActorRuntime
import Configuration
import Distributed
package import Orchestration
import Telemetry

extension Controller {
    // MARK: - Coming

    /// A rank that was started while the run goes on asks for its number. Idempotent.
    package distributed func enlist(_ role: Role, at peer: PeerAddress) throws -> WorkerID {
        guard role != .learner else { throw ClusterError("a learner can't join a run that goes on: its shards are dealt at the start") }
        let id = roster.enlist(role, at: peer, now: now)
        log.notice("a rank joins", ["worker": id.rawValue, "role": role.rawValue, "peer": peer])
        changed()
        return id
    }

    /// A rank has loaded what it needs: it may be given work. Idempotent.
    ///
    /// - Throws: ``ClusterError`` for a judge that gives other verdicts than the run's.
    package distributed func ready(_ worker: WorkerID, _ report: WorkerReport) throws {
        guard let member = roster[worker] else { throw ClusterError("rank \(worker.rawValue) was never enlisted") }
        if member.role == .judge {
            guard judgeIdentities.isEmpty || judgeIdentities == report.judges else {
                let difference =
                    "rank \(worker.rawValue) judges with \(report.judges.joined(separator: ", ")), others with "
                    + "\(judgeIdentities.joined(separator: ", ")); all ranks must read the same judge"
                // The ranks of the beginning are the configuration's: the run would not be what it says.
                if member.peer.communicator == 0, !hasBegun { end(by: ClusterError(difference)) }
                changed()
                throw ClusterError(difference)
            }
            judgeIdentities = report.judges
        }
        roster[worker]?.host = report.host
        roster[worker]?.place = report.place
        roster[worker]?.processID = report.processID
        if hasBegun, looksAtPictures(of: member, place: report.place) { return changed() }
        admit(worker)
    }

    /// A rank is given work from now on.
    func admit(_ worker: WorkerID) {
        guard let member = roster[worker] else { return }
        if roster.change(worker, at: now, { $0.ready(worker) }), hasBegun { joined(member.role) }
        outfit(worker)
        pump()
        changed()
    }

    /// Waits for the ranks that the run begins with; some may be lost by then, as long as each role has one.
    ///
    /// - Returns: Whether they are there. They are not if the run is asked to stop while a rank waits for something that may take minutes, such as
    ///   a judge for its server.
    func meetRanks() async throws -> Bool {
        func areHere() -> Bool {
            roster.all.allSatisfy { roster.state(of: $0.id) != .joining } && [Role.rollout, .judge].allSatisfy { roster.count($0) > 0 }
        }
        var askedAt: Duration?
        try await wait(for: "all ranks to load their models", limit: inputs.configuration.cluster.startupDeadline) {
            if self.stop.isRequested { askedAt = askedAt ?? self.now }
            return areHere() || askedAt.map { self.now - $0 >= Self.stopPatience } ?? false
        }
        return areHere()
    }

    /// A run that is asked to stop still begins, and does its first step, if its ranks are there within this.
    private static let stopPatience = Duration.seconds(15)

    // MARK: - Silence

    /// A peer is late, fell silent, or is heard again.
    func peer(_ event: PeerEvent) {
        switch event {
        case .suspect(let peer):
            guard let worker = roster.worker(at: peer), roster.change(worker.id, at: now, { $0.suspect(worker.id) }) else { return }
            log.warning("a rank is late", ["worker": worker.id.rawValue, "role": worker.role.rawValue, "peer": peer])
        case .silent(let peer):
            guard let worker = roster.worker(at: peer), roster.change(worker.id, at: now, { $0.lose(worker.id) }) else { return }
            log.warning("a rank is silent", ["worker": worker.id.rawValue, "role": worker.role.rawValue, "peer": peer])
            if worker.role == .learner {
                end(
                    by: ClusterError(
                        "learner \(peer) has been silent for \(inputs.configuration.cluster.workerDeadline) (cluster.worker_deadline_seconds); "
                            + "go on from the last checkpoint with --resume", isInterruption: true), isLearner: true)
            }
            release(worker.id)
            // It was to go anyway.
            if roster.membership.isLeaving(worker.id) { hasLeft(worker) }
        case .returned(let peer):
            guard let worker = roster.worker(at: peer) else { return }
            roster[worker.id]?.pausedUntil = .zero
            if roster.change(worker.id, at: now, { $0.hear(worker.id) }) {
                log.notice("a silent rank is back", ["worker": worker.id.rawValue, "role": worker.role.rawValue, "peer": peer])
            }
            outfit(worker.id)
        }
        pump()
        changed()
    }

    /// A call to a worker failed: what it holds is handed out again, and it gets a moment's rest. Whether it lives is for heartbeats to say.
    func unreachable(_ worker: WorkerID, reason: String) {
        log.warning("a rank did not take a call", ["worker": worker.rawValue, "reason": reason])
        lastTrouble = "with rank \(worker.rawValue): \(reason)"
        roster[worker]?.pausedUntil = now + .seconds(1)
        release(worker)
        changed()
    }

    /// What a worker holds is handed out again.
    func release(_ worker: WorkerID) {
        _ = training.lose(worker)
        _ = validation.lose(worker)
        _ = dispatch.lose(worker)
        rewards.lose(worker)
    }

    /// How much a worker holds: groups or responses.
    func held(by worker: WorkerID) -> Int {
        training.leaseCount(of: worker) + validation.leaseCount(of: worker) + dispatch.inFlightCount(of: worker)
            + rewards.inFlightCount(of: worker)
    }

    // MARK: - Time

    /// What time alone changes about the roster.
    func tendRoster() {
        for role in [Role.rollout, .judge] {
            if roster.count(role) > 0 {
                absentSince[role] = nil
            } else if absentSince[role] == nil {
                absentSince[role] = now
                log.warning(
                    "there is no rank of a role",
                    [
                        "role": role.rawValue, "limit": inputs.configuration.cluster.absenceDeadline,
                        "respawn": inputs.configuration.cluster.respawn,
                    ])
            }
        }
        tryStandstillsAgain()
        for member in roster.members(.rollout) { outfit(member.id) }
        for member in roster.all where roster.state(of: member.id) == .leaving { seeOff(member) }
        tendScaling()
    }

    /// Workers that stand still and have nothing left to deliver would stand still for ever: where a role has nobody else, they are tried
    /// again after a lease's time.
    private func tryStandstillsAgain() {
        for role in [Role.rollout, .judge] {
            let members = roster.members(role)
            guard !members.contains(where: { roster.membership.mayServe($0.id) }) else { continue }
            for member in members
            where roster.state(of: member.id) == .stuck && now - member.since >= inputs.configuration.cluster.workerDeadline {
                roster.change(member.id, at: now) { $0.progress(member.id) }
                log.notice(
                    "a rank that stood still is tried again: there is no other", ["worker": member.id.rawValue, "role": role.rawValue])
            }
        }
    }

    /// Ends a leaving worker's work once it holds nothing, or has stood still for too long.
    private func seeOff(_ member: Roster.Worker) {
        guard !member.isDismissed else { return }
        if held(by: member.id) > 0 {
            guard now - max(member.since, member.progressAt ?? .zero) >= inputs.configuration.cluster.workerDeadline else { return }
            release(member.id)
        }
        roster[member.id]?.isDismissed = true
        Task { [actorSystem] in
            do {
                try await Farewell.insist(
                    member.peer, member.role, system: actorSystem, canFinalize: false,
                    limit: self.inputs.configuration.cluster.shutdownDeadline)
            } catch {
                self.log.warning("a rank did not hear that it is to leave", ["worker": member.id.rawValue, "error": "\(error)"])
            }
            self.hasLeft(member)
        }
    }

    private func hasLeft(_ member: Roster.Worker) {
        actorSystem.retire(member.peer)
        roster.change(member.id, at: now) { $0.leave(member.id) }
        scaling.hasLeft(member.id)
        log.notice("a rank has left", ["worker": member.id.rawValue, "role": member.role.rawValue])
        changed()
    }
}
