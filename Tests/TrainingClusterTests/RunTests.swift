import Rewards
import ActorRuntime
import Configuration
import Foundation
import Safetensors
import Synchronization
import Telemetry
import Testing
import TrainingCluster

/// Whole runs on loopback: all roles in this process, the digits task, two or three steps.
@Suite("training runs", .serialized)
struct RunTests: SmallRuns {
    @Test("digests don't depend on the number of workers or learner ranks", arguments: [0, 1])
    func placements(_ staleness: Int) async throws {
        let base = ["training.staleness=\(staleness)", "training.steps=3"]
        let one = try await digests(base + ["placement.learner=1", "placement.rollout=1", "placement.judge=1"])
        #expect(one.map(\.step) == [1, 2, 3])
        #expect(Set(one.map(\.batch)).count == 3)
        for placement in [(1, 3, 1), (1, 1, 3), (2, 1, 1), (3, 1, 1), (4, 1, 1)] {
            let other = try await digests(
                base + [
                    "placement.learner=\(placement.0)", "placement.rollout=\(placement.1)", "placement.judge=\(placement.2)",
                ])
            #expect(other == one, "learner=\(placement.0), rollout=\(placement.1), judge=\(placement.2)")
        }
    }

    @Test("with rollouts in bfloat16 learner and rollouts agree exactly, on any placement; the policy is another one")
    func roundedWeights() async throws {
        let settings = ["rollout.weights=bfloat16", "judge.weights=bfloat16", "training.steps=3"]
        let one = try await digests(settings)
        #expect(one != (try await digests(["training.steps=3"])))
        #expect(try await digests(settings + ["placement.learner=2", "placement.rollout=3"]) == one)
        try await withFolder { folder in
            _ = try await train(try configuration(folder, settings))
            let records = try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
            #expect(records.count == 3 && records.allSatisfy { $0.number(.rolloutProbsDifferenceMax) == 0 })
            // The run's model is the policy that sampled: in bfloat16.
            let file = try SafetensorsFile(path: folder.path + "/model/model.safetensors")
            #expect(file.tensors.allSatisfy { $0.dataType == .bfloat16 })
        }
        // What a lag keeps in checkpoints is rounded too.
        let lagged = settings + ["training.staleness=1", "training.steps=4"]
        let whole = try await digests(lagged)
        try await withFolder { folder in
            let stop = StopRequest()
            stop.request()
            _ = try await train(try configuration(folder, lagged), stop: stop)
            _ = try await train(try configuration(folder, lagged), resumes: true)
            #expect(try digests(folder) == whole)
            #expect(throws: ClusterError.self) {
                try ResumeCheck(folder: folder.path).check(try configuration(folder, ["training.staleness=1", "training.steps=4"]))
            }
        }
    }

    @Test("another seed gives other digests; on-policy log-probabilities agree exactly")
    func seeds() async throws {
        let one = try await digests([])
        let two = try await digests(["training.seed=2"])
        #expect(one[0].batch != two[0].batch && one[1].policy != two[1].policy)
        try await withFolder { folder in
            _ = try await train(try configuration(folder, ["training.staleness=1", "training.steps=3"]))
            let records = try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
            #expect(records[0].number(.rolloutProbsDifferenceMax) == 0)
            // Step 2 trains version 1 on samples of version 0: no agreement is claimed.
            #expect(records[1].number(.rolloutProbsDifferenceMax) == nil)
        }
    }

    @Test("advantage.epsilon reaches the advantages of a batch")
    func advantageEpsilon() async throws {
        let one = try await digests(["training.steps=1"])
        let other = try await digests(["training.steps=1", "advantage.epsilon=0.5"])
        #expect(one[0].batch != other[0].batch)
    }

    @Test("a run that stops and resumes equals one that doesn't, on another placement too", arguments: [0, 1])
    func resume(_ staleness: Int) async throws {
        let settings = ["training.staleness=\(staleness)", "training.steps=4"]
        let whole = try await digests(settings)
        try await withFolder { folder in
            let stop = StopRequest()
            stop.request()
            let stopped = try await train(try configuration(folder, settings), stop: stop)
            #expect(stopped?.status == .stopped)
            let first = try digests(folder)
            #expect(first == Array(whole.prefix(1)))
            let more = settings + ["placement.learner=2", "placement.rollout=1"]
            let finished = try await train(try configuration(folder, more), resumes: true)
            #expect(finished?.status == .finished)
            let written = try digests(folder)
            #expect(written == whole)
        }
    }

    @Test("records behind the checkpoint are recomputed, compared and not written twice")
    func recomputed() async throws {
        let whole = try await digests(["training.steps=3"])
        try await withFolder { folder in
            let settings = ["training.steps=3"]
            _ = try await train(try configuration(folder, settings))
            // As if the run had died after step 3's record, with its last good checkpoint at step 1.
            for step in 2...3 { try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-00000\(step)")) }
            let samples = try String(contentsOf: folder.appending(path: "samples.jsonl"), encoding: .utf8)
            _ = try await train(try configuration(folder, settings), resumes: true)
            let written = try digests(folder)
            #expect(written == whole)
            let samplesAfter = try String(contentsOf: folder.appending(path: "samples.jsonl"), encoding: .utf8)
            #expect(samplesAfter == samples)
            // A digest that was tampered with is noticed.
            let path = folder.appending(path: "metrics.jsonl")
            let text = try String(contentsOf: path, encoding: .utf8)
            let forged = text.replacing(try #require(whole[2].batch), with: String(repeating: "0", count: 64))
            try forged.write(to: path, atomically: true, encoding: .utf8)
            for step in 2...3 { try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-00000\(step)")) }
            await #expect(throws: ClusterError.self) { _ = try await train(try configuration(folder, settings), resumes: true) }
        }
    }

    @Test("a verdict arrives while a sibling is still being sampled")
    func overlap() async throws {
        try await withFolder { folder in
            // One group of four. The rollout worker's third delivery is held back, and with it the rest of the group, until two verdicts are in.
            let configuration = try configuration(
                folder, ["training.steps=1", "rollout.problems_per_step=1", "placement.rollout=1", "placement.judge=1"])
            let judged = Mutex(0)
            let blocked = Mutex(0)
            _ = try await train(configuration) { role, frame in
                guard case .frame(let bytes, _) = frame, case .call(_, let request) = Frame(bytes), request.target.contains("deliver")
                else {
                    return .deliver
                }
                if role == .judge { judged.withLock { $0 += 1 } }
                let isFirstPair = judged.withLock { $0 } < 2
                guard role == .rollout,
                    blocked.withLock({
                        $0 += 1; return $0
                    }) > 2, isFirstPair
                else { return .deliver }
                return .delay(.milliseconds(500))
            }
            let record = try #require(try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").first?.record)
            let share = try #require(record.number(.judgeOverlapShare))
            #expect(share >= 0.5, "two of four verdicts came before the last siblings")
            #expect(record.number(.judgeCoverage) == 1)
        }
    }

    @Test("one flipped bit of the starting weights changes every digest")
    func flippedBit() async throws {
        let one = try await digests([])
        try await withFolder { models in
            let model = models.appending(path: "policy")
            try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Self.root.appending(path: "configs/models/digits-policy"), to: model)
            let file = model.appending(path: "model.safetensors")
            var data = try Data(contentsOf: file)
            // The lowest mantissa bit of one weight in the middle of the file.
            data[data.count / 2 / 4 * 4] ^= 1
            try data.write(to: file)
            let other = try await digests(["model.policy=\(model.path)"])
            #expect(other[0].policy != one[0].policy)
            #expect(other[0].batch != one[0].batch)
        }
    }

    @Test("a run folder is not taken for a new run, nor continued with another model")
    func refusals() async throws {
        try await withFolder { folder in
            let configuration = try configuration(folder, ["training.steps=1"])
            _ = try await train(configuration)
            await #expect(throws: ClusterError.self) { _ = try await train(configuration) }
            try ResumeCheck(folder: folder.path).check(configuration)
            var other = configuration
            other.model.policy = configuration.judge.model ?? ""
            #expect(throws: ClusterError.self) { try ResumeCheck(folder: folder.path).check(other) }
            var reweighted = configuration
            reweighted.reward.weights["visual"] = 0.1
            #expect(throws: ClusterError.self) { try ResumeCheck(folder: folder.path).check(reweighted) }
        }
    }
}
