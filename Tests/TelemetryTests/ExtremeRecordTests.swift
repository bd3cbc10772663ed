import Foundation
import JSON
import Telemetry
import TestSupport
import Testing

/// The files of a run folder with any number in any place, or damaged: they are read or refused, and what is read is shown.
@Suite("run files that say anything")
struct ExtremeRecordTests {
    private static var status: RunStatus {
        var queues = RunStatus.Queues()
        (queues.groupsWaiting, queues.groupSlots, queues.responsesWaiting) = (3, 9, 4)
        let ranks = ["learner", "rollout", "judge"].enumerated().map { number, role in
            RunStatus.Rank(
                number: number, role: role, host: "node\(number)", processID: 40 + number, state: number == 1 ? "suspect" : "live",
                stateSeconds: 12.5, activity: "computes", held: number, progressSeconds: 31, versions: [4, 5])
        }
        return RunStatus(
            written: 1_700_000_000.5, controllerSeconds: 0.2, step: 7, steps: 100, publishedVersion: 6,
            wait: .init(what: "samples", seconds: 33, idleSeconds: 31, limitSeconds: 600), ranks: ranks, queues: queues,
            calls: [.init(name: "step", peer: "rank 1", seconds: 15, limitSeconds: 30)], spawning: ["judge": 2])
    }

    private static func text(_ value: some Encodable) throws -> String { String(decoding: try JSONEncoder().encode(value), as: UTF8.self) }

    private static func show(_ text: String) -> Int {
        guard let status = try? JSONDecoder().decode(RunStatus.self, from: Data(text.utf8)) else { return 0 }
        var shown = 0
        for age in [0, 1e300, -1e300, Double(Int.max)] {
            shown += StatusTable.lines(status, age: age, end: nil).count
            shown += RunDiagnosis.culprit(status, age: age)?.count ?? 0
        }
        return shown
    }

    @Test("a status is shown whatever number it holds")
    func status() throws {
        let sound = try Self.text(Self.status)
        let texts = ExtremeNumbers.texts(of: sound)
        #expect(Self.show(sound) > 0 && texts.count > 400)
        #expect(texts.count { Self.show($0.text) > 0 } > texts.count / 2)
        #expect(
            RunDiagnosis.seconds(9.3e18) == "9.3e+18 s" && RunDiagnosis.seconds(-.infinity) == "-inf s"
                && RunDiagnosis.seconds(.nan) == "nan s")
        #expect(RunDiagnosis.seconds(0.44) == "0.4 s" && RunDiagnosis.seconds(12.4) == "12 s")
    }

    @Test("a damaged status, end or start is read or refused")
    func damaged() throws {
        let texts = [
            try Self.text(Self.status), try Self.text(RunEnd(status: .failed, step: 4, message: "m")),
            try Self.text(
                RunManifest(
                    version: "1", started: "now", configDigest: "c", command: ["percept"],
                    ranks: [.init(rank: 0, role: "learner", host: "a")],
                    openBLAS: .init(config: "c", coreName: "n", threads: 1), buildFingerprint: "b", models: [:])),
        ]
        var read = 0
        for seed in 0..<FuzzEffort.count(300) {
            var damage = Damage(seed: UInt64(seed))
            for text in texts {
                let data = Data(seed % 2 == 0 ? Array(damage.done(toJSON: text).utf8) : damage.done(to: Array(text.utf8)))
                if let status = try? JSONDecoder().decode(RunStatus.self, from: data) {
                    read += StatusTable.lines(status, age: 3, end: nil).count
                }
                if let end = try? JSONDecoder().decode(RunEnd.self, from: data) { read += end.status.rawValue.count }
                if let manifest = try? JSONDecoder().decode(RunManifest.self, from: data) { read += manifest.hosts.count }
            }
        }
        #expect(read > 0)
    }

    @Test("a report is made of records with any number in any place")
    func report() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-extremes-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var record = MetricRecord(step: 2)
        for name: MetricName in [
            .rewardOverall, .reward("accuracy"), .entropy, .timeStep, .timeGeneration, .tokenCount, .zeroVarianceGroups,
        ] {
            record.set(name, 0.5)
        }
        let sample = SampleRecord(
            step: 1, group: 0, member: 0, problemID: "p", problemIndex: 0, question: "q", response: "r", finishReason: "stop",
            annotations: ["a"], verdicts: [.reflected], reward: .init(overall: 0.25, parts: ["accuracy": 1, "format": 1, "repetition": 0]),
            advantage: 0.5, policyVersion: 0)
        var made = 0
        let metrics = ExtremeNumbers.texts(of: record.json.text).map(\.text)
        let samples = ExtremeNumbers.texts(of: try Self.text(sample)).map(\.text)
        for (index, line) in metrics.enumerated() {
            try Data("{\"step\": 1, \"reward/overall\": 0.1}\n\(line)\n{\"step\": 3, \"reward/overall\": 0.4}\n".utf8)
                .write(to: URL(filePath: folder + "/metrics.jsonl"))
            try Data((samples[index % samples.count] + "\n").utf8).write(to: URL(filePath: folder + "/samples.jsonl"))
            if let html = try? RunReport.html(runFolder: folder), html.contains("</html>") { made += 1 }
        }
        #expect(metrics.count > 80 && made > metrics.count / 4, "\(made) of \(metrics.count)")
    }
}
