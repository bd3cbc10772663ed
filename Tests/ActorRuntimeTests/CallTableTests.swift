import ActorRuntime
import Testing

@Suite("Call table: every call ends exactly once")
struct CallTableTests {
    private let start = ContinuousClock.now
    private let peers = (0..<3).map { PeerAddress(rank: $0) }

    private func table(_ bound: Int = 4) -> CallTable<String> { CallTable(maximumInFlightPerPeer: bound) }
    private func id(_ number: UInt64) -> CallID { CallID(rawValue: number) }

    @Test("the first of reply, cancellation, deadline, loss and shutdown gets the waiter, the others get nothing")
    func exactlyOnce() throws {
        typealias End = (inout CallTable<String>) -> [String]
        let (peer, start) = (peers[1], start)
        let ends: [End] = [
            { table in [table.takeAnswered(CallID(rawValue: 1), by: peer)].compactMap(\.self) },
            { table in [table.takeCancelled(CallID(rawValue: 1))].compactMap(\.self) },
            { table in table.takeExpired(at: start + .seconds(2)).map(\.waiter) },
            { table in table.lose(peer) },
            { table in table.close() },
        ]
        for first in ends.indices {
            for second in ends.indices {
                var table = table()
                try table.insert("w", id: id(1), to: peer, deadline: start + .seconds(1))
                #expect(ends[first](&table) == ["w"])
                #expect(ends[second](&table) == [], "end \(first), then \(second)")
                #expect(table.count == 0)
            }
        }
    }

    @Test("an answer counts only from the peer that was called")
    func foreignAnswer() throws {
        var table = table()
        try table.insert("w", id: id(1), to: peers[1], deadline: start)
        #expect(table.takeAnswered(id(1), by: peers[2]) == nil)
        #expect(table.takeAnswered(id(1), by: peers[1]) == "w")
    }

    @Test("deadlines expire in their order, and not before their time")
    func deadlines() throws {
        var table = table(100)
        let order = [7, 3, 9, 1, 8, 2, 6, 4, 5, 0]
        for number in order {
            try table.insert("\(number)", id: id(UInt64(number)), to: peers[0], deadline: start + .seconds(number))
        }
        _ = table.takeCancelled(id(2))
        #expect(table.nextDeadline() == start)
        #expect(table.takeExpired(at: start + .seconds(4)).map(\.waiter) == ["0", "1", "3", "4"])
        #expect(table.nextDeadline() == start + .seconds(5))
        #expect(table.takeExpired(at: start + .milliseconds(4999)).isEmpty)
        #expect(table.takeExpired(at: start + .seconds(99)).map(\.waiter) == ["5", "6", "7", "8", "9"])
        #expect(table.nextDeadline() == nil)
    }

    @Test("the bound on calls in flight is kept for each peer, and places are freed")
    func bound() throws {
        var table = table(2)
        for number in 0..<2 { try table.insert("", id: id(UInt64(number)), to: peers[0], deadline: start) }
        #expect(throws: CallTable<String>.Refusal.overloaded(inFlight: 2)) {
            try table.insert("", id: id(8), to: peers[0], deadline: start)
        }
        try table.insert("", id: id(9), to: peers[1], deadline: start)
        _ = table.takeAnswered(id(0), by: peers[0])
        try table.insert("", id: id(10), to: peers[0], deadline: start)
        #expect(table.count == 3)
    }

    @Test("a lost peer is refused until it is restored, a closed table for ever")
    func refusals() throws {
        var table = table()
        #expect(table.lose(peers[0]).isEmpty)
        #expect(throws: CallTable<String>.Refusal.peerLost) { try table.insert("", id: id(1), to: peers[0], deadline: start) }
        table.restore(peers[0])
        try table.insert("w", id: id(1), to: peers[0], deadline: start)
        #expect(table.close() == ["w"])
        #expect(throws: CallTable<String>.Refusal.shutDown) { try table.insert("", id: id(2), to: peers[0], deadline: start) }
    }

    @Test("100,000 quick calls with long deadlines leave nothing behind")
    func staleDeadlines() throws {
        var table = table()
        for number in 0..<100_000 as Range<UInt64> {
            try table.insert("", id: id(number), to: peers[0], deadline: start + .seconds(600))
            #expect(table.takeAnswered(id(number), by: peers[0]) != nil)
        }
        #expect(table.count == 0)
        #expect(table.nextDeadline() == nil)
    }
}

@Suite("Invocation table")
struct InvocationTableTests {
    private func key(_ number: UInt64, _ rank: Int = 0) -> InvocationTable<String>.Key {
        InvocationTable.Key(peer: PeerAddress(rank: rank), id: CallID(rawValue: number))
    }

    @Test("a mailbox is bounded for each actor, a refused call never starts, and an ended one frees its place")
    func bound() throws {
        var table = InvocationTable<String>(maximumPerActor: 1)
        try table.begin(key(1), actor: "a") { "x" }
        #expect(throws: InvocationTable<String>.Refusal.overloaded(waiting: 1)) {
            try table.begin(key(2), actor: "a") {
                Issue.record("started")
                return ""
            }
        }
        try table.begin(key(3), actor: "b") { "y" }
        table.end(key(1))
        table.end(key(1))
        try table.begin(key(4), actor: "a") { "z" }
        #expect(table.invocation(key(4)) == "z")
    }

    @Test("the same call twice runs once; equal numbers of two callers are two calls")
    func duplicates() throws {
        var table = InvocationTable<String>(maximumPerActor: 9)
        try table.begin(key(1, 0), actor: "a") { "x" }
        try table.begin(key(1, 1), actor: "a") { "y" }
        #expect(throws: InvocationTable<String>.Refusal.duplicate) { try table.begin(key(1, 0), actor: "a") { "z" } }
        #expect(table.invocations(from: PeerAddress(rank: 1)) == ["y"])
        #expect(table.close().sorted() == ["x", "y"])
        #expect(throws: InvocationTable<String>.Refusal.shutDown) { try table.begin(key(5), actor: "a") { "" } }
    }
}

@Suite("Peer monitor")
struct PeerMonitorTests {
    private let start = ContinuousClock.now
    private let peer = PeerAddress(rank: 1)

    private func ticks(
        _ monitor: inout PeerMonitor, _ seconds: ClosedRange<Int>, heard: ContinuousClock.Instant?
    ) -> [Int: [PeerMonitor.Action]] {
        var found: [Int: [PeerMonitor.Action]] = [:]
        for second in seconds {
            let actions = monitor.tick(at: start + .seconds(second), peers: [peer], lastHeard: { _ in heard })
            #expect(actions.last == .ping(peer))
            if actions.count > 1 { found[second] = Array(actions.dropLast()) }
        }
        return found
    }

    @Test("a peer is suspect, then silent after an unanswered ping, and returns with its first sign of life")
    func silence() {
        var monitor = PeerMonitor(interval: .seconds(1), suspectAfter: .seconds(2), limit: .seconds(5))
        #expect(ticks(&monitor, 0...0, heard: nil).isEmpty)
        #expect(ticks(&monitor, 1...1, heard: start + .milliseconds(500)).isEmpty)
        #expect(ticks(&monitor, 2...9, heard: start + .milliseconds(500)) == [3: [.declareSuspect(peer)], 6: [.declareSilent(peer)]])
        #expect(
            ticks(&monitor, 10...12, heard: start + .milliseconds(9_500)) == [10: [.declareReturned(peer)], 12: [.declareSuspect(peer)]])
        #expect(ticks(&monitor, 13...13, heard: start + .milliseconds(12_500)) == [13: [.declareReturned(peer)]])
    }

    @Test("a monitor that was itself stopped declares nobody dead: gaps between its looks don't count")
    func starvation() {
        var monitor = PeerMonitor(interval: .seconds(1), suspectAfter: .seconds(2), limit: .seconds(5))
        _ = ticks(&monitor, 0...1, heard: start)
        // Stopped for an hour, with a ping on the way.
        #expect(ticks(&monitor, 3600...3600, heard: start + .milliseconds(100)).isEmpty)
        #expect(
            ticks(&monitor, 3601...3606, heard: start + .milliseconds(100)) == [
                3601: [.declareSuspect(peer)], 3604: [.declareSilent(peer)],
            ])
    }

    @Test("peers that are no longer watched are forgotten, new ones are watched from their first look")
    func changingPeers() {
        var monitor = PeerMonitor(interval: .seconds(1), suspectAfter: .seconds(2), limit: .seconds(3))
        let other = PeerAddress(communicator: 1, rank: 0)
        #expect(monitor.tick(at: start, peers: [peer], lastHeard: { _ in nil }) == [.ping(peer)])
        for second in 1...2 { _ = monitor.tick(at: start + .seconds(second), peers: [other], lastHeard: { _ in nil }) }
        #expect(
            monitor.tick(at: start + .seconds(3), peers: [peer, other], lastHeard: { _ in nil })
                == [.ping(peer), .declareSuspect(other), .ping(other)])
    }
}

@Suite("Method names")
struct MethodNameTests {
    @Test("the method is read from a mangled name; what is none stays as it is")
    func names() {
        #expect(
            MethodName.of("$s15TrainingCluster13RolloutWorkerC7install_6ticket4fromy12Trajectories13PolicyVersionV_AAtYaKFTE") == "install")
        for text in ["", "$s", "abc", "$s99TrainingCluster", "$s3abc4defgV3xyz"] { #expect(MethodName.of(text) == text) }
    }
}
