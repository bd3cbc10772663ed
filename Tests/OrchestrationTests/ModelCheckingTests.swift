import Dispatch
import Orchestration
import TestSupport
import Testing

/// Every schedule of small worlds, random schedules of large ones: three million steps, each followed by all invariants.
///
/// They compute for seconds, one after another and on a thread of their own: tests beside them wait for deadlines.
@Suite("Model checking", .serialized)
struct ModelCheckingTests {
    private func apart<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }

    private func explore<World: ModelWorld>(_ name: String, _ world: World) async throws {
        let start = ContinuousClock.now
        let coverage = try await apart {
            var explorer = ExhaustiveExplorer(world)
            return try explorer.run()
        }
        print("model checking: \(name): \(coverage), \(ContinuousClock.now - start)")
        #expect(coverage.doneCount > 0 && coverage.stateCount > 1_000)
    }

    private static let samplingSizes: [(name: String, size: SamplingWorld.Size)] = [
        ("two workers, a group of two, long leases", SamplingWorld.Size(groupsPerStep: 1, groupSize: 2, lease: 2)),
        ("two workers, three groups of one, bad cores", SamplingWorld.Size(groupsPerStep: 3, groupSize: 1, hasBadCores: true)),
        ("three workers, two groups of one", SamplingWorld.Size(workers: 3, groupsPerStep: 2, groupSize: 1)),
        ("one worker, two groups of two at a time", SamplingWorld.Size(workers: 1, groupsPerStep: 2, groupSize: 2, bound: 2)),
        ("two steps one after another", SamplingWorld.Size(steps: 2, groupsPerStep: 1, groupSize: 2)),
        (
            "two watched workers, one may be sent away, one joins late",
            SamplingWorld.Size(workers: 2, groupsPerStep: 2, groupSize: 1, areWatched: true, dismissals: 1, recruits: 1)
        ),
        ("a single watched worker", SamplingWorld.Size(workers: 1, steps: 2, groupsPerStep: 1, groupSize: 2, areWatched: true)),
        ("three steps with a lag of one", SamplingWorld.Size(steps: 3, groupsPerStep: 1, groupSize: 1, lag: 1)),
    ]

    @Test("in small worlds every schedule of sampling keeps the promises, and the end stays within reach", arguments: samplingSizes.indices)
    func everySampling(_ index: Int) async throws {
        try await explore(Self.samplingSizes[index].name, SamplingWorld(Self.samplingSizes[index].size))
    }

    private static let judgingSizes: [(name: String, size: JudgingWorld.Size)] = [
        ("two judges, a leader and a follower", JudgingWorld.Size(questions: [("x", ["a"]), ("x", ["a"])])),
        (
            "a leader, a follower, and one that asks itself",
            JudgingWorld.Size(questions: [("x", ["a"]), ("x", ["a"]), ("x", ["a"])], repeats: [2], attempts: 1, forgets: false)
        ),
        (
            "partly known, batches of two",
            JudgingWorld.Size(questions: [("x", ["a", "b"]), ("x", ["a", "b"])], known: [0], batch: 2, bound: 2, attempts: 1)
        ),
        (
            "a group of two that is forgotten under way",
            JudgingWorld.Size(questions: [("x", ["a"]), ("x", ["a"]), ("x", ["a"])], groupSize: 2, attempts: 1)
        ),
    ]

    @Test("in small worlds every schedule of judging keeps the promises, and the end stays within reach", arguments: judgingSizes.indices)
    func everyJudging(_ index: Int) async throws {
        try await explore(Self.judgingSizes[index].name, JudgingWorld(Self.judgingSizes[index].size))
    }

    @Test(
        "a request that is asked again is never lost, however messages cross",
        arguments: [AskingWorld.Size(), AskingWorld.Size(judges: 2, attempts: 2), AskingWorld.Size(responses: 3, batch: 2, failures: 0)])
    func everyAsking(_ size: AskingWorld.Size) async throws {
        try await explore("\(size.judges) judges, \(size.responses) responses, \(size.attempts) attempts", AskingWorld(size))
    }

    @Test("random schedules of sampling keep the promises, and come to their end once faults cease", arguments: [0, 1, 2])
    func randomSampling(_ lag: Int) async throws { try await apart { try randomSampling(lag: lag) } }

    private func randomSampling(lag: Int) throws {
        var scheduler = RandomScheduler<SamplingWorld, SeededGenerator>(SeededGenerator(state: UInt64(lag)))
        let size = SamplingWorld.Size(
            workers: 6, steps: 60, groupsPerStep: 3, groupSize: 3, lag: lag, lease: 6, bound: 2, hasBadCores: true, areWatched: true,
            dismissals: 2, recruits: 1)
        var mismatches = 0
        while scheduler.stepCount < 100_000 {
            let world = try scheduler.run(SamplingWorld(size), steps: 20_000, patience: 20_000)
            #expect(world.acceptedCount == size.steps * size.groupsPerStep * size.groupSize)
            mismatches += world.badCount
        }
        #expect(mismatches > 0)
        print("model checking: sampling at random, lag \(lag): \(scheduler.stepCount) steps, \(scheduler.runCount) runs")
    }

    @Test("random schedules of judging keep the promises, and come to their end once faults cease", arguments: [1, 2])
    func randomJudging(_ seed: Int) async throws { try await apart { try randomJudging(seed: seed) } }

    private func randomJudging(seed: Int) throws {
        var scheduler = RandomScheduler<JudgingWorld, SeededGenerator>(SeededGenerator(state: UInt64(seed)))
        let texts = ["x", "y", "z"]
        let annotations = [["a"], ["a", "b"], ["b", "a", "c"], ["c"]]
        let size = JudgingWorld.Size(
            workers: 4, questions: (0..<24).map { (texts[$0 % 3], annotations[$0 % 4]) }, groupSize: 3, repeats: [3, 11, 17],
            known: [2, 4, 9, 14], batch: 2, bound: 3, lease: 6, attempts: 3)
        var answers = 0
        while scheduler.stepCount < 100_000 {
            answers += try scheduler.run(JudgingWorld(size), steps: 2_000, patience: 2_000).answered.count
        }
        #expect(answers > 5_000)
        print("model checking: judging at random: \(scheduler.stepCount) steps, \(scheduler.runCount) runs, \(answers) answers")
    }

    // MARK: - The check can fail

    @Test("a broken world of sampling is noticed, with the schedule that shows it", arguments: SamplingWorld.Defect.allCases)
    func brokenSampling(_ defect: SamplingWorld.Defect) async throws {
        let failure = try #require(
            await #expect(throws: ModelFailure.self) {
                try await explore("\(defect)", SamplingWorld(SamplingWorld.Size(steps: 2, groupSize: 1), defect: defect))
            })
        #expect(!failure.trace.isEmpty)
        print("model checking: \(defect) is noticed after \(failure.trace.count) moves: \(failure.what)")
    }

    @Test("a broken world of judging is noticed, with the schedule that shows it", arguments: JudgingWorld.Defect.allCases)
    func brokenJudging(_ defect: JudgingWorld.Defect) async throws {
        let failure = try #require(
            await #expect(throws: ModelFailure.self) {
                try await explore("\(defect)", JudgingWorld(JudgingWorld.Size(attempts: 1, forgets: false), defect: defect))
            })
        #expect(!failure.trace.isEmpty)
        print("model checking: \(defect) is noticed after \(failure.trace.count) moves: \(failure.what)")
    }

    @Test("a judge that holds on to what it has answered is noticed", arguments: AskingWorld.Defect.allCases)
    func brokenAsking(_ defect: AskingWorld.Defect) async throws {
        let failure = try #require(
            await #expect(throws: ModelFailure.self) { try await explore("\(defect)", AskingWorld(AskingWorld.Size(), defect: defect)) })
        #expect(!failure.trace.isEmpty)
        print("model checking: \(defect) is noticed after \(failure.trace.count) moves: \(failure.what)")
    }
}
