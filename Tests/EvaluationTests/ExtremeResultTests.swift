import Evaluation
import Foundation
import TestSupport
import Testing
import Trajectories

/// Evaluation files with any number in any place.
@Suite("evaluations that say anything")
struct ExtremeResultTests {
    private static func result(_ isAfter: Bool) throws -> EvaluationResult {
        let outcomes = (0..<4).map { index in
            OutcomeRecord(
                problem: ProblemID("p\(index)"), isAccurate: index % 2 == 0 || isAfter,
                verdicts: [.reflected, index == 1 ? .missing : .reflected],
                rewardJudgeVerdicts: [.reflected, index == 2 ? .missing : .reflected], units: [index, index + 1])
        }
        return try EvaluationResult(
            model: isAfter ? "b" : "a", dataSet: "d", judge: "j", rewardJudge: "r", outcomes: outcomes,
            leftOut: LeftOut(malformedLines: 1, duplicateLines: 2, unreadableImages: 3, problems: [.init(id: "x", reason: "r")]))
    }

    @Test("a file is refused or compared, whatever number it holds")
    func compare() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-evaluations-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sound = String(decoding: try Self.result(true).json(), as: UTF8.self)
        let before = try Self.result(false)
        let bootstrap = UnitBootstrap(replicateCount: 20)
        var (compared, refused) = (0, 0)
        let file = folder + "/after.json"
        for (place, text) in ExtremeNumbers.texts(of: sound) {
            try Data(text.utf8).write(to: URL(filePath: file))
            do throws(EvaluationError) {
                let after = try EvaluationResult.load(from: file)
                let comparison = try Comparison(before: before, after: after, bootstrap: bootstrap)
                #expect(comparison.table.utf8.count < 10_000 && !comparison.table.contains("nan"), "\(place)")
                compared += 1
            } catch {
                refused += 1
            }
        }
        #expect(compared > 0 && refused > 0)
    }

    @Test(
        "a share outside 0 ... 1 is refused by the problem's name, whichever judge's it is",
        arguments: ["perception_share", "reward_judge_share"])
    func shares(_ key: String) throws {
        let sound = String(decoding: try Self.result(true).json(), as: UTF8.self)
        let text = sound.replacing("\"\(key)\" : 1", with: "\"\(key)\" : 1e300")
        #expect(text != sound)
        let file = FileManager.default.temporaryDirectory.appending(path: "percept-share-\(UUID()).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let error = #expect(throws: EvaluationError.self) { try EvaluationResult.load(from: file.path) }
        #expect(error?.description.contains("\(key) 1e+300, outside 0...1") == true, "\(error?.description ?? "")")
    }
}
