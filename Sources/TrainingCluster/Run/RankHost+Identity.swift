import ActorRuntime
import Configuration
import Distributed
import Telemetry

/// Before any rank works, all show what they compute from.
extension RankHost {
    /// Shows this rank's inputs to the desk on the first rank, reads weights if it is asked to, and returns once all ranks agree.
    ///
    /// - Throws: ``IdentityDifference`` where they don't, the same on every rank; ``ClusterError`` naming ranks that say nothing in time.
    func agree(_ system: ClusterActorSystem, at peer: PeerAddress, _ log: Log) async throws {
        try await InputMeeting(
            claims: launch.claims, limit: configuration.cluster.startupDeadline, silence: configuration.cluster.workerDeadline * 2,
            localPeer: transport.localPeer
        ).agree(system, at: peer, log)
        // From now on a loss is the run's business.
        system.haveMet()
        refusals?.met()
    }
}

/// One rank's side of the comparison.
struct InputMeeting: Sendable {
    let claims: RunClaims
    /// How long others are waited for.
    let limit: Duration
    /// How long the desk may be silent, which answers at once.
    let silence: Duration
    let localPeer: PeerAddress

    /// How long the first rank stays for others to hear that inputs differ.
    private static let farewellLimit = Duration.seconds(5)
    /// For the last answer to leave before a process ends.
    private static let lastAnswerTime = Duration.milliseconds(200)

    func agree(_ system: ClusterActorSystem, at peer: PeerAddress, _ log: Log) async throws {
        let desk = try system.actor(ClusterLayout.Name.identity, at: peer, as: IdentityDesk.self)
        let inputs = ShownInputs(host: claims.host, place: claims.place, claims: claims.keys + claims.texts)
        let here = localPeer
        var (since, pause) = (ContinuousClock.now, Duration.milliseconds(2))
        while true {
            let errand = try await Insistence.repeating("showing the inputs of \(here)", limit: silence) {
                try await desk.present(inputs, from: here)
            }
            switch errand {
            case .agreed: return
            case .differ(let text):
                await stayUntilHeard(desk)
                throw IdentityDifference(text)
            case .read:
                let weights = try await claims.readWeights(log: log)
                try await Insistence.repeating("telling what \(here) has read of the models", limit: silence) {
                    try await desk.testify(weights, from: here)
                }
                since = .now
            case .wait(let whom):
                guard .now - since < limit else {
                    throw ClusterError("after \(limit) still waiting for \(whom), before inputs can be compared", isInterruption: true)
                }
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(250))
            }
        }
    }

    /// The first rank is who others ask: it leaves last.
    private func stayUntilHeard(_ desk: IdentityDesk) async {
        let end = ContinuousClock.now + Self.farewellLimit
        while .now < end, await desk.whenLocal({ $0.isHeard }) == false { try? await Task.sleep(for: .milliseconds(20)) }
        try? await Task.sleep(for: Self.lastAnswerTime)
    }
}
