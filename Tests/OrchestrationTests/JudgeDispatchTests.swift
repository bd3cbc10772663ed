import Orchestration
import Testing
import Trajectories

@Suite("Judge dispatch")
struct JudgeDispatchTests {
    private let first = WorkerID(0)
    private let second = WorkerID(1)

    private func id(_ slot: Int, _ member: Int, step: Int = 1) -> TrajectoryID {
        TrajectoryID(group: GroupID(step: StepIndex(step), slot: slot), member: member)
    }

    private func request(_ id: TrajectoryID) -> JudgeRequest { JudgeRequest(trajectory: id, text: "\(id)", annotations: ["a", "b"]) }

    private func dispatch(batch: Int = 2, bound: Int = 3, attempts: Int = 2) -> JudgeDispatch {
        JudgeDispatch(
            limits: JudgeLimits(batchSize: batch, inFlightPerWorker: bound, leaseDuration: .seconds(5), maximumAttempts: attempts))
    }

    @Test("requests leave in id order, in batches, within a judge's bound")
    func order() {
        var judges = dispatch()
        for member in [3, 1, 0, 2] { #expect(judges.enqueue(request(id(0, member)), at: .zero) == true) }
        #expect(judges.enqueue(request(id(0, 3)), at: .zero) == false)
        #expect(judges.take(for: first, hasOthers: true, at: .zero).map(\.trajectory.member) == [0, 1])
        #expect(judges.take(for: first, hasOthers: true, at: .zero).map(\.trajectory.member) == [2])
        #expect(judges.take(for: first, hasOthers: true, at: .zero).isEmpty)
        #expect(judges.queueDepth == 1 && judges.inFlightCount == 3)
    }

    @Test("verdicts that arrive while siblings are sampled count as overlap, and latency runs from queueing")
    func overlap() {
        var judges = dispatch(batch: 4, bound: 4)
        for member in 0..<4 { judges.enqueue(request(id(0, member)), at: .seconds(member)) }
        _ = judges.take(for: first, hasOthers: false, at: .seconds(4))
        for member in 0..<4 {
            #expect(
                judges.deliver([.reflected, .missing], for: id(0, member), from: first, isSampling: member == 0, at: .seconds(10))
                    == .accepted)
        }
        let step = judges.statistics.step(StepIndex(1))
        #expect(step.overlapShare == 0.25)
        #expect(step.coverage == 1)
        #expect(step.latency(quantile: 0.5) == .seconds(8))
        #expect(step.latency(quantile: 0.95) == .seconds(10))
        #expect(judges.statistics.step(StepIndex(2)).latency(quantile: 0.5) == nil)
    }

    @Test("an expired lease waits again, and the late answer counts once")
    func expiry() {
        var judges = dispatch()
        judges.enqueue(request(id(0, 0)), at: .zero)
        _ = judges.take(for: first, hasOthers: true, at: .zero)
        judges.renew(first, at: .seconds(3))
        #expect(judges.expire(at: .seconds(5)).isEmpty)
        #expect(judges.nextDeadline == .seconds(8))
        #expect(judges.expire(at: .seconds(8)).map(\.trajectory) == [id(0, 0)])
        #expect(judges.take(for: second, hasOthers: true, at: .seconds(8)).count == 1)
        #expect(judges.deliver([.missing, .missing], for: id(0, 0), from: first, isSampling: false, at: .seconds(9)) == .accepted)
        #expect(judges.inFlightCount == 0)
        #expect(
            judges.deliver([.missing, .missing], for: id(0, 0), from: second, isSampling: false, at: .seconds(9))
                == .duplicate(matches: true))
        #expect(
            judges.deliver([.missing, .reflected], for: id(0, 0), from: second, isSampling: false, at: .seconds(9))
                == .duplicate(matches: false))
        #expect(judges.statistics.duplicateMismatches == 1)
        #expect(judges.deliver([Verdict](), for: id(5, 5), from: second, isSampling: false, at: .zero) == .unknown)
    }

    @Test("unknown verdicts are asked again of another judge, then stay unknown, never missing")
    func unknown() {
        var judges = dispatch()
        judges.enqueue(request(id(0, 0)), at: .zero)
        _ = judges.take(for: first, hasOthers: true, at: .zero)
        #expect(judges.deliver([.reflected, .unknown], for: id(0, 0), from: first, isSampling: false, at: .zero) == .retried)
        #expect(judges.take(for: first, hasOthers: true, at: .zero).isEmpty, "the judge that failed is not asked while there are others")
        #expect(judges.take(for: second, hasOthers: true, at: .zero).count == 1)
        #expect(judges.deliver([.reflected], for: id(0, 0), from: second, isSampling: false, at: .zero) == .accepted)
        #expect(judges.judgements(for: id(0, 0))?.map(\.verdict) == [.reflected, .unknown])
        #expect(judges.statistics.failures == 2 && judges.statistics.retries == 1)
        #expect(judges.statistics.step(StepIndex(1)).coverage == 0.5)
    }

    @Test("what is known is not asked, and counts as a hit")
    func known() {
        var judges = dispatch()
        let hit = Judgement(verdict: .reflected, probability: 0.75, judge: "log")
        judges.enqueue(request(id(0, 0)), known: [hit, hit], at: .zero)
        #expect(judges.judgements(for: id(0, 0)) == [hit, hit])
        judges.enqueue(request(id(0, 1)), known: [nil, hit], at: .zero)
        let batch = judges.take(for: first, hasOthers: false, at: .zero)
        #expect(batch.map(\.annotations) == [["a"]] && batch.map(\.places) == [[0]])
        let answer = [Judgement(verdict: .missing, judge: "judge")]
        #expect(judges.deliver(answer, at: [0], for: id(0, 1), from: first, isSampling: false, at: .zero) == .accepted)
        #expect(judges.judgements(for: id(0, 1)) == answer + [hit])
        let step = judges.statistics.step(StepIndex(1))
        #expect(step.hitCount == 3 && step.verdictCount == 4 && step.coverage == 1 && step.answerCount == 1)
    }

    @Test("after a partial answer only the unknown annotations are asked, and a late full answer still counts")
    func partialAnswers() {
        var judges = dispatch(attempts: 3)
        judges.enqueue(request(id(0, 0)), at: .zero)
        _ = judges.take(for: first, hasOthers: true, at: .zero)
        #expect(judges.deliver([.unknown, .missing], for: id(0, 0), from: first, isSampling: false, at: .zero) == .retried)
        #expect(judges.take(for: second, hasOthers: true, at: .zero).map(\.places) == [[0]])
        // Another judge, asked for everything before its lease ran out, is heard too.
        #expect(judges.deliver([.reflected, .reflected], for: id(0, 0), from: WorkerID(2), isSampling: false, at: .zero) == .accepted)
        #expect(judges.judgements(for: id(0, 0))?.map(\.verdict) == [.reflected, .missing], "the first verdict on an annotation stays")
        let late = [Judgement(verdict: .missing, judge: "test")]
        #expect(
            judges.deliver(late, at: [0], for: id(0, 0), from: second, isSampling: false, at: .zero) == .duplicate(matches: false))
        #expect(judges.inFlightCount == 0)
        #expect(judges.deliver(late, at: [7], for: id(0, 0), from: second, isSampling: false, at: .zero) == .duplicate(matches: false))
    }

    @Test("of requests that ask the same one leaves; the others take its answer, and ask what it leaves unknown")
    func followers() {
        var judges = dispatch(batch: 9, bound: 9, attempts: 1)
        func same(_ member: Int) -> JudgeRequest { JudgeRequest(trajectory: id(0, member), text: "same", annotations: ["a", "b"]) }
        for member in 0..<4 { judges.enqueue(same(member), at: .zero) }
        judges.enqueue(JudgeRequest(trajectory: id(0, 4), text: "same", annotations: ["a"]), at: .zero)
        judges.enqueue(same(5), sharesAnswers: false, at: .zero)
        #expect(judges.take(for: first, hasOthers: false, at: .zero).map(\.trajectory.member) == [0, 4, 5])
        #expect(judges.deliver([.reflected, .unknown], for: id(0, 0), from: first, isSampling: false, at: .zero) == .accepted)
        #expect(judges.takeSettled().isEmpty)
        // Member 1 asks what member 0 left open, and 2 and 3 wait for it.
        let next = judges.take(for: first, hasOthers: false, at: .zero)
        #expect(next.map(\.trajectory.member) == [1] && next.map(\.annotations) == [["b"]])
        let answer = [Judgement(verdict: .missing, judge: "test")]
        #expect(judges.deliver(answer, at: [1], for: id(0, 1), from: first, isSampling: false, at: .zero) == .accepted)
        #expect(judges.takeSettled() == [id(0, 2), id(0, 3)] && judges.takeSettled().isEmpty)
        #expect(judges.judgements(for: id(0, 0))?.map(\.verdict) == [.reflected, .unknown], "an unknown verdict is one trajectory's own")
        for member in 1...3 { #expect(judges.judgements(for: id(0, member))?.map(\.verdict) == [.reflected, .missing]) }
        let step = judges.statistics.step(StepIndex(1))
        #expect(step.hitCount == 5 && step.verdictCount == 8 && step.knownCount == 7)
    }

    @Test("a request whose leader is forgotten asks itself")
    func orphanedFollowers() {
        var judges = dispatch()
        for slot in 0..<2 { judges.enqueue(JudgeRequest(trajectory: id(slot, 0), text: "same", annotations: ["a"]), at: .zero) }
        #expect(judges.take(for: first, hasOthers: false, at: .zero).map(\.trajectory.group.slot) == [0])
        judges.forget([id(0, 0).group])
        #expect(judges.inFlightCount == 0)
        #expect(judges.take(for: first, hasOthers: false, at: .zero).map(\.trajectory.group.slot) == [1])
    }

    @Test("under random schedules each request is answered once and no judge exceeds its bound", arguments: [1, 2, 3])
    func randomSchedules(seed: Int) {
        var random = SeededGenerator(state: UInt64(seed))
        var judges = dispatch(batch: 3, bound: 5, attempts: 3)
        var workers = (0..<3).map { WorkerID($0) }
        var nextWorker = 3
        var outbox: [(worker: WorkerID, id: TrajectoryID)] = []
        var queued: Set<TrajectoryID> = []
        var answered: [TrajectoryID: [Verdict]] = [:]
        var now = Duration.zero
        var next = 0
        for event in 0..<20_000 {
            now += .milliseconds(Int.random(in: 0...500, using: &random))
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5 where next < 3_000:
                let trajectory = id(next / 4, next % 4)
                judges.enqueue(request(trajectory), at: now)
                queued.insert(trajectory)
                next += 1
            case 5..<9:
                let worker = workers[Int.random(in: 0..<3, using: &random)]
                outbox += judges.take(for: worker, hasOthers: true, at: now).map { (worker, $0.trajectory) }
                #expect(judges.inFlightCount(of: worker) <= 5)
            case 9..<17:
                guard !outbox.isEmpty else { continue }
                let index = Int.random(in: 0..<outbox.count, using: &random)
                let (worker, trajectory) = outbox[index]
                if Int.random(in: 0..<5, using: &random) > 0 { outbox.remove(at: index) }
                let isKnown = Int.random(in: 0..<6, using: &random) > 0
                let verdicts: [Verdict] =
                    isKnown ? [trajectory.member.isMultiple(of: 2) ? .reflected : .missing, .missing] : [.unknown, .missing]
                switch judges.deliver(verdicts, for: trajectory, from: worker, isSampling: false, at: now) {
                case .accepted: #expect(answered.updateValue(verdicts, forKey: trajectory) == nil, "\(trajectory) answered twice")
                case .duplicate: #expect(answered[trajectory] != nil)
                case .retried: #expect(answered[trajectory] == nil && !isKnown)
                case .unknown, .malformed: Issue.record("\(trajectory) was not expected")
                }
            case 17: _ = judges.expire(at: now)
            case 18 where event % 5 == 0:
                let index = Int.random(in: 0..<3, using: &random)
                _ = judges.lose(workers[index])
                workers[index] = WorkerID(nextWorker)
                nextWorker += 1
            default: break
            }
            #expect(judges.queueDepth + judges.inFlightCount + answered.count == queued.count)
        }
        for (trajectory, verdicts) in answered { #expect(judges.judgements(for: trajectory)?.map(\.verdict) == verdicts) }
        #expect(answered.count > 2_000)
        judges.forget(queued.map(\.group))
        #expect(judges.queueDepth == 0 && judges.inFlightCount == 0)
    }
}

extension JudgeDispatch {
    fileprivate mutating func deliver(
        _ verdicts: [Verdict], for trajectory: TrajectoryID, from worker: WorkerID, isSampling: Bool, at now: Duration
    ) -> Delivery {
        let judgements = verdicts.map { Judgement(verdict: $0, judge: "test") }
        return deliver(judgements, at: nil, for: trajectory, from: worker, isSampling: isSampling, at: now)
    }
}
