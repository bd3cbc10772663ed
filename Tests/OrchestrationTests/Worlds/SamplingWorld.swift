import Orchestration
import TestSupport
import Trajectories

/// A work buffer and the membership of its rollout workers, which join, are late, hang, die, return, are sent away, answer late and twice; and
/// a learner that trains what is judged. What connects the machines is what the controller does.
struct SamplingWorld: ModelWorld {
    let size: Size
    let defect: Defect?
    private let staleness: Staleness
    private(set) var work: WorkBuffer
    private var now = 0
    private var plannedStep = 0
    private(set) var trainedStep = 0
    private var publishedStep = 0
    private(set) var membership = Membership()
    private var underWay: Set<Parcel> = []
    private var unjudged: Set<TrajectoryID> = []
    /// Every trajectory that counted, of steps that aren't trained yet.
    private var accepted: Set<TrajectoryID> = []
    private(set) var acceptedCount = 0
    private(set) var badCount = 0

    init(_ size: Size, defect: Defect? = nil) {
        self.size = size
        self.defect = defect
        staleness = Staleness(lag: size.lag)
        work = WorkBuffer(
            slotCount: (size.lag + 1) * size.groupsPerStep, staleness: staleness, leaseDuration: .milliseconds(size.lease))
        for number in 0..<size.workers {
            let worker = membership.enlist()
            if number < size.workers - size.recruits { membership.ready(worker) }
        }
    }

    private var time: Duration { .milliseconds(now) }
    var isDone: Bool { publishedStep == size.steps }

    // MARK: - Moves

    var moves: [Move] {
        var result: [Move] = []
        if plannedStep < size.steps, plannedStep <= trainedStep + size.lag, work.freeSlotCount >= size.groupsPerStep {
            result.append(.plan)
        }
        if publishedStep < trainedStep { result.append(.publish) }
        let next = groups(of: trainedStep + 1)
        if trainedStep == publishedStep, plannedStep > trainedStep, next.allSatisfy({ work.phase(of: $0) == .judged }) {
            result.append(.release)
        }
        let waits = work.groups.contains { work.phase(of: $0) == .waiting }
        for worker in 0..<size.workers { result += moves(of: worker, groupsWait: waits) }
        for parcel in underWay.sorted() {
            result += [
                .deliver(parcel, staysUnderWay: false, isBad: false), .deliver(parcel, staysUnderWay: true, isBad: false), .drop(parcel),
            ]
            if size.hasBadCores, accepted.contains(parcel.id) { result.append(.deliver(parcel, staysUnderWay: false, isBad: true)) }
        }
        result += unjudged.sorted().map { .judge($0) }
        // Time stands still where nobody waits for it: states are finite.
        if let deadline = work.nextDeadline { result.append(deadline > time ? .tick : .expire) }
        return result
    }

    private func moves(of worker: Int, groupsWait: Bool) -> [Move] {
        let id = WorkerID(worker)
        let leases = work.leases(of: id)
        let state = state(worker)
        let mayServe = membership.mayServe(id) || (defect == .silenceIsForgotten && state == .lost)
        var result: [Move] = []
        if mayServe, groupsWait, leases.count < size.bound || defect == .boundIsIgnored { result.append(.assign(worker)) }
        if state == .joining { result.append(.join(worker)) }
        if state == .suspect || state == .lost { result.append(.hear(worker)) }
        if state == .stuck, !canAnyServe { result.append(.tryAgain(worker)) }
        guard state != .lost, state != .left else { return result }
        result += [.lose(worker, isSilenced: false), .lose(worker, isSilenced: true)]
        result += leases.map { .renew(worker, $0) }
        if !leases.isEmpty { result.append(.callFails(worker)) }
        if size.areWatched, state != .suspect { result.append(.suspect(worker)) }
        if worker >= size.workers - size.dismissals, state != .leaving, state != .joining { result.append(.dismiss(worker)) }
        if state == .leaving, leases.isEmpty { result.append(.leave(worker)) }
        return result
    }

    private var canAnyServe: Bool { (0..<size.workers).contains { membership.mayServe(WorkerID($0)) } }

    private func state(_ worker: Int) -> Membership.State { membership.state(of: WorkerID(worker)) ?? .left }

    func isFault(_ move: Move) -> Bool {
        switch move {
        case .drop, .lose, .renew, .callFails, .suspect, .dismiss, .join: true
        case .deliver(_, let stays, let isBad): stays || isBad
        // Somebody has to live, but who died may stay dead as long as another lives.
        case .hear: canAnyServe
        default: false
        }
    }

    func weight(_ move: Move) -> Int {
        switch move {
        case .plan, .publish, .release: 20
        case .assign: 6
        case .deliver(_, let stays, let isBad): stays || isBad ? 1 : 4
        case .judge: 4
        case .drop, .lose, .suspect, .callFails, .dismiss: 1
        case .renew, .hear, .join, .tryAgain: 2
        case .leave: 4
        case .tick: 3
        case .expire: 4
        }
    }

    mutating func make(_ move: Move) throws {
        switch move {
        case .plan: try plan()
        case .publish:
            publishedStep = trainedStep
            work.publish(PolicyVersion(publishedStep))
        case .release:
            trainedStep += 1
            if defect != .slotIsNotFreed { try work.release(groups(of: trainedStep)) }
            if defect == .publishesEarly { work.publish(PolicyVersion(trainedStep + 1)) }
            accepted = accepted.filter { $0.group.step.rawValue > trainedStep }
        case .tick: now += 1
        case .expire:
            guard defect != .expiryIsForgotten else { return }
            for (group, worker) in work.expire(at: time) {
                guard work.phase(of: group) == .waiting else { throw Wrong("\(group) expired, and doesn't wait") }
                if size.areWatched { try change(worker) { $0.stall(worker) } }
            }
        case .assign(let worker): try assign(worker)
        case .renew(let worker, let group): work.renew(group, by: WorkerID(worker), at: time)
        case .deliver(let parcel, let stays, let isBad):
            if !stays { underWay.remove(parcel) }
            try deliver(parcel, isBad: isBad)
        case .drop(let parcel): underWay.remove(parcel)
        case .lose(let worker, let isSilenced):
            try change(WorkerID(worker)) { $0.lose(WorkerID(worker)) }
            if defect != .lossIsForgotten { _ = work.lose(WorkerID(worker)) }
            if isSilenced { underWay = underWay.filter { $0.worker != worker } }
        case .callFails(let worker): _ = work.lose(WorkerID(worker))
        case .join(let worker): try change(WorkerID(worker)) { $0.ready(WorkerID(worker)) }
        case .suspect(let worker): try change(WorkerID(worker)) { $0.suspect(WorkerID(worker)) }
        case .hear(let worker): try change(WorkerID(worker)) { $0.hear(WorkerID(worker)) }
        case .tryAgain(let worker): try change(WorkerID(worker)) { $0.progress(WorkerID(worker)) }
        case .dismiss(let worker): try change(WorkerID(worker)) { $0.dismiss(WorkerID(worker)) }
        case .leave(let worker): try change(WorkerID(worker)) { $0.leave(WorkerID(worker)) }
        case .judge(let id):
            if defect != .judgesTwice { unjudged.remove(id) }
            _ = try work.recordJudged(id)
        }
    }

    /// Applies a change of membership: it says truly whether there was one, and who has left stays away.
    private mutating func change(_ worker: WorkerID, _ body: (inout Membership) -> Bool) throws {
        let before = membership.state(of: worker)
        let hasChanged = body(&membership)
        let after = membership.state(of: worker)
        guard hasChanged == (before != after) else {
            throw Wrong("worker \(worker.rawValue) changed: \(hasChanged), being \(after as Any)")
        }
        guard before != .left || after == .left else { throw Wrong("worker \(worker.rawValue) had left, and is \(after as Any)") }
    }

    private func groups(of step: Int) -> [GroupID] { (0..<size.groupsPerStep).map { GroupID(step: StepIndex(step), slot: $0) } }

    private mutating func plan() throws {
        plannedStep += 1
        let lag = Staleness(lag: defect == .plansAnotherVersion && plannedStep > 1 ? size.lag + 1 : size.lag)
        let draws = (0..<size.groupsPerStep).map { ProblemDraw(problemIndex: $0, visit: plannedStep) }
        let plan = StepPlan(
            step: StepIndex(plannedStep), staleness: lag, groupSize: size.groupSize, draws: draws, cursor: (plannedStep - 1) * draws.count)
        if let what = plan.invariantViolation(staleness: staleness) { throw Wrong(what) }
        try work.add(plan.assignments)
    }

    private mutating func assign(_ worker: Int) throws {
        guard let lease = work.assign(to: WorkerID(worker), at: time) else { return }
        let version = lease.assignment.version.rawValue
        guard version == max(0, lease.assignment.group.step.rawValue - 1 - size.lag) else { throw Wrong("a stale group was handed out") }
        guard version <= publishedStep else {
            throw Wrong("version \(version) is used, but \(publishedStep) is the newest that was published")
        }
        let ids = lease.missingMembers.map { TrajectoryID(group: lease.assignment.group, member: $0) }
        guard accepted.isDisjoint(with: ids) else { throw Wrong("a member that came back is asked for again") }
        underWay.formUnion(ids.map { Parcel(worker: worker, id: $0) })
    }

    private mutating func deliver(_ parcel: Parcel, isBad: Bool) throws {
        let step = parcel.id.group.step.rawValue
        try change(WorkerID(parcel.worker)) { $0.progress(WorkerID(parcel.worker)) }
        let hash: [UInt8] = [UInt8(truncatingIfNeeded: step), UInt8(parcel.id.group.slot), UInt8(parcel.id.member), isBad ? 1 : 0]
        switch work.deliver(parcel.id, contentHash: hash, from: WorkerID(parcel.worker), at: time) {
        case .accepted(let completes):
            guard accepted.insert(parcel.id).inserted, step > trainedStep else { throw Wrong("\(parcel.id) counts twice") }
            guard completes == (0..<size.groupSize).allSatisfy({ accepted.contains(TrajectoryID(group: parcel.id.group, member: $0)) })
            else {
                throw Wrong("\(parcel.id.group) is complete: \(completes)")
            }
            acceptedCount += 1
            unjudged.insert(parcel.id)
        case .duplicate(let matches):
            guard accepted.contains(parcel.id) || step <= trainedStep else { throw Wrong("\(parcel.id) is new, and called a duplicate") }
            guard matches != isBad else { throw Wrong("a duplicate \(isBad ? "differs" : "is equal"), and isn't seen to") }
            badCount += isBad ? 1 : 0
        case .unknown:
            guard step <= trainedStep else { throw Wrong("\(parcel.id) is in work, and called unknown") }
        }
    }

    // MARK: - What should never be

    func violation() -> String? {
        if let what = work.invariantViolation() ?? membership.invariantViolation() { return what }
        guard work.takenSlotCount + work.freeSlotCount == work.slotCount, work.freeSlotCount >= 0 else { return "slots don't add up" }
        guard work.takenSlotCount == (plannedStep - trainedStep) * size.groupsPerStep else {
            return "\(work.takenSlotCount) slots are taken for steps \(trainedStep + 1) to \(plannedStep): a slot is lost"
        }
        for worker in 0..<size.workers {
            let leases = work.leases(of: WorkerID(worker))
            guard leases.isEmpty || ![.lost, .left, .joining].contains(state(worker)) else {
                return "\(worker) is \(state(worker)) and holds \(leases)"
            }
            guard leases.count <= size.bound else { return "\(worker) holds \(leases.count) groups of at most \(size.bound)" }
        }
        let counters = work.counters
        guard counters.accepted == acceptedCount else { return "\(counters.accepted) were counted, \(acceptedCount) accepted" }
        guard counters.duplicateMismatches == badCount else {
            return "\(counters.duplicateMismatches) of \(badCount) differences were seen"
        }
        guard counters.released == trainedStep * size.groupsPerStep else { return "\(counters.released) groups were released" }
        return nil
    }

    func encode(into words: inout [Int]) {
        words += [plannedStep, trainedStep, publishedStep]
        membership.encode(into: &words)
        for parcel in underWay.sorted() {
            words += [4, parcel.worker, parcel.id.group.step.rawValue, parcel.id.group.slot, parcel.id.member]
        }
        for id in unjudged.sorted() { words += [5, id.group.step.rawValue, id.group.slot, id.member] }
        work.encode(at: time, into: &words)
    }
}

/// What a world found wrong.
struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
