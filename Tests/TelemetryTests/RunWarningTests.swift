import Foundation
import Telemetry
import Testing

/// How warnings begin, last and end, and how the report shows them.
@Suite("run warnings")
struct RunWarningTests {
    @Test("a warning is said when it begins, again when it becomes graver, and when it ends, with the step at which it began")
    func changes() throws {
        var warnings = RunWarnings()
        #expect(warnings.set(.noForm, nil, step: 1) == nil)
        let first = RunWarning(name: .noForm, since: 2, text: "a")
        #expect(warnings.set(.noForm, "a", step: 2) == .said(first) && warnings.all == [first])
        #expect(warnings.set(.noForm, "b", step: 3) == nil)
        let second = RunWarning(name: .noForm, since: 2, text: "c")
        #expect(warnings.set(.noForm, "c", step: 4, gravity: 1) == .said(second))
        #expect(warnings.set(.noForm, "d", step: 5) == nil)
        #expect(warnings.set(.noForm, nil, step: 6) == .ended(RunWarning(name: .noForm, since: 2, text: "d")) && warnings.all.isEmpty)
        #expect(RunWarning.Name.allCases.allSatisfy { !$0.remedy.isEmpty && MetricName(parsing: "warning/\($0.rawValue)") != nil })
    }

    @Test("the report shows them on top: those that last with what is wrong, those that ended with their steps, all escaped")
    func report() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-warnings-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let log = try JSONLinesLog(path: folder + "/metrics.jsonl")
        for step in 1...9 {
            var record = MetricRecord(step: step)
            record.set(.rewardOverall, 1)
            if (3...5).contains(step) { record.set(RunWarning.metric(.allCut), 3) }
            if step >= 7 { record.set(RunWarning.metric(.judgeLeft), 7) }
            try log.append(record)
        }
        let lasting = RunWarning(name: .judgeLeft, since: 7, text: "<script>alert(1)</script>")
        try RunEnd(status: .finished, step: 9, warnings: [lasting]).write(toFolder: folder)
        let html = try RunReport.html(runFolder: folder)
        let box = try #require(html.range(of: "class=\"card warnings\""))
        let charts = try #require(html.range(of: "<figure"))
        #expect(box.lowerBound < charts.lowerBound)
        #expect(html.contains("<code>judge_left</code> <small>since step 7</small>") && html.contains("&lt;script&gt;alert(1)"))
        #expect(html.contains("<code>all_cut</code> <small>steps 3 to 5</small>") && !html.contains("<script>alert"))
        #expect(try RunEnd.load(fromFolder: folder)?.warnings == [lasting])
    }
}
