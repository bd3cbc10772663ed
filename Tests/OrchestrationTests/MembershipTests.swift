import Orchestration
import Testing
import Trajectories

@Suite("Membership")
struct MembershipTests {
    @Test("silence makes a worker suspect, then lost; a heartbeat in between makes it live again")
    func silence() {
        var members = Membership(suspectAfter: .seconds(2), lostAfter: .seconds(6))
        let a = members.join(at: .zero)
        let b = members.join(at: .zero)
        #expect(members.nextDeadline == .seconds(2))
        #expect(members.advance(to: .milliseconds(1_999)).isEmpty)
        #expect(members.advance(to: .seconds(2)) == [.suspected(a), .suspected(b)])
        #expect(members.advance(to: .seconds(3)).isEmpty)
        #expect(members.heard(from: a, at: .seconds(5)) == .recovered(a))
        #expect(members.heard(from: a, at: .seconds(5)) == nil)
        #expect(members.advance(to: .seconds(6)) == [.lost(b)])
        #expect(members.state(of: a) == .live && members.state(of: b) == .lost)
        #expect(members.workers(in: .live) == [a])
    }

    @Test("a lost worker stays lost and joins anew under another number")
    func rejoining() {
        var members = Membership(suspectAfter: .seconds(1), lostAfter: .seconds(2))
        let a = members.join(at: .zero)
        #expect(members.leave(a) == .lost(a))
        #expect(members.leave(a) == nil)
        #expect(members.heard(from: a, at: .seconds(1)) == nil)
        #expect(members.state(of: a) == .lost)
        #expect(members.join(at: .seconds(1)) != a)
        #expect(members.advance(to: .seconds(100)).contains(.lost(a)) == false)
    }

    @Test("heartbeats without progress tell a stuck worker from a working one")
    func progress() {
        var members = Membership(suspectAfter: .seconds(2), lostAfter: .seconds(6))
        let a = members.join(at: .zero)
        let b = members.join(at: .zero)
        for second in 1...10 {
            members.heard(from: a, progress: 5, at: .seconds(second))
            members.heard(from: b, progress: second, at: .seconds(second))
        }
        #expect(members.advance(to: .seconds(10)).isEmpty)
        #expect(members.stalled(for: .seconds(5), at: .seconds(10)) == [a])
    }
}

@Suite("Step plan")
struct StepPlanTests {
    private let draws = (0..<3).map { ProblemDraw(problemIndex: 10 + $0, visit: 1) }

    @Test("a step's version lags by exactly k and never below 0", arguments: [0, 1, 3])
    func versions(lag: Int) {
        let staleness = Staleness(lag: lag)
        for step in 1...8 {
            let version = staleness.version(for: StepIndex(step))
            #expect(version.rawValue == max(0, step - 1 - lag))
            #expect(Staleness.age(of: version, at: StepIndex(step)) == min(lag, step - 1))
            #expect(staleness.lastStep(sampledWith: version) >= StepIndex(step))
        }
    }

    @Test("replacements keep the version, move the cursor, and the batch is the first usable groups in plan order")
    func rounds() {
        var plan = StepPlan(step: StepIndex(4), staleness: Staleness(lag: 1), groupSize: 8, draws: draws, cursor: 9)
        #expect(plan.version == PolicyVersion(2) && plan.cursorAfter == 12 && plan.roundCount == 1)
        let round = plan.addRound(draws)
        #expect(round.map(\.group.slot) == [3, 4, 5])
        #expect(round.allSatisfy { $0.version == PolicyVersion(2) && $0.memberCount == 8 })
        #expect(plan.cursorAfter == 15)
        #expect(plan.batch { $0.slot % 2 == 1 }.map(\.slot) == [1, 3, 5])
        #expect(plan.batch { $0.slot > 0 }.map(\.slot) == [1, 2, 3])
        #expect(plan.batch { $0.slot > 3 }.map(\.slot) == [4, 5])
    }
}
