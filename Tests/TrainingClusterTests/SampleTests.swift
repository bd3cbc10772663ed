import Configuration
import Foundation
import Telemetry
import Testing
import TrainingCluster

/// `samples.jsonl` holds what a step is made of: an outsider needs nothing else to compute its digest.
@Suite("samples of a run")
struct SampleTests: SmallRuns {
    private static let oracle = root.appending(path: "Tests/Oracles/batch_digest.py").path
    private static let python = "/usr/bin/python3"

    @Test("each step's batch digest follows from samples.jsonl alone", .enabled(if: FileManager.default.isExecutableFile(atPath: python)))
    func digests() async throws {
        try await withFolder { folder in
            let settings = ["training.steps=3", "rollout.max_response_tokens=40", "reward.weights.format=0.3", "training.staleness=1"]
            let end = try await train(try configuration(folder, settings))
            #expect(end?.status == .finished)
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: Self.python)
            process.arguments = [Self.oracle, folder.path]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            let expected = try digests(folder).map { "\($0.step) \($0.batch ?? "") equal" }
            #expect(process.terminationStatus == 0 && expected.count == 3, "\(text)")
            #expect(text.split(separator: "\n").map(String.init) == expected)
        }
    }

    @Test("a line's tokens, bits and parts agree with the rest of it")
    func lines() async throws {
        try await withFolder { folder in
            _ = try await train(try configuration(folder, ["training.steps=1", "rollout.max_response_tokens=40"]))
            var samples: [SampleRecord] = []
            try JSONLinesLog.forEachLine(in: folder.path + "/samples.jsonl") { samples.append(try SampleRecord(line: $0.text)) }
            #expect(samples.count == 20)
            for sample in samples {
                let (tokens, bits) = (try #require(sample.tokens), try #require(sample.logProbBits))
                #expect(tokens.count == bits.count && (tokens.count == 40) == (sample.finishReason == "length") && sample.visit == 0)
                #expect(bits.allSatisfy { Float(bitPattern: $0) <= 0 && Float(bitPattern: $0).isFinite })
                #expect(sample.promptTokens?.isEmpty == false)
                let parts = try #require(sample.parts)
                let (accuracy, paid) = (try #require(parts["accuracy"]), try #require(sample.reward["accuracy"]))
                #expect(accuracy * 0.9 == paid || (accuracy == 0) == (paid == 0))
                #expect(parts["visual"] == Float(sample.verdicts.count { $0 == .reflected }) / Float(sample.verdicts.count))
            }
            #expect(Set(samples.filter { $0.group == 0 }.map(\.promptTokens)).count == 1)
        }
    }

    @Test("docs/formats.md names every file of a run folder, and every key of a sample")
    func page() async throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/formats.md"), encoding: .utf8)
        try await withFolder { folder in
            _ = try await train(
                try configuration(folder, ["training.steps=1", "rollout.max_response_tokens=8", "validation.every=1"]))
            let listing = try #require(page.components(separatedBy: "```").dropFirst().first)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                #expect(listing.contains("  \(name)"), "\(name)")
            }
            let rows = try #require(
                page.components(separatedBy: "## samples.jsonl").last?.components(separatedBy: "## verdicts.jsonl").first)
            try JSONLinesLog.forEachLine(in: folder.path + "/samples.jsonl") { line in
                let keys = try JSONSerialization.jsonObject(with: Data(line.text.utf8)) as? [String: Any] ?? [:]
                for key in keys.keys { #expect(rows.contains("`\(key)`"), "\(key)") }
            }
        }
    }

    @Test("the status that a run leaves is that of its end, however short it was")
    func status() async throws {
        try await withFolder { folder in
            let end = try await train(try configuration(folder, ["training.steps=1", "rollout.max_response_tokens=8"]))
            let status = try #require(try RunStatus.load(fromFolder: folder.path))
            #expect(end?.status == .finished && status.step == 1 && status.steps == 1 && status.publishedVersion == 1)
            #expect(status.wait == nil && status.queues.groupsInFlight == 0 && status.queues.responsesInFlight == 0)
        }
        try await withFolder { folder in
            let stop = StopRequest()
            stop.request()
            let end = try await train(
                try configuration(folder, ["training.steps=9", "rollout.max_response_tokens=8"]), stop: stop)
            let status = try #require(try RunStatus.load(fromFolder: folder.path))
            #expect(end?.status == .stopped && status.step == end?.step && status.steps == 9)
        }
    }
}
