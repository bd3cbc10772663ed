import Foundation
import Testing

@Suite("percept bench judge")
struct BenchJudgeTests {
    private struct Report: Decodable {
        struct Rate: Decodable {
            let verdictsPerS: Double
            let rowsPerVerdict: Double
        }

        let judge: String
        let parameters: Int
        let annotationsPerPass: Double
        let headTokens: Int
        let headCached: Rate
        let headComputedAgain: Rate
    }

    @Test("verdicts a second are printed, and a kept head saves its rows for every response")
    func report() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let outcome = try PerceptProgram.run(
            ["bench", "judge", "--responses", "3", "--annotations", "5", "--repetitions", "1", "--json"], in: root)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let report = try outcome.json(Report.self)
        #expect(report.judge.hasPrefix("model:") && report.parameters == 920_192)
        #expect(report.annotationsPerPass == 15 && report.headCached.verdictsPerS > 0)
        let saved = report.headComputedAgain.rowsPerVerdict - report.headCached.rowsPerVerdict
        #expect(abs(saved * 5 - Double(report.headTokens)) < 1e-6)
    }

    @Test("a model that is not there, and counts that make no sense, are refused")
    func faults() throws {
        #expect(try PerceptProgram.run(["bench", "judge", "--model", "nowhere"]).code == 2)
        #expect(try PerceptProgram.run(["bench", "judge", "--annotations", "21"]).code != 0)
    }
}
