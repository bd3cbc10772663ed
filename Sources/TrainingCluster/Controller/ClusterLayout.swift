package import ActorRuntime
package import Configuration
import ConfigurationReading
package import Orchestration

/// What a rank hosts.
package enum Role: String, Codable, Sendable, CaseIterable {
    case learner
    case rollout
    case judge
}

/// Who does what where: learners first (rank 0 hosts the controller too), then rollout workers, then judges.
package struct ClusterLayout: Sendable {
    /// One rank and its role.
    package struct Member: Hashable, Sendable {
        package let peer: PeerAddress
        package let role: Role
        /// The rank's number, by which work buffers know it.
        package let worker: WorkerID
    }

    package let members: [Member]

    /// - Throws: `ConfigurationError` if the placement does not fill the world.
    package init(_ placement: PlacementConfiguration, peers: [PeerAddress]) throws {
        try placement.check(worldSize: peers.count)
        members = peers.enumerated().map { rank, peer in
            let role: Role = rank < placement.learner ? .learner : rank < placement.learner + placement.rollout ? .rollout : .judge
            return Member(peer: peer, role: role, worker: WorkerID(rank))
        }
    }

    package var learners: [Member] { members.filter { $0.role == .learner } }
    package var rollouts: [Member] { members.filter { $0.role == .rollout } }
    package var judges: [Member] { members.filter { $0.role == .judge } }
    /// Everyone but the learners.
    package var workers: [Member] { members.filter { $0.role != .learner } }

    /// The well-known names of the actors.
    package enum Name {
        package static let controller = "controller"
        package static let learner = "learner"
        package static let rollout = "rollout"
        package static let judge = "judge"
        package static let pictures = "pictures"
        package static let identity = "identity"
    }
}
