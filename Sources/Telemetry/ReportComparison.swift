import Files
import Foundation
import JSON

/// The table before -> after of `comparison.json`.
struct ReportComparison {
    private struct Row {
        let name: String
        let before: Double
        let after: Double
        let interval: (low: Double, high: Double)?
        let discordant: (lost: Double, gained: Double)?
        let p: Double?
    }

    private let rows: [Row]
    private let problems: Double?

    /// - Throws: ``TelemetryError``.
    init(path: String) throws(TelemetryError) {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: InputFile.text(path))
        } catch {
            throw .file(path: path, operation: "read", reason: FileFailure.words(of: error))
        }
        func pair(_ value: JSONValue?) -> (Double, Double)? {
            guard let list = value?.elements, list.count == 2, let a = list[0].number, let b = list[1].number else { return nil }
            return (a, b)
        }
        let measures = [
            ("accuracy", "Accuracy"), ("perception", "Perception, all annotations"), ("perception_share", "Perception, share"),
            ("reward_judge_share", "By the reward's judge, share"),
        ]
        rows = measures.compactMap { key, name in
            guard let entry = json[key], let before = entry["before"]?.number, let after = entry["after"]?.number else { return nil }
            return Row(
                name: name, before: before, after: after, interval: pair(entry["interval"]), discordant: pair(entry["discordant"]),
                p: entry["p"]?.number)
        }
        guard !rows.isEmpty else { throw .file(path: path, operation: "read", reason: "it holds neither accuracy nor perception") }
        problems = json["counts"]?["problems"]?.number
    }

    func html() -> String {
        let reach = rows.flatMap { [abs($0.after - $0.before), abs($0.interval?.low ?? 0), abs($0.interval?.high ?? 0)] }.max() ?? 0
        var out = "<section><h2>Before → after</h2><p class=\"lead\">"
        out += problems.map { "Greedy responses to \(ReportText.number($0)) held-out problems. " } ?? ""
        out += "p: McNemar’s exact test, two-sided; bars: 95 % bootstrap interval of the gain, in points.</p>"
        out += "<div class=\"card scroll\"><table class=\"comparison\"><thead><tr><th></th><th>before</th><th>after</th><th>gain</th>"
        out += "<th class=\"wide\"></th><th>lost</th><th>gained</th><th>p</th></tr></thead><tbody>"
        for row in rows { out += html(row, reach: max(reach, 1e-6) * 1.05) }
        return out + "</tbody></table></div></section>\n"
    }

    private func html(_ row: Row, reach: Double) -> String {
        let gain = row.after - row.before
        var out = "<tr><th scope=\"row\">\(row.name)</th><td>\(ReportText.percent(row.before))</td>"
        out += "<td class=\"strong\">\(ReportText.percent(row.after))</td><td class=\"\(gain < 0 ? "down" : "up")\">"
        out += "\(ReportText.signed(100 * gain, decimals: 1))</td><td class=\"wide\">"
        if let interval = row.interval {
            func place(_ value: Double) -> Double { 50 + 50 * min(1, max(-1, value / reach)) }
            let (low, high) = (place(interval.low), place(interval.high))
            let title =
                "\(ReportText.signed(100 * interval.low, decimals: 1)) to \(ReportText.signed(100 * interval.high, decimals: 1)) points"
            out += "<span class=\"interval\" title=\"\(title)\"><i style=\"left:\(ReportText.coordinate(low))%;width:"
            out +=
                "\(ReportText.coordinate(max(0.5, high - low)))%\"></i><b style=\"left:\(ReportText.coordinate(place(gain)))%\"></b></span>"
            out += "<small>\(title)</small>"
        }
        out += "</td>"
        out +=
            row.discordant.map { "<td>\(ReportText.number($0.lost))</td><td>\(ReportText.number($0.gained))</td>" } ?? "<td></td><td></td>"
        let p =
            row.p.map {
                $0 >= 0.001 ? String(format: "%.3f", $0) : String(format: "%.1e", $0).replacingOccurrences(of: "-", with: "\u{2212}")
            } ?? ""
        return out + "<td>\(p)</td></tr>"
    }
}
