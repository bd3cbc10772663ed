import ActorRuntime
import Distributed
import Orchestration

extension Controller {
    /// Who is to be told that the run is over, and whether MPI can be finalized: only if every rank that MPI knows is one of them.
    func farewell() -> (workers: [Roster.Worker], canFinalize: Bool) {
        let others = roster.all.filter { $0.peer != actorSystem.localPeer }
        let present = others.filter { ![.lost, .left].contains(roster.state(of: $0.id)) }
        return (present, present.count == others.count && others.allSatisfy { $0.peer.communicator == 0 })
    }
}

/// The last call to a rank.
enum Farewell {
    /// Tells a rank that its work is over, twice if the first call is lost. A rank that falls silent meanwhile has heard it, or is gone.
    static func insist(_ peer: PeerAddress, _ role: Role, system: ClusterActorSystem, canFinalize: Bool, limit: Duration) async throws {
        try await ClusterActorSystem.withCallDeadline(limit / 2) {
            do {
                try await tell(peer, role, system: system, canFinalize: canFinalize)
            } catch let failure as RemoteFailure where failure.code == .timedOut {
                try await tell(peer, role, system: system, canFinalize: canFinalize)
            }
        }
    }

    /// Tells a rank that its work is over.
    ///
    /// - Parameter canFinalize: Whether all ranks are alive and end together, so that MPI can be finalized.
    private static func tell(_ peer: PeerAddress, _ role: Role, system: ClusterActorSystem, canFinalize: Bool) async throws {
        switch role {
        case .learner: try await system.actor(ClusterLayout.Name.learner, at: peer, as: LearnerWorker.self).stop(canFinalize: canFinalize)
        case .rollout: try await system.actor(ClusterLayout.Name.rollout, at: peer, as: RolloutWorker.self).stop(canFinalize: canFinalize)
        case .judge: try await system.actor(ClusterLayout.Name.judge, at: peer, as: JudgeWorker.self).stop(canFinalize: canFinalize)
        }
    }
}
