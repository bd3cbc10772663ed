import Tasks
import Configuration
import Foundation
import Judging
import Synchronization
import Telemetry
import Testing
import TrainingCluster
import Trajectories

/// What the verdict log does for whole runs. The last checkpoints are taken away, so that steps are computed again.
@Suite("the verdict log of a run", .serialized)
struct VerdictLogRunTests: SmallRuns {
    private let settings = [
        "training.steps=3", "placement.learner=1", "placement.rollout=2", "placement.judge=2", "judge.audit.share=0",
        "rollout.problems_per_step=3", "rollout.group_size=3",
    ]

    private func forget(_ steps: ClosedRange<Int>, in folder: URL) throws {
        for step in steps { try FileManager.default.removeItem(at: folder.appending(path: "checkpoints/step-00000\(step)")) }
    }

    private func metrics(_ folder: URL) throws -> [MetricRecord] {
        try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
    }

    /// A line of the log, as documented.
    private struct Line: Decodable {
        struct Judged: Decodable {
            let annotation: String
            let judge: String
            let verdict: String
            let probability: Double?
        }

        let response: String
        let judged: [Judged]
    }

    private func log(_ folder: URL) -> URL { folder.appending(path: VerdictLog.fileName) }

    @Test("each verdict is recorded once, and a continued run asks for none of them, whatever became of the checkpoints")
    func nothingTwice() async throws {
        let oracle = ScriptedJudge { OracleJudge.verdict($0, $1) }
        let whole = try await withFolder { folder in
            _ = try await train(try configuration(folder, settings), judge: oracle)
            return try digests(folder)
        }
        try await withFolder { folder in
            _ = try await train(try configuration(folder, settings), judge: oracle)
            let before = try String(contentsOf: log(folder), encoding: .utf8)
            var seen: Set<String> = []
            for line in before.split(separator: "\n") {
                let value = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
                for judged in value.judged {
                    #expect(seen.insert("\(value.response)\u{0}\(judged.annotation)").inserted, "a pair was judged twice")
                    #expect(judged.judge == "scripted" && judged.probability == 0.75)
                }
            }
            // What the log lacks of the batches are equal pairs; two such pairs may have been asked at once, as parts of different requests.
            let hits = try metrics(folder).reduce(0) { $0 + Int($1.number(.judgeCacheHits) ?? -1) }
            #expect(hits > 0 && seen.count + hits <= 3 * 3 * 3 * 4)
            try forget(2...3, in: folder)
            let end = try await train(try configuration(folder, settings), resumes: true, judge: ScriptedJudge { _, _ in nil })
            #expect(end?.status == .finished)
            let written = try digests(folder)
            #expect(written == whole)
            #expect(try String(contentsOf: log(folder), encoding: .utf8) == before)
            // Samples say who judged, and how sure they were.
            let samples = try String(contentsOf: folder.appending(path: "samples.jsonl"), encoding: .utf8)
            let sample = try SampleRecord(line: String(try #require(samples.split(separator: "\n").first)))
            #expect(sample.judges == Array(repeating: "scripted", count: 4) && sample.probabilities == Array(repeating: 0.75, count: 4))
            #expect(try RunReport.html(runFolder: folder.path).contains("reflected"))
        }
    }

    @Test("the log changes no digest: absent, damaged, or written by steps behind the checkpoint")
    func digestsStay() async throws {
        try await withFolder { folder in
            _ = try await train(try configuration(folder, settings))
            let whole = try digests(folder)
            for damage in 0..<3 {
                let text = try Data(contentsOf: log(folder))
                switch damage {
                case 0: try FileManager.default.removeItem(at: log(folder))
                case 1: try Data(text.enumerated().map { $0 % 911 == 5 ? 0xFF : $1 }.dropLast(9)).write(to: log(folder))
                default: break
                }
                try forget(2...3, in: folder)
                // Records behind the checkpoint are compared with what is computed again.
                let end = try await train(try configuration(folder, settings), resumes: true)
                #expect(end?.status == .finished)
                let written = try digests(folder)
                #expect(written == whole)
            }
        }
    }

    @Test("a judge that says something else each time is replayed exactly, and so is one that sometimes can't say")
    func replay() async throws {
        for share in [0, 9] {
            try await withFolder { folder in
                let count = Mutex(0)
                let moody = ScriptedJudge { _, _ in
                    let number = count.withLock { count in
                        count += 1
                        return count
                    }
                    return share > 0 && number % share == 0 ? .unknown : number % 3 == 0 ? .reflected : .missing
                }
                _ = try await train(try configuration(folder, settings), judge: Stubborn(judge: moody))
                let whole = try digests(folder)
                let records = try metrics(folder)
                if share > 0 {
                    #expect(records.allSatisfy { ($0.number(.judgeCoverage) ?? 1) < 1 })
                    #expect(records.contains { ($0.number("rollout/dropped_members") ?? 0) > 0 })
                }
                try forget(2...3, in: folder)
                let end = try await train(
                    try configuration(folder, settings), resumes: true, judge: ScriptedJudge { OracleJudge.verdict($0, $1) })
                #expect(end?.status == .finished)
                let written = try digests(folder)
                #expect(written == whole)
            }
        }
    }
}

extension OracleJudge {
    static func verdict(_ annotation: String, _ response: String) -> Verdict {
        DigitsRulesJudge().verdict(annotation: annotation, response: response)
    }
}

/// A judge that does what a test says; nil is a failure.
struct ScriptedJudge: ResponseJudge {
    struct Refusal: Error {}

    var identity: String { "scripted" }
    private let script: @Sendable (_ annotation: String, _ response: String) -> Verdict?

    init(_ script: @escaping @Sendable (_ annotation: String, _ response: String) -> Verdict?) { self.script = script }

    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        try items.map { item in
            try item.annotations.map { annotation in
                guard let verdict = script(annotation, item.response) else { throw Refusal() }
                return Judgement(verdict: verdict, probability: 0.75, judge: identity)
            }
        }
    }
}

/// A judge that stays with an unknown verdict once it has given it, so that asking again does not help.
private final class Stubborn: ResponseJudge {
    private let judge: any ResponseJudge
    private let unknown = Mutex<Set<JudgeItem>>([])
    var identity: String { judge.identity }

    init(judge: any ResponseJudge) { self.judge = judge }

    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        let found = try await judge.judgements(on: items)
        return unknown.withLock { unknown in
            zip(items, found).map { item, judgements in
                zip(item.annotations, judgements).map { annotation, judgement in
                    let pair = JudgeItem(response: item.response, annotations: [annotation])
                    if judgement.verdict == .unknown { unknown.insert(pair) }
                    return unknown.contains(pair) ? Judgement(verdict: .unknown, judge: identity) : judgement
                }
            }
        }
    }
}
