import ActorRuntime
import Synchronization

/// One promise of `ClusterActorSystem` and `Transport` that every transport must keep. Driven by peer 0; see `ClusterHarness`.
package struct CompatibilityScenario: Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    package let description: String
    private let configuration: ClusterActorSystem.Configuration
    private let body: @Sendable (ClusterActorSystem) async throws -> Void

    init(
        _ description: String, configuration: ClusterActorSystem.Configuration = .init(),
        _ body: @escaping @Sendable (ClusterActorSystem) async throws -> Void
    ) {
        self.description = description
        self.configuration = configuration
        self.body = body
    }

    /// Runs the scenario.
    ///
    /// - Throws: `CheckFailure` if the promise is broken; other errors if something else went wrong.
    package func run(on harness: some ClusterHarness) async throws { try await harness.run(configuration, body) }

    /// The whole suite, in a fixed order.
    package static let all: [CompatibilityScenario] = values + failures + bounds + hostile + bulk
}

extension CompatibilityScenario {
    static let values: [CompatibilityScenario] = [
        CompatibilityScenario("values of all shapes come back as they went") { system in
            let probe = try system.probe
            for count in [0, 1, 63, 4096, 200_000] {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try check(try await probe.echo(bytes) == bytes, "\(count) bytes differ")
            }
            try check(try await probe.echo(value: .sample) == .sample, "the value differs")
        },
        CompatibilityScenario("generic methods run with the caller's type") { system in
            let probe = try system.probe
            try check(try await probe.generic([1.5, -2]) == [1.5, -2], "[Double] differs")
            try check(try await probe.generic(["k": ProbeValue.sample]) == ["k": .sample], "dictionary differs")
        },
        CompatibilityScenario("actor references travel as arguments") { system in
            let probe = try system.probe
            let own: ProbeActor = try system.actor("probe", at: system.localPeer)
            try check(try await probe.relay([1, 2, 3], to: own) == [1, 2, 3], "relayed bytes differ")
            try check(try await probe.relay([4], to: probe) == [4], "bytes relayed at the callee differ")
        },
        CompatibilityScenario("calls made one after another run in that order") { system in
            let probe = try system.probe
            for number in 0..<200 { try await probe.append(number) }
            try check(try await probe.appended() == Array(0..<200), "the order differs")
        },
        CompatibilityScenario("64 concurrent callers each get their own answers") { system in
            let probe = try system.probe
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<64 {
                    group.addTask {
                        for round in 0..<50 {
                            let bytes = [UInt8(caller), UInt8(round)] + [UInt8](repeating: UInt8(caller), count: caller * 7)
                            try check(try await probe.echo(bytes) == bytes, "caller \(caller) got another's answer")
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
        CompatibilityScenario("every peer can be called") { system in
            for peer in system.transport.peers {
                let probe: ProbeActor = try system.actor("probe", at: peer)
                try check(try await probe.echo([UInt8(peer.rank)]) == [UInt8(peer.rank)], "\(peer) answers wrongly")
            }
        },
    ]

    static let failures: [CompatibilityScenario] = [
        CompatibilityScenario("a thrown error keeps its text, its place and its advice") { system in
            let probe = try system.probe
            for advice in [true, false] {
                let failure = try await expectFailure(.thrown) { try await probe.fail("disk on fire", isRetryable: advice) }
                try check(failure.message.contains("disk on fire"), "text lost: \(failure)")
                try check(failure.actor == "probe" && failure.rank == 1 && !failure.target.isEmpty, "place lost: \(failure)")
                try check(failure.isRetryable == advice, "advice lost: \(failure)")
            }
        },
        CompatibilityScenario("an unknown actor, another type of actor and an unknown peer are named") { system in
            let absent: ProbeActor = try system.actor("absent", at: system.transport.peers[1])
            let failure = try await expectFailure(.unknownActor) { _ = try await absent.echo([]) }
            try check(failure.actor == "absent", "the name is lost: \(failure)")
            let other: ProbeActor = try system.actor("other", at: system.transport.peers[1])
            _ = try await expectFailure(.unknownTarget) { _ = try await other.echo([]) }
            _ = try await expectFailure(.unknownActor) {
                let _: ProbeActor = try system.actor("probe", at: PeerAddress(generation: 9, rank: 1))
            }
        },
        CompatibilityScenario("a call without an answer ends at its deadline, and its callee is cancelled") { system in
            let probe = try system.probe
            let failure = try await expectFailure(.timedOut) {
                try await ClusterActorSystem.withCallDeadline(.milliseconds(50)) { try await probe.wait(milliseconds: 60_000) }
            }
            try check(failure.isRetryable, "a time-out is retryable")
            try await eventually("the callee is cancelled") { try await probe.cancellations() == 1 }
        },
        CompatibilityScenario("cancelling the caller ends the call and reaches the callee") { system in
            let probe = try system.probe
            let task = Task { try await probe.wait(milliseconds: 60_000) }
            try await eventually("the callee waits") { try await probe.waits() == 1 }
            task.cancel()
            let result = await task.result
            guard case .failure(let error) = result, error is CancellationError else { throw CheckFailure("\(result)") }
            try await eventually("the callee is cancelled") { try await probe.cancellations() == 1 }
        },
        CompatibilityScenario("a cancelled task makes no call") { system in
            let probe = try system.probe
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                try await probe.append(1)
            }
            task.cancel()
            _ = await task.result
            try check(try await probe.appended().isEmpty, "the call was made")
        },
        CompatibilityScenario("a silent peer's calls fail, others go on, and it may return") { system in
            let probe = try system.probe
            let lost = system.transport.peers[1]
            let events = EventLog()
            system.transport.faultHook = { $0.peer == lost ? .drop : .deliver }
            defer { system.transport.faultHook = nil }
            system.startHeartbeats(interval: .milliseconds(5), limit: .milliseconds(300)) { events.append($0) }
            _ = try await expectFailure(.peerLost) { _ = try await probe.echo([1]) }
            _ = try await expectFailure(.peerLost) { _ = try await probe.echo([2]) }
            for peer in system.transport.peers where peer != lost {
                let other: ProbeActor = try system.actor("probe", at: peer)
                _ = try await other.echo([3])
            }
            system.transport.faultHook = nil
            try await eventually("the peer returns") { events.all.contains(.returned(lost)) }
            try check(try await probe.echo([4]) == [4], "the returned peer answers wrongly")
        },
        CompatibilityScenario("an answer after the deadline is counted and dropped") { system in
            let probe = try system.probe
            let before = system.counters.lateAnswers.load(ordering: .relaxed)
            _ = try await expectFailure(.timedOut) {
                try await ClusterActorSystem.withCallDeadline(.milliseconds(20)) { try await probe.wait(milliseconds: 60_000) }
            }
            // The cancelled callee answers that it was cancelled: that answer is late.
            try await eventually("the late answer") { system.counters.lateAnswers.load(ordering: .relaxed) == before + 1 }
        },
    ]
}
