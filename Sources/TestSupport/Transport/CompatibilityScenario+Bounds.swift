import ActorRuntime
import Synchronization

extension CompatibilityScenario {
    private static func configuration(_ change: (inout ClusterActorSystem.Configuration) -> Void) -> ClusterActorSystem.Configuration {
        var configuration = ClusterActorSystem.Configuration()
        change(&configuration)
        return configuration
    }

    /// Fills all places with waiting calls, then checks that one more is refused and that places are freed.
    @Sendable
    private static func overload(_ system: ClusterActorSystem) async throws {
        let probe = try system.probe
        let waits = (0..<8).map { _ in
            Task {
                // The calls made below take places too: try until one is ours.
                while true {
                    do {
                        return try await probe.wait(milliseconds: 60_000)
                    } catch let failure as RemoteFailure where failure.code == .overloaded {
                        try await Task.sleep(for: .milliseconds(1))
                    }
                }
            }
        }
        let failure = try await expectEventually(.overloaded) { try await probe.append(1) }
        try check(failure.isRetryable, "overload is retryable")
        for wait in waits { wait.cancel() }
        for wait in waits { _ = await wait.result }
        try await eventually("places are free again") {
            do {
                return try await probe.cancellations() == 8
            } catch let failure as RemoteFailure where failure.code == .overloaded {
                return false
            }
        }
    }

    private static func expectEventually(_ code: RemoteFailure.Code, _ body: () async throws -> Void) async throws -> RemoteFailure {
        var found: RemoteFailure?
        try await eventually("\(code)") {
            do {
                try await body()
            } catch let failure as RemoteFailure where failure.code == code {
                found = failure
            }
            return found != nil
        }
        guard let found else { throw CheckFailure("\(code) expected") }
        return found
    }

    static let bounds: [CompatibilityScenario] = [
        CompatibilityScenario(
            "more calls in flight than allowed are refused", configuration: configuration { $0.maximumCallsInFlightPerPeer = 8 }, overload),
        CompatibilityScenario(
            "a full mailbox refuses calls", configuration: configuration { $0.maximumMailboxCount = 8 }, overload),
        CompatibilityScenario("oversized arguments and oversized results are refused by name") { system in
            let probe = try system.probe
            let limit = system.transport.maximumFrameByteCount
            _ = try await expectFailure(.frameTooLarge) { _ = try await probe.echo([UInt8](repeating: 0, count: limit)) }
            _ = try await expectFailure(.frameTooLarge) { _ = try await probe.produce(byteCount: limit) }
            try check(try await probe.echo([1]) == [1], "the lane is blocked")
        },
    ]

    static let hostile: [CompatibilityScenario] = [
        CompatibilityScenario("corrupt frames are dropped, and the lane goes on") { system in
            let probe = try system.probe
            let peer = system.transport.peers[1]
            let frame = Frame.call(CallID(rawValue: 1), CallRequest(actor: "probe", target: "", arguments: [])).encoded()
            for index in frame.indices {
                var broken = frame
                broken[index] ^= 0x40
                try system.transport.send(broken, to: peer)
                try system.transport.send(Array(frame[..<index]), to: peer)
            }
            try check(try await probe.echo([5]) == [5], "the lane is blocked")
        },
        CompatibilityScenario("a corrupt call runs into its deadline, a corrupt answer too") { system in
            let probe = try system.probe
            system.transport.faultHook = { message in
                guard case .frame(var bytes, _) = message else { return .deliver }
                bytes[bytes.count - 1] ^= 1
                return .replace(bytes)
            }
            _ = try await expectFailure(.timedOut) {
                try await ClusterActorSystem.withCallDeadline(.milliseconds(100)) { try await probe.append(1) }
            }
            system.transport.faultHook = nil
            try check(try await probe.appended().isEmpty, "the corrupt call ran")
        },
        CompatibilityScenario("well-formed calls with wrong contents get an error, never a crash") { system in
            let peer = system.transport.peers[1]
            let probe = try system.probe
            let good = Mutex<(String, [UInt8])>(("", []))
            system.transport.faultHook = { message in
                if case .frame(let bytes, _) = message, case .call(_, let request) = Frame(bytes) {
                    good.withLock { $0 = (request.target, request.arguments) }
                }
                return .deliver
            }
            _ = try await probe.echo(value: .sample)
            system.transport.faultHook = nil
            let (target, arguments) = good.withLock { $0 }
            let before = system.counters.lateAnswers.load(ordering: .relaxed)
            var sent = 0
            func send(_ request: CallRequest) throws {
                sent += 1
                try system.transport.send(Frame.call(CallID(rawValue: .max - UInt64(sent)), request).encoded(), to: peer)
            }
            for index in arguments.indices {
                for value: UInt8 in [0x00, 0x7f, 0xff] {
                    var broken = arguments
                    broken[index] = value
                    try send(CallRequest(actor: "probe", target: target, arguments: broken))
                }
                try send(CallRequest(actor: "probe", target: target, arguments: Array(arguments[..<index])))
            }
            try send(CallRequest(actor: "probe", target: target + "x", arguments: arguments))
            try send(CallRequest(actor: "probe", target: target, substitutions: ["", "Si", "zzz"], arguments: []))
            try send(CallRequest(actor: "other", target: target, arguments: arguments))
            let count = sent
            try await eventually("an answer to each") { system.counters.lateAnswers.load(ordering: .relaxed) == before + count }
            try check(try await probe.echo([6]) == [6], "the lane is blocked")
        },
        CompatibilityScenario("delayed frames arrive, and calls overtake them") { system in
            let probe = try system.probe
            let isFirst = Atomic<Bool>(true)
            system.transport.faultHook = { message in
                guard case .frame = message else { return .deliver }
                return isFirst.exchange(false, ordering: .relaxed) ? .delay(.seconds(3)) : .deliver
            }
            defer { system.transport.faultHook = nil }
            let late = Task { try await probe.append(1) }
            try await eventually("the delayed call is out") { !isFirst.load(ordering: .relaxed) }
            try await probe.append(2)
            try await late.value
            try check(try await probe.appended() == [2, 1], "nothing was delayed")
        },
    ]
}
