import Checkpointing
import Foundation
import Telemetry
import Testing
import TrainingCluster

/// Runs that end at any moment go on as if nothing had happened.
///
/// With `PERCEPT_FULL_RESUME=1` every copy of the disk is resumed, and every step is stopped at in a run of its own: about 250 runs. Otherwise
/// each save stage and each step is resumed from in a few of the combinations; every copy's checkpoints are read in any case.
@Suite("exact resume", .serialized)
struct ResumeTests: SmallRuns {
    private static let isFull = ProcessInfo.processInfo.environment["PERCEPT_FULL_RESUME"] == "1"
    private static let steps = 6
    private static let (problems, members) = (3, 2)

    private func settings(_ staleness: Int, learners: Int, steps: Int = Self.steps) -> [String] {
        [
            "training.staleness=\(staleness)", "placement.learner=\(learners)", "training.steps=\(steps)", "checkpoint.keep=2",
            "placement.rollout=1", "placement.judge=1", "rollout.problems_per_step=\(Self.problems)", "rollout.group_size=\(Self.members)",
            "rollout.max_response_tokens=48",
        ]
    }

    /// Metrics hold each step once, samples each member of each group of each step once, in order; and all equal the undisturbed run's.
    private func checkLedger(_ folder: URL, equals whole: URL, _ comment: String) throws {
        #expect(try digests(folder) == digests(whole), "\(comment)")
        #expect(try digests(folder).map(\.step) == Array(1...Self.steps), "\(comment)")
        var trained: [String] = []
        try JSONLinesLog.forEachLine(in: folder.path + "/samples.jsonl") { line in
            let record = try SampleRecord(line: line.text)
            trained.append("\(record.step)/\(record.group)/\(record.member)")
        }
        let expected = (1...Self.steps).flatMap { step in
            (0..<Self.problems).flatMap { group in (0..<Self.members).map { "\(step)/\(group)/\($0)" } }
        }
        #expect(trained == expected, "\(comment)")
        let samples = try [folder, whole].map { try Data(contentsOf: $0.appending(path: "samples.jsonl")) }
        #expect(samples[0] == samples[1], "\(comment)")
    }

    /// What a resumed run starts from, and that nothing is left of what was not finished.
    private func startingStep(_ copy: URL) throws -> Int {
        let store = CheckpointStore(path: copy.path + "/checkpoints")
        try store.removeLeftovers()
        let names = try FileManager.default.contentsOfDirectory(atPath: store.path).filter { $0.hasPrefix("step-") }
        #expect(names.count == store.steps().count, "\(copy.lastPathComponent): \(names)")
        guard let found = try store.newestGood() else { return 0 }
        #expect(found.rejected.isEmpty)
        return found.checkpoint.manifest.step
    }

    @Test(
        "killed at any stage of any save, or in any step, a run goes on with the undisturbed run's digests, trains every problem once, and has neither gap nor duplicate",
        arguments: [0, 1], [1, 2])
    func kills(staleness: Int, learners: Int) async throws {
        try await withFolder { root in
            let whole = root.appending(path: "whole")
            let copies = DiskCopies(of: whole, at: root)
            // Every second step is saved: so a kill in a save finds records of steps behind the last checkpoint.
            let settings = settings(staleness, learners: learners) + ["checkpoint.every=\(staleness == 0 ? 1 : 2)"]
            let end = try await train(try configuration(whole, settings), saveObserver: copies.observer)
            #expect(end?.status == .finished && end?.message == nil)
            try checkLedger(whole, equals: whole, "undisturbed")
            let saved = Set(copies.all.keys.map(\.step)).sorted()
            #expect(saved == (staleness == 0 ? [1, 2, 3, 4, 5, 6] : [2, 4, 6]))
            let stages = CheckpointCommit.Work.allCases.filter { ![.meet, .restore, .discard].contains($0) }
            for step in saved {
                for (place, work) in stages.enumerated() {
                    let copy = try #require(copies.all[.init(step: step, work: work)], "no copy of \(work) in step \(step)")
                    let start = try startingStep(copy)
                    let isCommitted = [CheckpointCommit.Work.publish, .settle, .tidy].contains(work)
                    #expect(start == (isCommitted ? step : step - (staleness == 0 ? 1 : 2)), "\(work) of step \(step)")
                    let turn = saved.firstIndex(of: step).map { ($0 * 3 + learners * 5 + staleness) % stages.count } ?? 0
                    guard Self.isFull || turn == place else { continue }
                    _ = try await train(try configuration(copy, settings), resumes: true)
                    try checkLedger(copy, equals: whole, "killed after \(work) of step \(step)")
                }
            }
        }
    }

    @Test("stopped after any step, a run goes on with the undisturbed run's digests", arguments: [0, 1], [1, 2])
    func stops(staleness: Int, learners: Int) async throws {
        func stopped() -> StopRequest {
            let stop = StopRequest()
            stop.request()
            return stop
        }
        try await withFolder { root in
            let settings = settings(staleness, learners: learners)
            let whole = root.appending(path: "whole")
            _ = try await train(try configuration(whole, settings))
            // One run is stopped after each of its steps.
            let often = root.appending(path: "often")
            for step in 1...Self.steps {
                let end = try await train(try configuration(often, settings), resumes: step > 1, stop: stopped())
                #expect(end?.status == (step == Self.steps ? .finished : .stopped) && end?.step == step)
                #expect(try digests(often).map(\.step) == Array(1...step))
            }
            try checkLedger(often, equals: whole, "stopped after every step")
            guard Self.isFull else { return }
            // Each step is stopped at once, in a run of its own.
            for step in 1..<Self.steps {
                let once = root.appending(path: "once-\(step)")
                let first = settings + ["training.steps=\(step)"]
                _ = try await train(try configuration(once, first))
                _ = try await train(try configuration(once, settings), resumes: true)
                try checkLedger(once, equals: whole, "ended after step \(step)")
            }
        }
    }

    @Test("a run whose learner ranks change at every resume, 1, 3, 2, 4, has the undisturbed run's digests")
    func worldSizes() async throws {
        try await withFolder { root in
            let whole = root.appending(path: "whole")
            _ = try await train(try configuration(whole, settings(1, learners: 1)))
            let changing = root.appending(path: "changing")
            for (part, learners) in [1, 3, 2, 4].enumerated() {
                let stop = StopRequest()
                if part < 3 { stop.request() }
                let placement = ["placement.rollout=\(1 + part % 2)", "placement.judge=\(1 + part / 2)"]
                _ = try await train(
                    try configuration(changing, settings(1, learners: learners) + placement), resumes: part > 0, stop: stop)
            }
            try checkLedger(changing, equals: whole, "1, 3, 2, 4 learner ranks")
            let last = try Checkpoint(path: changing.path + "/checkpoints/step-000006").manifest
            #expect(last.rankCount == 4)
        }
    }

    @Test("behind a damaged checkpoint the run goes on from the one before, and replaces it, also if it is killed between the two renames")
    func damaged() async throws {
        try await withFolder { root in
            let settings = settings(0, learners: 1)
            let whole = root.appending(path: "whole")
            _ = try await train(try configuration(whole, settings))
            let shard = whole.appending(path: "checkpoints/step-000006/learner-00-of-01.safetensors")
            var bytes = try Data(contentsOf: shard)
            bytes[bytes.count / 2] ^= 4
            try bytes.write(to: shard)
            let again = root.appending(path: "again")
            try FileManager.default.copyItem(at: whole, to: again)
            let lines = LogLines()
            let copies = DiskCopies(of: again, at: root)
            _ = try await train(
                try configuration(again, settings), resumes: true, log: Log { lines.append($0) }, saveObserver: copies.observer)
            try checkLedger(again, equals: whole, "damaged")
            #expect(lines.all.contains { $0.contains("a checkpoint can't be used") && $0.contains("step-000006") && $0.contains("tensor") })
            try Checkpoint(path: again.path + "/checkpoints/step-000006").verify()
            let between = try #require(copies.all[.init(step: 6, work: .displace)])
            #expect(try startingStepBetweenRenames(between) == 5)
            _ = try await train(try configuration(between, settings), resumes: true)
            try checkLedger(between, equals: whole, "killed between the two renames")
        }
    }

    /// The displaced checkpoint gets its name back; it is the damaged one, so the one before is taken.
    private func startingStepBetweenRenames(_ copy: URL) throws -> Int? {
        let store = CheckpointStore(path: copy.path + "/checkpoints")
        #expect(!store.steps().contains(6))
        try store.removeLeftovers()
        #expect(store.steps().contains(6))
        return try store.newestGood()?.checkpoint.manifest.step
    }
}
