import ActorRuntime
import Configuration
import Tasks
import Foundation
import Judging
import Multimodal
import Telemetry
import Testing
import TrainingCluster
import Trajectories

/// Runs whose pictures are not all in order: what can't be used is known before the first step, and what fails later ends no run.
@Suite("pictures that can't be used", .serialized)
struct PictureRunTests: SmallRuns {
    private static let problems = 24

    /// An image folder of the digits task; then `spoil` has its way with it.
    private func makeData(_ root: URL, _ name: String = "data", spoil: (URL) throws -> Void = { _ in }) throws -> URL {
        let folder = root.appending(path: name)
        let task = try DigitsTask(split: .training, problems: Self.problems, seed: 5)
        try ImageFolderWriter.write(task, to: folder.path) { try $0.pngEncoded() }
        try spoil(folder)
        return folder
    }

    private func picture(_ folder: URL, _ index: Int) -> URL {
        folder.appending(path: "images/0000\(index < 10 ? "0" : "")\(index)-0.png")
    }

    private func append(_ line: String, to folder: URL) throws {
        let file = folder.appending(path: "metadata.jsonl")
        try (Data(contentsOf: file) + Data((line + "\n").utf8)).write(to: file)
    }

    private func configuration(_ root: URL, _ run: String, _ data: URL, _ settings: [String] = []) throws -> RunConfiguration {
        let own = [
            "data.train={type: image_folder, path: \(data.path)}", "rollout.problems_per_step=3", "rollout.group_size=2",
            "rollout.max_response_tokens=24", "judge.audit.share=0", "training.steps=3",
            "placement.learner=1", "placement.rollout=1", "placement.judge=1",
        ]
        return try configuration(root.appending(path: run), own + settings)
    }

    private func metric(_ name: MetricName, _ run: URL) throws -> [Double] {
        try JSONLinesLog.metrics(in: run.path + "/metrics.jsonl").map { $0.record.number(name) ?? -1 }
    }

    @Test("bad pictures are left out before step 1, named with file and line, and the rest trains as if they had never been there")
    func leftOut() async throws {
        try await withFolder { root in
            let good = try makeData(root)
            let bad = try makeData(root, "bad") { folder in
                // Behind the good ones, so that these keep their places.
                let wide = RGBImage(width: 804, height: 4, pixels: [UInt8](repeating: 9, count: 804 * 4 * 3))
                try Data(wide.pngEncoded()).write(to: folder.appending(path: "wide.png"))
                try append(#"{"file_name": "wide.png", "problem": "W", "answer": "1", "id": "w"}"#, to: folder)
                try append(#"{"file_name": "none.png", "problem": "N", "answer": "1", "id": "n"}"#, to: folder)
            }
            let lines = LogLines()
            let plain = try configuration(root, "plain", good)
            #expect(try await train(plain)?.status == .finished)
            for (index, placement) in [(1, 1, 1), (2, 3, 2)].enumerated() {
                let settings = [
                    "data.max_bad_share=0.1", "data.validation={type: image_folder, path: \(bad.path)}", "validation.every=3",
                    "validation.problems=26", "placement.learner=\(placement.0)", "placement.rollout=\(placement.1)",
                    "placement.judge=\(placement.2)",
                ]
                let run = try configuration(root, "run\(index)", bad, settings)
                #expect(try await train(run, log: Log { lines.append($0) })?.status == .finished)
                #expect(try digests(URL(filePath: run.output)) == digests(URL(filePath: plain.output)))
            }
            let log = lines.all.joined()
            #expect(
                log.contains("data.train: 2 of 26 problems are left out") && log.contains("data.validation: 2 of 26 problems are left out"))
            #expect(log.contains("metadata.jsonl, line 25: ") && log.contains("bad/wide.png: an image of 804 x 4 pixels is too narrow"))
            #expect(log.contains("metadata.jsonl, line 26: ") && log.contains("bad/none.png does not exist"))

            let refused = try configuration(root, "refused", bad, ["data.max_bad_share=0.05"])
            let error = await #expect(throws: DatasetError.self) { try await train(refused) }
            #expect(error?.description.contains("wide.png") == true && error?.description.contains("data.max_bad_share (0.05)") == true)
            let end = try RunEnd.load(fromFolder: refused.output)
            #expect(end?.status == .failed && end?.step == 0 && end?.message?.contains("none.png") == true)
            // Mended, the same folder is gone on with.
            try FileManager.default.copyItem(at: picture(bad, 0), to: bad.appending(path: "none.png"))
            #expect(try await train(refused, resumes: true)?.status == .finished)
        }
    }

    @Test("a picture that fails later drops its group, the same on every placement, and a run goes on and ends")
    func dropped() async throws {
        try await withFolder { root in
            let data = try makeData(root)
            let first = try configuration(root, "run", data, ["checkpoint.every=1"])
            #expect(try await train(first)?.status == .finished)
            let run = URL(filePath: first.output)
            // Half of the pictures are cut off, or gone.
            for index in stride(from: 0, to: Self.problems, by: 2) {
                let file = picture(data, index)
                let bytes = try Data(contentsOf: file)
                try FileManager.default.removeItem(at: file)
                if index % 4 == 0 { try bytes.prefix(bytes.count / 2).write(to: file) }
            }
            var found: [[Digests]] = []
            for (index, ranks) in [1, 3].enumerated() {
                let copy = root.appending(path: "copy\(index)")
                try FileManager.default.copyItem(at: run, to: copy)
                let settings = ["training.steps=9", "placement.rollout=\(ranks)", "placement.judge=\(ranks)"]
                let more = try configuration(root, "copy\(index)", data, settings)
                let end = try await train(more, resumes: true)
                #expect(end?.status == .finished && end?.step == 9)
                found.append(try digests(copy))
                let counts = try metric("rollout/unreadable_images", copy)
                #expect(counts.count == 9 && counts.prefix(3).allSatisfy { $0 == 0 } && counts.reduce(0, +) > 0, "\(counts)")
                #expect(try metric("rollout/dropped_groups", copy) == counts)
            }
            #expect(found[0] == found[1])
            #expect(try Array(found[0].prefix(3)) == digests(run))
        }
    }

    @Test("steps behind the checkpoint that showed a picture which is gone since are computed and written anew")
    func replaced() async throws {
        try await withFolder { root in
            let data = try makeData(root)
            let settings = ["training.steps=4", "checkpoint.every=1", "checkpoint.keep=9"]
            let run = try configuration(root, "run", data, settings)
            #expect(try await train(run)?.status == .finished)
            let folder = URL(filePath: run.output)
            let before = try digests(folder)
            // As if it had been killed behind its first checkpoint.
            for step in 2...4 { try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-00000\(step)")) }
            for index in 0..<Self.problems { try FileManager.default.removeItem(at: picture(data, index)) }
            let lines = LogLines()
            let end = try await train(run, resumes: true, log: Log { lines.append($0) })
            #expect(end?.status == .finished && end?.step == 4)
            #expect(lines.all.count { $0.contains("its records from here on are replaced") } == 1)
            let after = try digests(folder)
            #expect(after.map(\.step) == [1, 2, 3, 4] && after[0] == before[0] && after[1].batch != before[1].batch)
            #expect(try metric("rollout/unreadable_images", folder) == [0, 3, 3, 3])
            var steps: [Int] = []
            try JSONLinesLog.forEachLine(in: folder.path + "/samples.jsonl") { steps.append(try SampleRecord(line: $0.text).step) }
            #expect(Set(steps) == [1])
        }
    }

    @Test("a rank that can't read a picture gets it from the controller: nothing shows but time")
    func fetched() async throws {
        try await withFolder { root in
            let data = try makeData(root)
            let whole = try configuration(root, "whole", data, ["training.steps=5"])
            #expect(try await train(whole)?.status == .finished)
            let start = try configuration(root, "run", data, ["training.steps=2"])
            #expect(try await train(start)?.status == .finished)
            // The other ranks' machine has the same problems, and no picture.
            let elsewhere = try makeData(root, "elsewhere") { try FileManager.default.removeItem(at: $0.appending(path: "images")) }
            let here = try configuration(root, "run", data, ["training.steps=5", "placement.learner=2"])
            let there = try configuration(root, "run", elsewhere, ["training.steps=5", "placement.learner=2"])
            let launches = try [here, there].map {
                try RankHost.Launch(configuration: $0, isResumed: true, command: ["test"], version: "test")
            }
            let network = LoopbackNetwork(peerCount: 4)
            let lines = LogLines()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for rank in 0..<4 {
                    group.addTask {
                        _ = try await RankHost(
                            launches[min(rank, 1)], transport: network.transport(rank: rank), stop: StopRequest(),
                            log: Log { lines.append($0) }
                        ).run()
                    }
                }
                for try await _ in group {}
            }
            #expect(lines.all.contains { $0.contains("gets it from here") })
            #expect(try digests(root.appending(path: "run")) == digests(root.appending(path: "whole")))
        }
    }

    @Test("a run that fails says which step was its last")
    func lastStep() async throws {
        try await withFolder { root in
            let run = try configuration(root, "run", try makeData(root), ["training.steps=6"])
            let judge = FailingJudge(after: 2 * 3 * 2)
            await #expect(throws: ClusterError.self) { try await train(run, judge: judge) }
            let end = try RunEnd.load(fromFolder: run.output)
            let last = try #require(try digests(URL(filePath: run.output)).last?.step)
            #expect(last > 0 && last < 6 && end?.status == .failed && end?.step == last)
        }
    }

    @Test("a prompt has as many tokens as are counted without its pixels")
    func tokenCounts() throws {
        let inputs = try RunInputs(configuration(URL(filePath: "/tmp/none"), []))
        for index in 0..<8 {
            let problem = try inputs.train.problem(at: index)
            #expect(try inputs.prompts.tokenCount(of: problem) == inputs.prompts.encode(problem).tokens.count)
        }
    }

    @Test("every picture is read as it is, and what is found of it depends on its bytes alone")
    func sights() async throws {
        try await withFolder { root in
            let data = try makeData(root)
            let folder = try ImageFolder(directory: data.path) { try RGBImage(decoding: $0) }
            let processor = try MultimodalProcessor(contentsOf: URL(filePath: "\(Self.root.path)/configs/models/digits-policy"))
            let check = PictureCheck(folder: folder, processor: processor)
            #expect(try await check.all(threads: 3).isEmpty && check.faults(in: 3..<9).isEmpty)
            #expect(check.listDigest != PictureCheck(folder: folder, processor: nil).listDigest)
            let before = check.sights(in: 0..<check.count, decodes: true)
            #expect(before.allSatisfy { $0.fault == nil && $0.digest?.count == 64 } && Set(before.map(\.digest)).count == check.count)
            #expect(check.sights(in: 0..<check.count, decodes: false) == before)
            try Data("no picture".utf8).write(to: picture(data, 7))
            try FileManager.default.removeItem(at: picture(data, 8))
            let after = check.sights(in: 0..<check.count, decodes: true)
            #expect(zip(before, after).filter { $0 != $1 }.map(\.0.picture) == [7, 8])
            #expect(
                after[7].digest != nil && after[7].fault != nil && after[8].digest == nil
                    && after[8].fault?.contains("does not exist") == true)
            let faults = try await check.all(threads: 2)
            #expect(faults.map(\.picture) == [7, 8] && faults == check.faults(in: 0..<check.count))
        }
    }
}

/// Judges so many responses, and no more.
private final class FailingJudge: ResponseJudge {
    private let limit: Int
    private let count = LogLines()

    init(after limit: Int) { self.limit = limit }

    let identity = "failing"
    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        for _ in items { count.append("") }
        guard count.all.count <= limit else { throw JudgeModelError("the judge is tired") }
        return items.map { $0.annotations.map { _ in Judgement(verdict: .reflected, judge: identity) } }
    }
}
