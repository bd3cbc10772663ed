import Foundation
import JSON
import Telemetry
import Testing

@Suite("The run report")
struct RunReportTests {
    private static let attack = "</pre></script><script>alert(1)</script><img src=x onerror=\"alert(2)\"> & 'q' \u{202E}\u{1}"

    private func withRun(steps: Int = 60, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)/a<b>")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let metrics = try JSONLinesLog(path: folder.path + "/metrics.jsonl")
        for step in 1...steps {
            var record = MetricRecord(step: step)
            record.set(.rewardOverall, 1 + 0.01 * Double(step))
            for name: MetricName in [
                .reward("accuracy"), .reward("format"), .reward("visual"), .entropy, .judgeCoverage, .judgeOverlapShare,
            ] {
                record.set(name, 0.5 + 0.001 * Double(step))
            }
            record.set(.responseLength, of: [10, 20, Double(30 + step)])
            record.set(.timeGeneration, 1.5)
            record.set(.timeUpdate, 1)
            record.set(.timeStep, 3)
            record.set(.zeroVarianceGroups, step % 4)
            record.set(.judgeAudit.appending("</script>"), 0.98)
            record.set(.gradientNorm, step == 7 ? .nan : 1)
            if step % 10 == 0 { record.set(.validationAccuracy, 0.8) }
            record.set(.digestBatch, "0123abcd")
            try metrics.append(record)
        }
        try body(folder.path)
    }

    private func addSamples(_ folder: String, steps: Int = 20, members: Int = 6) throws {
        let log = try JSONLinesLog(path: folder + "/samples.jsonl")
        for step in 1...steps {
            for group in 0..<3 {
                for member in 0..<members {
                    try log.append(
                        SampleRecord(
                            step: step, group: group, member: member, problemID: "p\(group)", problemIndex: group,
                            question: "Which? " + Self.attack, response: "<think>\nm\(member) s\(step) g\(group)\n</think>" + Self.attack,
                            finishReason: member == 0 ? "length" : "stop", annotations: ["A " + Self.attack, "B", "C"],
                            verdicts: [.reflected, .missing, .unknown],
                            reward: .init(overall: 0.25, parts: ["accuracy": 1, "format": 1, "repetition": 0]),
                            advantage: Float(member) - 2.5, policyVersion: step - 1))
                }
            }
        }
    }

    private func count(_ needle: String, in text: String) -> Int { text.components(separatedBy: needle).count - 1 }

    @Test("every required chart is drawn, with its read-out data")
    func charts() throws {
        try withRun { folder in
            let html = try RunReport.html(runFolder: folder)
            for title in [
                "Reward, total", "Accuracy", "Visual", "Format", "Groups without variance", "Validation", "Response length",
                "Entropy", "Step time", "Coverage", "Judging beside sampling", "Audit",
            ] { #expect(html.contains(">\(title)</h"), "\(title)") }
            #expect(count("<figure", in: html) == count("</figure>", in: html))
            #expect(count("<figure", in: html) == count("type=\"application/json\"", in: html))
            // The stack has what the parts leave of the step.
            #expect(html.contains(">other</li>"))
            for piece in html.components(separatedBy: "<script type=\"application/json\">").dropFirst() {
                let data = try JSONValue(parsing: String(piece.prefix(upTo: try #require(piece.range(of: "</script>")).lowerBound)))
                let steps = try #require(data["steps"]?.elements)
                #expect(data["x"]?.elements?.count == steps.count)
                for series in try #require(data["series"]?.elements) { #expect(series["text"]?.elements?.count == steps.count) }
            }
        }
    }

    @Test("nothing is loaded from elsewhere, and no untrusted text becomes markup")
    func selfContained() throws {
        try withRun { folder in
            try addSamples(folder)
            let html = try RunReport.html(runFolder: folder) { _ in [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3] }
            #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("url("))
            #expect(
                !html.contains("<script>alert") && !html.contains("<img src=x") && !html.contains("onerror=\"") && !html.contains("a<b>"))
            #expect(!html.contains("\u{202E}") && !html.contains("\u{1}"))
            #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
            #expect(count("<script>", in: html) == 1)
            #expect(html.contains("src=\"data:image/png;base64,iVBORw0KGgoBAgM=\""))
            #expect(html.contains("<title>a&lt;b&gt;"))
        }
    }

    @Test("samples show verdicts, parts and advantage, from steps spread over the run, the extreme siblings of a large group")
    func samples() throws {
        try withRun { folder in
            try addSamples(folder)
            let html = try RunReport.html(runFolder: folder)
            #expect(count("<article", in: html) == 12)
            #expect(html.contains("step 1 · group 0") && html.contains("step 20 · group 1") && !html.contains("group 2"))
            #expect(count("<td class=\"response\">", in: html) == 48)
            #expect(html.contains("m0 s1 g0") && html.contains("m1 s1 g0") && html.contains("m5 s1 g0") && !html.contains("m2 s1 g0"))
            for verdict in ["reflected", "missing", "unknown"] { #expect(count("<li class=\"verdict \(verdict)\">", in: html) == 48) }
            #expect(html.contains("+2.50") && html.contains("\u{2212}2.50") && html.contains("ended by length"))
        }
    }

    @Test("an image that is no PNG is left out")
    func notPNG() throws {
        try withRun { folder in
            try addSamples(folder, steps: 1)
            #expect(try !RunReport.html(runFolder: folder) { _ in Array("<svg onload=alert(1)>".utf8) }.contains("data:image"))
        }
    }

    @Test("the comparison shows before, after, gain, discordant pairs and p")
    func comparison() throws {
        try withRun { folder in
            let json =
                #"{"accuracy":{"before":0.784,"after":0.826,"discordant":[54,138],"p":1.3e-9,"interval":[0.02,0.06]},"perception":{"before":0.562,"after":0.5,"discordant":[9,2],"p":0.065,"interval":[-0.1,0.01]},"counts":{"problems":2000}}"#
            try json.write(toFile: folder + "/comparison.json", atomically: true, encoding: .utf8)
            let html = try RunReport.html(runFolder: folder)
            for part in [
                "78.4\u{202F}%", "82.6\u{202F}%", "+4.2", "<td>54</td><td>138</td>", "1.3e\u{2212}09", "\u{2212}6.2", "0.065",
                "2\u{202F}000",
            ] {
                #expect(html.contains(part), "\(part)")
            }
            try "{}".write(toFile: folder + "/comparison.json", atomically: true, encoding: .utf8)
            #expect(throws: TelemetryError.self) { try RunReport.html(runFolder: folder) }
        }
    }

    @Test("a run of one step reports; a run without steps says so; a damaged line is named")
    func edges() throws {
        try withRun(steps: 1) { folder in
            #expect(try RunReport.html(runFolder: folder).contains("1 step<"))
            try "{\"group\":1}\n".write(toFile: folder + "/samples.jsonl", atomically: true, encoding: .utf8)
            let error = #expect(throws: TelemetryError.self) { try RunReport.html(runFolder: folder) }
            #expect(try #require(error).description.contains("samples.jsonl, line 1"))
            try "".write(toFile: folder + "/metrics.jsonl", atomically: true, encoding: .utf8)
            #expect(throws: TelemetryError.self) { try RunReport.html(runFolder: folder) }
        }
    }

    @Test(
        "values at the ends of Double's range are charted, not fatal", arguments: [1e308, .leastNonzeroMagnitude, 1e-300, -1e308, 3e38, 0])
    func extremes(value: Double) throws {
        try withRun(steps: 2) { folder in
            let log = try JSONLinesLog(path: folder + "/metrics.jsonl")
            for (step, number) in [(3, value), (4, -value), (5, value)] {
                var record = MetricRecord(step: step)
                record.set(.gradientNorm, number)
                record.set(.timeGeneration, number)
                record.set(.policyLoss, value)
                try log.append(record)
            }
            #expect(try RunReport.html(runFolder: folder).contains(">Policy loss</h3>"))
        }
    }

    @Test("the page's one script is the one that its security policy allows")
    func policy() throws {
        try withRun(steps: 2) { folder in
            let html = try RunReport.html(runFolder: folder)
            let script = try #require(html.components(separatedBy: "<script>").last?.components(separatedBy: "</script>").first)
            let path = folder + "/script.js"
            try script.write(toFile: path, atomically: true, encoding: .utf8)
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
            process.arguments = [path]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let digits = Array(text.drop { $0 == "\\" }.prefix(64))
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
            #expect(bytes.count == 32)
            #expect(html.contains("script-src 'sha256-\(Data(bytes).base64EncodedString())'"))
        }
    }
}
