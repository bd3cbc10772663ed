package import ActorRuntime

/// A check of the compatibility suite that did not hold.
package struct CheckFailure: Error, CustomStringConvertible {
    /// What was expected and what was found.
    package let description: String
    /// Creates a failure.
    package init(_ description: String) { self.description = description }
}

/// Makes connected actor systems, of which the first drives a scenario while the others answer.
package protocol ClusterHarness: Sendable {
    /// Connects two or more systems, hosts a `ProbeActor` "probe" and an `OtherActor` "other" on each, and runs `body` on peer 0.
    ///
    /// Returns on every peer when all are done; throws where `body` did.
    func run(
        _ configuration: ClusterActorSystem.Configuration, _ body: @Sendable (ClusterActorSystem) async throws -> Void
    ) async throws
}

extension ClusterActorSystem {
    /// Hosts the actors that the compatibility suite calls.
    package func hostProbes() throws {
        _ = try host("probe") { ProbeActor(actorSystem: self) }
        _ = try host("other") { OtherActor(actorSystem: self) }
    }

    /// The suite's probe on peer 1.
    package var probe: ProbeActor { get throws { try actor("probe", at: transport.peers[1]) } }
}

/// All peers in this process.
package struct LoopbackHarness: ClusterHarness {
    private let peerCount: Int
    private let maximumFrameByteCount: Int
    private let link: LinkModel?

    /// Creates a harness of `peerCount` peers, with a network's delays between them if a link is given.
    package init(peerCount: Int, maximumFrameByteCount: Int = 1 << 20, link: LinkModel? = nil) {
        self.peerCount = peerCount
        self.maximumFrameByteCount = maximumFrameByteCount
        self.link = link
    }

    /// See `ClusterHarness`.
    package func run(
        _ configuration: ClusterActorSystem.Configuration, _ body: @Sendable (ClusterActorSystem) async throws -> Void
    ) async throws {
        let network = LoopbackNetwork(peerCount: peerCount, maximumFrameByteCount: maximumFrameByteCount)
        let systems = (0..<peerCount).map { rank in
            let near = network.transport(rank: rank)
            let transport: any Transport = link.map { DelayedTransport(near, link: $0) } ?? near
            return ClusterActorSystem(transport: transport, configuration: configuration)
        }
        defer { for system in systems { system.shutdown() } }
        for system in systems { try system.hostProbes() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for system in systems {
                group.addTask { try await system.exchangeFingerprints(build: 1, numeric: 2, deadline: .seconds(20)) }
            }
            try await group.waitForAll()
        }
        try await body(systems[0])
    }
}

/// Throws unless `condition` holds.
func check(_ condition: Bool, _ message: @autoclosure () -> String) throws {
    if !condition { throw CheckFailure(message()) }
}

/// Runs `body`, which must throw a `RemoteFailure` of the given code.
@discardableResult
func expectFailure(_ code: RemoteFailure.Code, _ body: () async throws -> Void) async throws -> RemoteFailure {
    do {
        try await body()
    } catch let failure as RemoteFailure {
        try check(failure.code == code, "\(code) expected, got \(failure)")
        return failure
    }
    throw CheckFailure("\(code) expected, but the call succeeded")
}

/// Runs `body`, which must throw a `TransportError` of the given code.
func expectTransportError(_ code: TransportError.Code, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as TransportError {
        try check(error.code == code, "\(code) expected, got \(error)")
        return
    }
    throw CheckFailure("\(code) expected, but the transfer succeeded")
}

/// Waits until `condition` holds, for at most 20 s.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while .now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    throw CheckFailure("waited 20 s in vain: \(what)")
}
