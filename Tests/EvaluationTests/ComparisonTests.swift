import Evaluation
import Foundation
import Testing
import Trajectories

@Suite("Evaluation results and their comparison")
struct ComparisonTests {
    private func outcome(_ index: Int, _ accurate: Bool, _ verdicts: [Verdict], units: [Int]? = nil) -> OutcomeRecord {
        OutcomeRecord(
            problem: ProblemID("p\(index)"), isAccurate: accurate, verdicts: verdicts, units: units ?? [index % 7, 7 + index % 5])
    }

    private func result(_ model: String, dataSet: String = "digits/test", judge: String = "rules", _ outcomes: [OutcomeRecord]) throws
        -> EvaluationResult
    {
        try EvaluationResult(model: model, dataSet: dataSet, judge: judge, outcomes: outcomes)
    }

    /// 20 problems: accuracy loses 1 and gains 5, perception loses 2 and gains 10.
    private func pair() throws -> (before: EvaluationResult, after: EvaluationResult) {
        let before = try result(
            "start", (0..<20).map { outcome($0, $0 < 10, $0 < 6 ? [.reflected, .reflected] : [.reflected, .missing]) })
        let after = try result(
            "end",
            (0..<20).map { outcome($0, $0 >= 1 && $0 < 15, $0 >= 2 && $0 < 16 ? [.reflected, .reflected] : [.missing, .reflected]) })
        return (before, after)
    }

    @Test("comparison.json has the promised keys and figures")
    func json() throws {
        let (before, after) = try pair()
        let json = try JSONSerialization.jsonObject(with: Comparison(before: before, after: after).json())
        let object = try #require(json as? [String: Any])
        let accuracy = try #require(object["accuracy"] as? [String: Any])
        #expect(Set(accuracy.keys) == ["before", "after", "discordant", "p", "interval"])
        #expect(accuracy["before"] as? Double == 0.5)
        #expect(accuracy["after"] as? Double == 0.7)
        #expect(accuracy["discordant"] as? [Int] == [1, 5])
        #expect(accuracy["p"] as? Double == 0.21875)
        let interval = try #require(accuracy["interval"] as? [Double])
        #expect(interval.count == 2 && interval[0] < 0.2 && interval[1] > 0.2)
        let perception = try #require(object["perception"] as? [String: Any])
        #expect(perception["discordant"] as? [Int] == [2, 10])
        #expect(perception["p"] as? Double == 0.03857421875)
        #expect((object["counts"] as? [String: Int])?["problems"] == 20)
        #expect((object["counts"] as? [String: Int])?["units"] == 12)
    }

    @Test("a model compared with itself: no discordant pair, p = 1, an interval of width 0")
    func same() throws {
        let (before, _) = try pair()
        let comparison = try Comparison(before: before, after: before)
        for figure in [comparison.accuracy, try #require(comparison.perception)] {
            #expect(figure.discordant == [0, 0])
            #expect(figure.p == 1)
            #expect(figure.interval == [0, 0])
        }
    }

    @Test("swapping before and after swaps lost and gained and mirrors the interval")
    func swapped() throws {
        let (before, after) = try pair()
        let one = try Comparison(before: before, after: after).accuracy
        let other = try Comparison(before: after, after: before).accuracy
        #expect(one.discordant == other.discordant.reversed())
        #expect(one.p == other.p)
        #expect(abs(one.interval[0] + other.interval[1]) < 1e-12)
    }

    @Test("outcomes are paired by problem, whatever their order")
    func order() throws {
        let (before, after) = try pair()
        let reversed = try result("end", after.outcomes.reversed())
        #expect(try Comparison(before: before, after: reversed) == Comparison(before: before, after: after))
    }

    @Test("an unknown verdict leaves perception open: the problem is left out, never counted as missing")
    func unknown() throws {
        #expect(outcome(0, true, [.reflected, .unknown]).perception == nil)
        #expect(outcome(0, true, []).perceptionShare == nil)
        let before = try result("a", [outcome(0, true, [.reflected]), outcome(1, true, [.missing])])
        let after = try result("b", [outcome(0, true, [.unknown]), outcome(1, true, [.reflected])])
        let comparison = try Comparison(before: before, after: after)
        #expect(comparison.counts.perceptionProblems == 1)
        #expect(comparison.perception?.before == 0)
        #expect(comparison.perception?.after == 1)
    }

    @Test("what one side lacks is named and counts in no figure")
    func lacking() throws {
        let (before, after) = try pair()
        let short = try result("end", Array(after.outcomes.dropLast(2)) + [outcome(77, true, [])])
        let comparison = try Comparison(before: before, after: short)
        #expect(comparison.onlyBefore == ["p18", "p19"] && comparison.onlyAfter == ["p77"] && comparison.counts.problems == 18)
        #expect(comparison.table.contains("2 problems only in before, in no figure: 'p18', 'p19'"))
        #expect(comparison.table.contains("1 problem only in after, in no figure: 'p77'"))
        let common = try Comparison(
            before: result("start", Array(before.outcomes.dropLast(2))), after: result("end", Array(after.outcomes.dropLast(2))))
        #expect(comparison.accuracy == common.accuracy && comparison.perceptionShare == common.perceptionShare)
        let whole = try Comparison(before: before, after: after)
        #expect(whole.onlyBefore == nil && whole.onlyAfter == nil && !whole.table.contains("only in"))
    }

    @Test("no common problem, different data sets, judges or units are refused, naming the difference")
    func refused() throws {
        let (before, after) = try pair()
        func reason(_ other: EvaluationResult) -> String {
            do throws(EvaluationError) {
                _ = try Comparison(before: before, after: other)
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        #expect(try reason(result("end", [outcome(77, true, [])])).contains("no problem is in both (before has 'p0', after has 'p77')"))
        #expect(try reason(result("end", dataSet: "digits/validation", after.outcomes)).contains("data sets differ"))
        #expect(try reason(result("end", judge: "qwen2", after.outcomes)).contains("different judges"))
        let moved = [outcome(0, true, [.reflected], units: [1])] + after.outcomes.dropFirst()
        #expect(try reason(result("end", moved)).contains("problem 'p0' shows units"))
    }

    @Test("a result written is the result read; damage is noticed")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("evaluation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("result.json").path
        let (before, _) = try pair()
        try before.write(to: path)
        #expect(try EvaluationResult.load(from: path) == before)

        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "\"accurate\" : 10", with: "\"accurate\" : 11").write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: EvaluationError.self) { try EvaluationResult.load(from: path) }
        try text.prefix(200).write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: EvaluationError.self) { try EvaluationResult.load(from: path) }
    }

    @Test("a problem twice, or none at all, is no result")
    func inconsistent() {
        #expect(throws: EvaluationError.inconsistent(reason: "problem 'p3' appears twice")) {
            try result("a", [outcome(3, true, []), outcome(3, true, [])])
        }
        #expect(throws: EvaluationError.self) { try result("a", []) }
    }

    @Test("the table shows before, after, gain and p in aligned columns")
    func table() throws {
        let (before, after) = try pair()
        let lines = try Comparison(before: before, after: after).table.split(separator: "\n").map(String.init)
        #expect(lines[0].hasSuffix("p"))
        let accuracy = try #require(lines.first { $0.hasPrefix("accuracy ") })
        #expect(accuracy.count == lines[0].count)
        for part in ["50.0 %", "70.0 %", "+20.0", "  1 ", "  5 ", "0.219"] { #expect(accuracy.contains(part), "\(part)") }
        #expect(lines.contains { $0.hasPrefix("perception (all)") && $0.contains("0.039") })
    }
}
