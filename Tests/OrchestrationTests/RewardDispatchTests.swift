import Orchestration
import Testing
import Trajectories

@Suite("the queue of responses to rewards of a user's own")
struct RewardDispatchTests {
    private let first = WorkerID(0)
    private let second = WorkerID(1)

    private func id(_ member: Int) -> TrajectoryID { TrajectoryID(group: GroupID(step: StepIndex(1), slot: 0), member: member) }

    private func request(_ member: Int) -> RewardRequest {
        RewardRequest(
            trajectory: id(member),
            question: RewardQuestion(
                problem: ProblemID("p"), question: "", response: "\(member)", answer: "", annotations: [], verdicts: [], seed: 1),
            parts: ["a", "b"])
    }

    private func dispatch() -> RewardDispatch {
        RewardDispatch(limits: JudgeLimits(batchSize: 2, inFlightPerWorker: 3, leaseDuration: .seconds(5)))
    }

    @Test("requests leave in id order within a rank's bound, and ask what is not known")
    func order() {
        var rewards = dispatch()
        for member in [3, 1, 0, 2] {
            let isNew = rewards.enqueue(request(member), known: member == 0 ? ["a": .known(1)] : [:])
            #expect(isNew)
        }
        let isNew = rewards.enqueue(request(3))
        #expect(!isNew)
        let batch = rewards.take(for: first, at: .zero)
        #expect(batch.map(\.trajectory.member) == [0, 1])
        #expect(batch.map(\.parts) == [["b"], ["a", "b"]])
        #expect(rewards.take(for: first, at: .zero).map(\.trajectory.member) == [2])
        #expect(rewards.take(for: first, at: .zero).isEmpty)
        #expect(rewards.queueDepth == 1 && rewards.inFlightCount(of: first) == 3)
        #expect(rewards.deliver(["b": .known(2)], for: id(0)) == .accepted)
        #expect(rewards.values(for: id(0)) == ["a": .known(1), "b": .known(2)])
        #expect(rewards.invariantViolation() == nil)
    }

    @Test("what is known is answered at once, and asks nobody")
    func known() {
        var rewards = dispatch()
        rewards.enqueue(request(0), known: ["a": .known(1), "b": .unknown("why")])
        #expect(rewards.values(for: id(0)) == ["a": .known(1), "b": .unknown("why")])
        #expect(rewards.take(for: first, at: .zero).isEmpty && rewards.invariantViolation() == nil)
    }

    @Test("the work of a lost rank and of an expired lease waits again, and the late answer counts once")
    func losses() {
        var rewards = dispatch()
        for member in 0..<2 { rewards.enqueue(request(member)) }
        _ = rewards.take(for: first, at: .zero)
        rewards.renew(first, at: .seconds(3))
        #expect(rewards.expire(at: .seconds(7)).isEmpty)
        #expect(rewards.expire(at: .seconds(8)).map(\.trajectory) == [id(0), id(1)])
        #expect(rewards.take(for: second, at: .seconds(8)).count == 2)
        rewards.lose(second)
        #expect(rewards.queueDepth == 2 && rewards.inFlightCount == 0)
        #expect(rewards.deliver(["a": .known(1), "b": .known(1)], for: id(0)) == .accepted)
        #expect(rewards.deliver(["a": .known(1), "b": .known(1)], for: id(0)) == .duplicate(matches: true))
        #expect(rewards.deliver(["a": .known(2)], for: id(0)) == .duplicate(matches: false))
        #expect(rewards.deliver([:], for: id(7)) == .unknown)
        #expect(rewards.invariantViolation() == nil)
    }

    @Test("a part that an answer leaves out is unknown, and forgetting leaves nothing")
    func short() {
        var rewards = dispatch()
        for member in 0..<2 { rewards.enqueue(request(member)) }
        _ = rewards.take(for: first, at: .zero)
        #expect(rewards.isOpen(id(0)))
        let delivery = rewards.deliver(["b": .known(1)], for: id(0))
        #expect(delivery == .accepted && !rewards.isOpen(id(0)))
        #expect(rewards.values(for: id(0))?["a"]?.value == .unknown)
        rewards.forget([id(0).group], members: 2)
        #expect(rewards.values(for: id(0)) == nil && rewards.request(for: id(1)) == nil)
        #expect(rewards.inFlightCount == 0 && rewards.queueDepth == 0 && rewards.invariantViolation() == nil)
    }
}
