import Orchestration
import Testing
import Trajectories

@Suite("Work buffer")
struct WorkBufferTests {
    private let first = WorkerID(0)
    private let second = WorkerID(1)

    private func assignments(_ count: Int, step: Int = 1, lag: Int = 0, size: Int = 2) -> [GroupAssignment] {
        let draws = (0..<count).map { ProblemDraw(problemIndex: $0, visit: 0) }
        return StepPlan(step: StepIndex(step), staleness: Staleness(lag: lag), groupSize: size, draws: draws, cursor: 0).assignments
    }

    private func buffer(slots: Int = 4, lag: Int? = 0) -> WorkBuffer {
        WorkBuffer(slotCount: slots, staleness: lag.map(Staleness.init(lag:)), leaseDuration: .seconds(10))
    }

    @Test("groups leave in id order, come back member by member, and free their slot when released")
    func life() throws {
        var work = buffer()
        let plan = assignments(2)
        try work.add(plan)
        let handed = work.assign(to: first, at: .zero)
        let lease = try #require(handed)
        #expect(lease.assignment == plan[0] && lease.missingMembers == [0, 1] && lease.attempt == 1)
        let a = TrajectoryID(group: plan[0].group, member: 0)
        let b = TrajectoryID(group: plan[0].group, member: 1)
        #expect(work.deliver(b, contentHash: [1], from: first, at: .seconds(1)) == .accepted(completesGroup: false))
        #expect(work.isSampling(StepIndex(1)))
        #expect(try work.recordJudged(b) == false)
        #expect(work.deliver(a, contentHash: [2], from: first, at: .seconds(2)) == .accepted(completesGroup: true))
        #expect(work.phase(of: plan[0].group) == .sampled)
        #expect(throws: OrchestrationError.self) { try work.release([plan[0].group]) }
        #expect(try work.recordJudged(a) == true)
        #expect(work.phase(of: plan[0].group) == .judged)
        #expect(work.takenSlotCount == 2)
        try work.release([plan[0].group])
        #expect(work.takenSlotCount == 1)
        #expect(work.isSampling(StepIndex(1)))
    }

    @Test("an expired lease is issued again for the missing members, and the late answer still counts once")
    func expiry() throws {
        var work = buffer()
        let plan = assignments(1)
        try work.add(plan)
        _ = work.assign(to: first, at: .zero)
        let ids = (0..<2).map { TrajectoryID(group: plan[0].group, member: $0) }
        _ = work.deliver(ids[0], contentHash: [7], from: first, at: .seconds(5))
        #expect(work.expire(at: .seconds(14)).isEmpty, "a delivery renews the lease")
        #expect(work.nextDeadline == .seconds(15))
        #expect(work.expire(at: .seconds(15)).map(\.worker) == [first])
        let handed = work.assign(to: second, at: .seconds(16))
        let again = try #require(handed)
        #expect(again.missingMembers == [1] && again.attempt == 2)
        #expect(work.deliver(ids[1], contentHash: [8], from: first, at: .seconds(17)) == .accepted(completesGroup: true))
        #expect(work.deliver(ids[1], contentHash: [8], from: second, at: .seconds(18)) == .duplicate(matches: true))
        #expect(work.deliver(ids[0], contentHash: [9], from: second, at: .seconds(18)) == .duplicate(matches: false))
        #expect(work.counters.duplicateMismatches == 1 && work.counters.duplicates == 2 && work.counters.accepted == 2)
    }

    @Test("only the holder's progress renews a lease")
    func renewal() throws {
        var work = buffer()
        try work.add(assignments(1))
        let handed = work.assign(to: first, at: .zero)
        let group = try #require(handed).assignment.group
        #expect(work.renew(group, by: second, at: .seconds(9)) == false)
        #expect(work.renew(group, by: first, at: .seconds(9)) == true)
        #expect(work.expire(at: .seconds(18)).isEmpty)
        #expect(work.lose(second).isEmpty)
        #expect(work.lose(first) == [group])
        #expect(work.phase(of: group) == .waiting && work.counters.orphaned == 1)
    }

    @Test("a group waits until its version is published, and a wrong version is refused", arguments: [0, 1, 2])
    func versions(lag: Int) throws {
        var work = buffer(slots: 16, lag: lag)
        for step in 1...4 { try work.add(assignments(1, step: step, lag: lag)) }
        var leased: [StepIndex] = []
        while let lease = work.assign(to: first, at: .zero) { leased.append(lease.assignment.group.step) }
        #expect(leased == (1...(1 + lag)).map { StepIndex($0) })
        work.publish(PolicyVersion(1))
        #expect(work.assign(to: first, at: .zero)?.assignment.group.step == StepIndex(2 + lag))
        #expect(work.assign(to: first, at: .zero) == nil)
        let error = #expect(throws: OrchestrationError.self) { try work.add(assignments(1, step: 9, lag: lag + 1)) }
        #expect(error?.code == .wrongVersion)
    }

    @Test("a full buffer refuses groups, all or none, and a group can't be planned twice")
    func bounds() throws {
        var work = buffer(slots: 3)
        try work.add(assignments(2))
        #expect(throws: OrchestrationError.self) { try work.add(assignments(2, step: 2)) }
        #expect(work.takenSlotCount == 2)
        #expect(throws: OrchestrationError.self) { try work.add(assignments(1)) }
        #expect(work.deliver(TrajectoryID(group: assignments(2)[1].group, member: 9), contentHash: [], from: first, at: .zero) == .unknown)
    }

    /// 4 seeds x 25,000 random events: workers that die, stall, answer late, twice and wrongly; a learner that trains when it can.
    @Test("under random schedules each member counts once, no sample is stale and no slot is lost", arguments: [1, 2, 3, 4])
    func randomSchedules(seed: Int) throws {
        let lag = seed % 3
        let (groupsPerStep, size) = (3, 3)
        let staleness = Staleness(lag: lag)
        var random = SeededGenerator(state: UInt64(seed))
        var work = WorkBuffer(slotCount: (lag + 1) * groupsPerStep, staleness: staleness, leaseDuration: .seconds(20))
        var now = Duration.zero
        var plannedStep = 0
        var trainedStep = 0
        var nextWorker = 4
        var workers = (0..<4).map { WorkerID($0) }
        // What each worker still believes it has to send, lost and expired leases included.
        var outbox: [(worker: WorkerID, lease: WorkBuffer.Lease, member: Int)] = []
        var accepted: Set<TrajectoryID> = []
        var unjudged: [TrajectoryID] = []
        var wrongDuplicates = 0
        for event in 0..<25_000 {
            now += .seconds(Int.random(in: 0...2, using: &random))
            if plannedStep <= trainedStep + lag, work.freeSlotCount >= groupsPerStep {
                plannedStep += 1
                let draws = (0..<groupsPerStep).map { ProblemDraw(problemIndex: plannedStep * groupsPerStep + $0, visit: 0) }
                let plan = StepPlan(step: StepIndex(plannedStep), staleness: staleness, groupSize: size, draws: draws, cursor: 0)
                try work.add(plan.assignments)
            }
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5:
                let worker = workers[Int.random(in: 0..<workers.count, using: &random)]
                if let lease = work.assign(to: worker, at: now) {
                    #expect(lease.assignment.version == staleness.version(for: lease.assignment.group.step))
                    #expect(lease.assignment.version.rawValue <= trainedStep, "a version is used before it exists")
                    outbox += lease.missingMembers.map { (worker, lease, $0) }
                }
            case 5..<14:
                guard !outbox.isEmpty else { continue }
                let index = Int.random(in: 0..<outbox.count, using: &random)
                let (worker, lease, member) = outbox[index]
                if Int.random(in: 0..<4, using: &random) > 0 { outbox.remove(at: index) }
                let id = TrajectoryID(group: lease.assignment.group, member: member)
                let isWrong = accepted.contains(id) && Int.random(in: 0..<10, using: &random) == 0
                let hash = [UInt8(truncatingIfNeeded: id.group.step.rawValue), UInt8(id.group.slot), UInt8(member), isWrong ? 1 : 0]
                switch work.deliver(id, contentHash: hash, from: worker, at: now) {
                case .accepted:
                    #expect(accepted.insert(id).inserted, "\(id) counted twice")
                    #expect(id.group.step.rawValue > trainedStep)
                    unjudged.append(id)
                case .duplicate(let matches):
                    #expect(accepted.contains(id))
                    #expect(matches != isWrong)
                    wrongDuplicates += matches ? 0 : 1
                case .unknown: #expect(accepted.contains(id) && id.group.step.rawValue <= trainedStep)
                }
            case 14..<17:
                guard !unjudged.isEmpty else { continue }
                _ = try work.recordJudged(unjudged.remove(at: Int.random(in: 0..<unjudged.count, using: &random)))
            case 17:
                for ended in work.expire(at: now) { #expect(work.phase(of: ended.group) == .waiting) }
            case 18 where event % 7 == 0:
                let index = Int.random(in: 0..<workers.count, using: &random)
                _ = work.lose(workers[index])
                if Bool.random(using: &random) { outbox.removeAll { $0.worker == workers[index] } }
                workers[index] = WorkerID(nextWorker)
                nextWorker += 1
            default: break
            }
            let step = StepIndex(trainedStep + 1)
            let groups = work.groups.filter { $0.step == step }
            if groups.count == groupsPerStep, groups.allSatisfy({ work.phase(of: $0) == .judged }) {
                try work.release(groups)
                trainedStep += 1
                work.publish(PolicyVersion(trainedStep))
            }
            #expect(work.takenSlotCount + work.freeSlotCount == work.slotCount && work.freeSlotCount >= 0)
            #expect(work.takenSlotCount == (plannedStep - trainedStep) * groupsPerStep)
        }
        #expect(trainedStep > 100, "the schedule made no headway: \(trainedStep) steps")
        #expect(work.counters.accepted == accepted.count)
        #expect(work.counters.duplicateMismatches == wrongDuplicates && wrongDuplicates > 0)
        #expect(work.counters.expired > 0 && work.counters.orphaned > 0 && work.counters.duplicates > 0)
        for step in 1...trainedStep {
            for slot in 0..<groupsPerStep {
                for member in 0..<size {
                    #expect(accepted.contains(TrajectoryID(group: GroupID(step: StepIndex(step), slot: slot), member: member)))
                }
            }
        }
    }
}
