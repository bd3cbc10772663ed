import Foundation
import JSON

/// The samples that a report shows: some groups from steps spread over the run, siblings side by side.
struct ReportSamples {
    private static let steps = 6
    private static let groupsPerStep = 2
    private static let siblings = 4

    /// Groups in the order of the file.
    let groups: [[SampleRecord]]

    /// Reads a file in two passes: where each step lies, then the chosen ones.
    ///
    /// - Throws: ``TelemetryError``, naming the line.
    init(path: String) throws {
        var starts: [(step: Int, offset: Int)] = []
        try JSONLinesLog.forEachLine(in: path) { line in
            let step: Int
            do {
                guard let found = try JSONValue(parsing: line.text)["step"]?.number.flatMap({ Int(exactly: $0) }) else {
                    throw TelemetryError.record(reason: "it has no \"step\"")
                }
                step = found
            } catch {
                throw TelemetryError.line(path: path, number: line.number, reason: "\(error)")
            }
            if starts.last?.step != step { starts.append((step, line.byteOffset)) }
        }
        let count = min(Self.steps, starts.count)
        let chosen = (0..<count).map { i in count == 1 ? starts[0] : starts[i * (starts.count - 1) / (count - 1)] }
        groups = try chosen.flatMap { try Self.groups(in: path, at: $0.offset, step: $0.step) }
    }

    private struct StepDone: Error {}

    private static func groups(in path: String, at offset: Int, step: Int) throws -> [[SampleRecord]] {
        var groups: [[SampleRecord]] = []
        do {
            try JSONLinesLog.forEachLine(in: path, fromOffset: offset) { line in
                let sample: SampleRecord
                do {
                    sample = try SampleRecord(line: line.text)
                } catch {
                    throw TelemetryError.file(path: path, operation: "read", reason: "at byte \(line.byteOffset): \(error)")
                }
                guard sample.step == step else { throw StepDone() }
                if let index = groups.firstIndex(where: { $0[0].group == sample.group }) {
                    groups[index].append(sample)
                } else if groups.count < groupsPerStep {
                    groups.append([sample])
                } else {
                    throw StepDone()
                }
            }
        } catch is StepDone {}
        return groups
    }

    // MARK: - HTML

    /// The section; empty without samples.
    func html(image: (SampleRecord) throws -> [UInt8]?) rethrows -> String {
        guard !groups.isEmpty else { return "" }
        var out = "<section><h2>Samples</h2><p class=\"lead\">What the policy saw and said, and what the judge found of it. "
        out += "<span class=\"verdict reflected\">reflected</span> <span class=\"verdict missing\">missing</span> "
        out += "<span class=\"verdict unknown\">unknown</span></p>\n"
        for group in groups { out += try Self.group(group, image: image) }
        return out + "</section>\n"
    }

    private static func group(_ group: [SampleRecord], image: (SampleRecord) throws -> [UInt8]?) rethrows -> String {
        let first = group[0]
        let shown = spread(group)
        var out = "<article class=\"card sample\"><header>"
        if let bytes = try image(first), bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            out +=
                "<img alt=\"image of problem \(ReportText.escape(first.problemID))\" src=\"data:image/png;base64,\(Data(bytes).base64EncodedString())\">"
        }
        out += "<div><p class=\"eyebrow\">step \(first.step) · group \(first.group) · \(ReportText.escape(first.problemID))</p>"
        out += "<p class=\"question\">\(ReportText.escape(first.question))</p>"
        if shown.count < group.count {
            out += "<p class=\"note\">\(shown.count) of \(group.count) siblings: the most and least rewarded</p>"
        }
        out += "</div></header><div class=\"scroll\"><table><thead><tr><th>response</th><th>annotations</th><th>reward</th>"
        out += "<th>advantage</th></tr></thead><tbody>"
        for sample in shown { out += row(sample) }
        return out + "</tbody></table></div></article>\n"
    }

    /// The siblings with the largest and the least advantage, in their own order.
    private static func spread(_ group: [SampleRecord]) -> [SampleRecord] {
        guard group.count > siblings else { return group }
        let ranked = group.sorted { ($0.advantage, $1.member) > ($1.advantage, $0.member) }
        return (ranked.prefix(siblings / 2) + ranked.suffix(siblings - siblings / 2)).sorted { $0.member < $1.member }
    }

    private static func row(_ sample: SampleRecord) -> String {
        var out = "<tr><td class=\"response\"><pre>\(response(sample.response))</pre>"
        if sample.finishReason != "stop" { out += "<span class=\"cut\">ended by \(ReportText.escape(sample.finishReason))</span>" }
        out += "</td><td><ul class=\"annotations\">"
        for (i, annotation) in sample.annotations.enumerated() {
            // Nobody was asked where training does not reward sight.
            guard i < sample.verdicts.count else {
                out += "<li>\(ReportText.escape(annotation))</li>"
                continue
            }
            let verdict = sample.verdicts[i]
            out +=
                "<li class=\"verdict \(verdict.rawValue)\">\(ReportText.escape(annotation))<span class=\"sr\"> (\(verdict.rawValue))</span></li>"
        }
        out += "</ul></td><td><dl class=\"parts\">"
        out += "<div class=\"total\"><dt>total</dt><dd>\(ReportText.number(Double(sample.reward.overall)))</dd></div>"
        for (name, value) in sample.reward.parts.sorted(by: { $0.key < $1.key }) {
            out += "<div><dt>\(ReportText.escape(name))</dt><dd>\(ReportText.number(Double(value)))</dd></div>"
        }
        let sign = sample.advantage > 0 ? "up" : sample.advantage < 0 ? "down" : "even"
        return out + "</dl></td><td class=\"advantage \(sign)\">\(ReportText.signed(Double(sample.advantage), decimals: 2))</td></tr>"
    }

    /// Escaped text whose format tags stand back.
    private static func response(_ text: String) -> String {
        var out = ReportText.escape(text)
        for tag in ["think", "/think", "answer", "/answer"] {
            let escaped = "&lt;\(tag)&gt;"
            out = out.replacingOccurrences(of: escaped, with: "<span class=\"tag\">\(escaped)</span>")
        }
        return out
    }
}
