import ActorRuntime
import Digests
import Judging
import Synchronization
import Rewards
import Trajectories

/// How long simulated work takes, and how it goes wrong. Time only: what comes out is a pure function of what goes in.
package struct SimulatedPace: Sendable {
    /// The longest time for a member or a judge's call; each takes a part of it at random.
    package var longest = Duration.zero
    /// Of a thousand: members that are delivered twice; groups during which a worker stands still for longer than its lease; groups whose
    /// worker fails.
    package var duplicatesPerMille = 0
    package var stallsPerMille = 0
    package var failuresPerMille = 0
    /// How long a worker stands still.
    package var stall = Duration.seconds(6)

    package init() {}
}

/// Chance that decides about time only: which message, which worker, how long.
final class Chance: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) { state = Mutex(seed) }

    func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            return SimulatedWork.mix(state)
        }
    }

    func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    func isDue(perMille: Int) -> Bool { perMille > 0 && below(1000) < perMille }

    /// A part of a time, evenly distributed.
    func part(of time: Duration) -> Duration { time * (Double(next() >> 11) / Double(UInt64(1) << 53)) }
}

/// Pure functions in place of a policy, a judge and a learner: cheap, and different for every argument.
enum SimulatedWork {
    static let weightByteCount = 4096

    static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    static func mix(_ values: [UInt64]) -> UInt64 { values.reduce(0x243F_6A88_85A3_08D3) { mix($0 ^ $1) } }

    /// f(seed, weights, problem, member). Some siblings say the same.
    static func trajectory(_ assignment: GroupAssignment, member: Int, problem: Problem, weights: UInt64) -> Trajectory {
        let group = mix([weights, UInt64(assignment.problemIndex), UInt64(assignment.visit), UInt64(assignment.version.rawValue)])
        let key = mix([group, UInt64(member % 3 == 2 ? member - 1 : member)])
        let tokens = (0..<12).map { Int32(truncatingIfNeeded: mix(key &+ UInt64($0)) % 500) }
        return Trajectory(
            id: TrajectoryID(group: assignment.group, member: member), problem: problem.id, problemIndex: assignment.problemIndex,
            visit: assignment.visit, version: assignment.version,
            spans: [.given(Array(repeating: 1, count: 16)), .sampled(tokens, logProbs: tokens.map { -Float($0) / 500 })],
            entropy: Float(key % 100) / 100, finishReason: key % 7 == 0 ? .length : .stop, turns: [Turn(text: "response \(key)")],
            rewards: RewardVector([
                .init(AccuracyReward.name, .known(key % 3 == 0 ? 1 : 0)), .init(FormatReward.name, .known(key % 5 == 0 ? 0 : 1)),
                .init(RepetitionPenalty.name, .known(0)),
            ]))
    }

    /// g(annotation, response).
    static func verdict(_ annotation: String, _ response: String) -> Verdict {
        var sum: UInt64 = 0
        for byte in annotation.utf8 { sum = sum &* 31 &+ UInt64(byte) }
        for byte in response.utf8 { sum = sum &* 131 &+ UInt64(byte) }
        return mix(sum).isMultiple(of: 2) ? .reflected : .missing
    }
}

/// Simulated weights: few bytes that depend on all steps before.
final class SimulatedMemory: PolicyMemory, @unchecked Sendable {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: SimulatedWork.weightByteCount, alignment: 64)
    private let sum = Mutex<UInt64>(0)

    deinit { bytes.deallocate() }

    /// What sampling with these weights depends on.
    var checksum: UInt64 { sum.withLock { $0 } }

    func refresh() {
        let found = Checksum64.of(UnsafeRawBufferPointer(bytes))
        sum.withLock { $0 = found }
    }
}

/// Samples by ``SimulatedWork``, in no particular order and sometimes twice, slowly or not at all.
struct SimulatedSampler: GroupSampler {
    let pace: SimulatedPace
    let chance: Chance
    let problem: @Sendable (GroupAssignment) throws -> Problem

    struct Failure: Error, CustomStringConvertible { let description = "a simulated failure" }

    func makeMemory() -> any PolicyMemory { SimulatedMemory() }

    func sample(
        _ groups: [GroupAssignment], with memory: any PolicyMemory, isCancelled: @escaping @Sendable () -> Bool,
        progressed: @escaping @Sendable () -> Void, finished: @escaping @Sendable (Trajectory) -> Void
    ) async throws {
        guard let memory = memory as? SimulatedMemory else { preconditionFailure("simulated sampling with \(type(of: memory))") }
        for group in groups {
            if chance.isDue(perMille: pace.failuresPerMille) { throw Failure() }
            if chance.isDue(perMille: pace.stallsPerMille) { try await Task.sleep(for: pace.stall) }
            let problem = try problem(group)
            let first = chance.below(group.memberCount)
            for place in 0..<group.memberCount {
                if isCancelled() { return }
                if pace.longest > .zero { try await Task.sleep(for: chance.part(of: pace.longest)) }
                progressed()
                let member = (first + place) % group.memberCount
                let trajectory = SimulatedWork.trajectory(group, member: member, problem: problem, weights: memory.checksum)
                finished(trajectory)
                if chance.isDue(perMille: pace.duplicatesPerMille) { finished(trajectory) }
            }
        }
    }
}

/// Judges by ``SimulatedWork``.
struct SimulatedJudge: ResponseJudge {
    let pace: SimulatedPace
    let chance: Chance

    var identity: String { "simulated" }

    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        if pace.longest > .zero { try await Task.sleep(for: chance.part(of: pace.longest)) }
        return items.map { item in
            item.annotations.map { Judgement(verdict: SimulatedWork.verdict($0, item.response), judge: identity) }
        }
    }
}

/// Trains by hashing: the weights depend on every sample of every step, in order.
final class SimulatedTrainer: StepTrainer, Sendable {
    private let state = Mutex<UInt64>(1)

    func train(step: Int, batch: LearningBatch) async throws -> StepOutcome {
        state.withLock { state in
            for sample in batch.groups.flatMap(\.samples) {
                let id = sample.id
                var words = [state, UInt64(id.group.slot), UInt64(id.member), UInt64(sample.advantage.bitPattern)]
                words += sample.tokens.map { UInt64(bitPattern: Int64($0)) }
                state = SimulatedWork.mix(words)
            }
            state = SimulatedWork.mix([state, UInt64(step)])
        }
        return StepOutcome()
    }

    func publishedWeights() -> BulkBuffer {
        let key = state.withLock { $0 }
        return BulkBuffer(copying: (0..<(SimulatedWork.weightByteCount / 8)).map { SimulatedWork.mix(key &+ UInt64($0)) })
    }
}
