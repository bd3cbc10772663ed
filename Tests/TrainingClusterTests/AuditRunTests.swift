import Tasks
import Configuration
import ConfigurationReading
import Foundation
import Judging
import Telemetry
import Testing
import TrainingCluster
import Trajectories

/// The audit of whole runs.
@Suite("the judge audit of a run", .serialized)
struct AuditRunTests: SmallRuns {
    private let placement = ["placement.learner=1", "placement.rollout=2", "placement.judge=2"]
    private let rule = [
        "training.steps=4", "rollout.problems_per_step=3", "rollout.group_size=3", "judge.audit.share=0.4", "judge.audit.stop_above=0.2",
        "judge.audit.minimum_items=5", "judge.audit.window=5",
    ]

    private func metrics(_ folder: URL) throws -> [MetricRecord] {
        try JSONLinesLog.metrics(in: folder.path + "/metrics.jsonl").map(\.record)
    }

    @Test(
        "a judge that says yes to everything, or no, ends the run with a checkpoint and a reason, again when the run is continued",
        arguments: [true, false])
    func distrusted(saysYes: Bool) async throws {
        try await withFolder { folder in
            let judge = ScriptedJudge { _, _ in saysYes ? .reflected : .missing }
            let end = try #require(try await train(try configuration(folder, placement + rule), judge: judge))
            #expect(end.status == .stopped && end.step < 3)
            let message = try #require(end.message)
            #expect(message.contains(saysYes ? "false positives" : "false negatives") && message.contains("judge.audit.stop_above"))
            #expect(try RunEnd.load(fromFolder: folder.path) == end)
            #expect(FileManager.default.fileExists(atPath: folder.path + "/checkpoints/step-00000\(end.step)/manifest.json"))
            let last = try #require(try metrics(folder).last)
            #expect(last.number(saysYes ? .auditFalsePositive : .auditFalseNegative) == 1)
            #expect(last.number(saysYes ? .auditFalseNegative : .auditFalsePositive) == 0)
            #expect(last.number(.auditRepeatAgreement) == 1)
            // What the first attempt saw counts on.
            let again = try await train(try configuration(folder, placement + rule), resumes: true, judge: judge)
            #expect(again?.status == .stopped && again?.step == end.step + 1)
            // The rule may be changed for a continuation.
            let tolerant = try configuration(folder, placement + rule + ["judge.audit.stop_above=1"])
            try ResumeCheck(folder: folder.path).check(tolerant)
            #expect(try await train(tolerant, resumes: true, judge: judge)?.status == .finished)
        }
    }

    @Test("the rules judge passes its audit, which changes no digest, and whose figures don't depend on the placement")
    func honest() async throws {
        let judge = OracleJudge(DigitsRulesJudge())
        func run(_ settings: [String]) async throws -> (digests: [Digests], audit: [[Double?]]) {
            try await withFolder { folder in
                let end = try await train(try configuration(folder, ["training.steps=2"] + settings), judge: judge)
                #expect(end?.status == .finished)
                let names: [MetricName] = [
                    .auditFalsePositive, .auditFalsePositive.appending("items"), .auditFalseNegative,
                    .auditFalseNegative.appending("items"), .auditRepeatAgreement, .auditRepeatAgreement.appending("items"),
                    .auditUnknown, .judgeCoverage,
                ]
                return (try digests(folder), try metrics(folder).map { record in names.map { record.number($0) } })
            }
        }
        let without = try await run(placement + ["judge.audit.share=0"])
        let with = try await run(placement + ["judge.audit.share=0.2", "judge.audit.stop_above=0.01", "judge.audit.minimum_items=1"])
        let alone = try await run(
            ["placement.learner=1", "placement.rollout=1", "placement.judge=1", "training.staleness=0", "judge.audit.share=0.2"])
        #expect(with.digests == without.digests && alone.digests == without.digests)
        #expect(without.audit == Array(repeating: [nil, 0, nil, 0, nil, 0, 0, 1], count: 2))
        // A fifth of 5 problems, 4 members and 4 annotations.
        #expect(with.audit == Array(repeating: [0, 8, 0, 4, 1, 4, 0, 1], count: 2))
        #expect(alone.audit == with.audit)
    }

    @Test("a judge that can't say leaves the audit's items without a verdict, and the run goes on")
    func unknown() async throws {
        try await withFolder { folder in
            let judge = ScriptedJudge { annotation, response in
                // The policy begins at the top left; a planted response may begin elsewhere.
                !annotation.contains("top-left") && response.hasPrefix("<think>\n\(annotation)")
                    ? .unknown : OracleJudge.verdict(annotation, response)
            }
            let end = try await train(
                try configuration(folder, placement + ["training.steps=2", "judge.audit.share=0.2", "judge.audit.stop_above=0.2"]),
                judge: judge)
            #expect(end?.status == .finished)
            #expect(try metrics(folder).reduce(0) { $0 + ($1.number(.auditUnknown) ?? 0) } > 0)
        }
    }
}
