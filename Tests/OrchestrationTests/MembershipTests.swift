import Orchestration
import Testing
import Trajectories

@Suite("Membership")
struct MembershipTests {
    @Test("silence makes a worker suspect, then lost; heard again it is what it was before")
    func silence() {
        var members = Membership()
        let (a, b) = (members.enlist(), members.enlist())
        #expect(members.state(of: a) == .joining && !members.mayServe(a) && members.counts(a))
        #expect(members.ready(a) == true)
        #expect(members.mayServe(a))
        #expect(members.suspect(a) == true)
        #expect(members.state(of: a) == .suspect)
        #expect(!members.mayServe(a))
        #expect(members.counts(a))
        #expect(members.suspect(a) == false)
        #expect(members.lose(a) == true)
        #expect(members.state(of: a) == .lost)
        #expect(!members.counts(a))
        #expect(members.suspect(a) == false, "a lost worker is not suspect again")
        #expect(members.hear(a) == true)
        #expect(members.state(of: a) == .live)
        #expect(members.mayServe(a))
        // One that was lost before it was ready still has to become ready.
        #expect(members.lose(b) == true)
        #expect(members.hear(b) == true)
        #expect(members.state(of: b) == .joining)
    }

    @Test("a worker that stands still gets no work until it moves, whatever is heard of it")
    func standstill() {
        var members = Membership()
        let a = members.enlist()
        members.ready(a)
        #expect(members.stall(a) == true)
        #expect(members.state(of: a) == .stuck)
        #expect(!members.mayServe(a))
        #expect(members.counts(a))
        members.suspect(a)
        #expect(members.hear(a) == true)
        #expect(members.state(of: a) == .stuck)
        #expect(members.progress(a) == true)
        #expect(members.mayServe(a))
        #expect(members.progress(a) == false)
    }

    @Test("a dismissed worker gets no more work and leaves for good; its number is not used again")
    func leaving() {
        var members = Membership()
        members.enlist(WorkerID(4))
        members.ready(WorkerID(4))
        #expect(members.dismiss(WorkerID(4)) == true)
        #expect(members.state(of: WorkerID(4)) == .leaving)
        #expect(!members.counts(WorkerID(4)))
        #expect(members.leave(WorkerID(4)) == true)
        #expect(members.state(of: WorkerID(4)) == .left)
        #expect(members.hear(WorkerID(4)) == false)
        #expect(members.ready(WorkerID(4)) == false)
        #expect(members.lose(WorkerID(4)) == false)
        let next = members.enlist()
        #expect(next == WorkerID(5))
        members.enlist(WorkerID(4))
        #expect(members.state(of: WorkerID(4)) == .left)
        #expect(members.ready(WorkerID(77)) == false)
        #expect(members.state(of: WorkerID(77)) == nil)
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
