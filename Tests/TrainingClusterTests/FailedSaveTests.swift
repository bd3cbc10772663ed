import Checkpointing
import Foundation
import Synchronization
import Telemetry
import Testing
import TrainingCluster

/// Saves go on beside training, and a run outlives those that fail.
@Suite("saves of a run", .serialized)
struct FailedSaveTests: SmallRuns {
    private struct Injected: Error {}

    private func metrics(_ folder: URL) throws -> [MetricRecord] {
        try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
    }

    @Test(
        "a save that fails is told, counted and leaves the checkpoint before; the run goes on, and so does its resumption",
        arguments: [1, 2])
    func failures(learners: Int) async throws {
        let settings = ["training.steps=4", "placement.learner=\(learners)"]
        let whole = try await digests(settings)
        try await withFolder { folder in
            let lines = LogLines()
            let observer: SaveObserver = { work, step in if work == .manifest, step >= 2 { throw Injected() } }
            let end = try await train(try configuration(folder, settings), log: Log { lines.append($0) }, saveObserver: observer)
            #expect(end?.status == .finished)
            #expect(end?.message?.contains("the checkpoint of step 4 could not be saved") == true, "\(end?.message ?? "")")
            #expect(try RunEnd.load(fromFolder: folder.path) == end)
            #expect(lines.all.count { $0.contains("error") && $0.contains("a checkpoint could not be saved") } == 3)
            #expect(try digests(folder) == whole)
            // The save after step 2 has failed by the time that step 4 is recorded: the one after step 3 waited for it.
            #expect(try metrics(folder).last?.number("checkpoint/failures") ?? 0 >= 1)
            #expect(try metrics(folder).first?.number("checkpoint/failures") == 0)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/checkpoints")
            #expect(names == ["step-000001"])
            let resumed = try await train(try configuration(folder, settings), resumes: true)
            #expect(resumed == RunEnd(status: .finished, step: 4))
            #expect(try digests(folder) == whole)
            try Checkpoint(path: folder.path + "/checkpoints/step-000004").verify()
        }
    }

    @Test("training goes on while a checkpoint is written, the next save waits for it, and so does the end of the run")
    func background() async throws {
        try await withFolder { folder in
            let metricsFile = folder.path + "/metrics.jsonl"
            let works = Mutex<[Int]>([])
            // The save of step 3 ends only once step 5 is recorded: it would last a minute if training waited for it.
            let observer: SaveObserver = { work, step in
                let last = { (try? JSONLinesLog.metrics(in: metricsFile).last?.record.step) ?? 0 }
                let limit = ContinuousClock.now + .seconds(60)
                while work == .shard, step == 3, last() < 5, ContinuousClock.now < limit { Thread.sleep(forTimeInterval: 0.01) }
                if work == .confirm, step == 7 { Thread.sleep(forTimeInterval: 0.5) }
                works.withLock { $0.append(step) }
            }
            let settings = ["training.steps=7", "checkpoint.every=3", "placement.learner=2"]
            let began = ContinuousClock.now
            let end = try await train(try configuration(folder, settings), saveObserver: observer)
            #expect(end == RunEnd(status: .finished, step: 7))
            #expect(ContinuousClock.now - began < .seconds(50))
            #expect(works.withLock { $0 == $0.sorted() && Set($0) == [3, 6, 7] }, "one save after the other")
            try Checkpoint(path: folder.path + "/checkpoints/step-000007").verify()
            let saved = try metrics(folder).filter { $0.number(.timeCheckpoint) != nil }
            #expect([6, 7].contains(saved.first?.step), "the save of step 3 ended behind step 5, and before that of step 6 began")
            #expect(saved.allSatisfy { ($0.number("timing_s/snapshot") ?? 0) > 0 && ($0.number("timing_s/snapshot") ?? 9) < 1 })
        }
    }

    @Test("retention keeps the last and the best while saves go on beside training")
    func retention() async throws {
        try await withFolder { folder in
            let settings = [
                "training.steps=6", "checkpoint.every=1", "checkpoint.keep=2", "validation.every=1", "validation.problems=8",
                "optimizer.learning_rate=0.02",
            ]
            _ = try await train(try configuration(folder, settings))
            let scores = try metrics(folder).compactMap { record in record.number(.validationReward).map { (record.step, $0) } }
            #expect(scores.count == 6)
            // The first of the highest.
            let best = try #require(scores.max { ($0.1, -$0.0) < ($1.1, -$1.0) })
            let store = CheckpointStore(path: folder.path + "/checkpoints")
            #expect(store.best()?.step == best.0 && store.best()?.score == best.1)
            #expect(store.steps() == Set([best.0, 5, 6]).sorted())
            // A kill between a commit and the record of the best: the checkpoint knows its own score.
            try FileManager.default.removeItem(atPath: store.path + "/best.json")
            let more = try configuration(folder, settings + ["training.steps=7", "validation.every=0"])
            _ = try await train(more, resumes: true)
            #expect(store.best()?.score == scores.last?.1)
        }
    }
}
