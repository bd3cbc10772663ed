package import ActorRuntime
import Configuration
import Telemetry

/// A rank that ends before all have met and agreed would be waited for: it says so to the others, and each of them ends by it.
extension RankHost {
    /// What ranks that are processes of their own do about one that does not come.
    package struct Refusals: Sendable {
        let code: @Sendable (any Error) -> Int32
        let met: @Sendable () -> Void
        let heed: @Sendable (StartRefusal) -> Void

        /// - Parameters:
        ///   - code: The exit code by which a rank ends that meets an error.
        ///   - met: Is called once all ranks have met.
        ///   - heed: Is called, on the transport's thread, when another rank does not come.
        package init(
            code: @escaping @Sendable (any Error) -> Int32, met: @escaping @Sendable () -> Void = {},
            heed: @escaping @Sendable (StartRefusal) -> Void
        ) {
            self.code = code
            self.met = met
            self.heed = heed
        }
    }

    /// Runs `body`; the others hear of an error that it meets before all have met, and this rank of theirs.
    ///
    /// The first rank asks all others whether they are there, so that one that was killed is missed within `cluster.worker_deadline_seconds`.
    func refusing<R: Sendable>(over system: ClusterActorSystem, _ body: () async throws -> R) async throws -> R {
        guard let refusals else { return try await body() }
        system.onRefusal(refusals.heed)
        if transport.localPeer == transport.peers.first {
            let limit = configuration.cluster.workerDeadline
            system.startHeartbeats(interval: configuration.cluster.heartbeat, limit: limit) { [log] event in
                guard case .silent(let peer) = event, system.isMeeting else { return }
                log.error("a rank is gone before the run began", ["peer": peer, "silent": limit])
                system.refuseStart(code: 1)
                refusals.heed(StartRefusal(peer: peer, code: 1))
            }
        }
        do {
            return try await body()
        } catch {
            // A mixed cluster, and inputs that differ, are found by every rank.
            let isCommon = (error as? TransportError)?.code == .mixedCluster || error is IdentityDifference
            if !isCommon { system.refuseStart(code: refusals.code(error)) }
            throw error
        }
    }
}
