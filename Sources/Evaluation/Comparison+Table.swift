import Foundation

extension Comparison {
    /// The table before -> after for a terminal: a header, a line a measure, a line of counts. Figures in per cent, gains in points.
    package var table: String {
        var rows = [["", "before", "after", "gain", "95 % interval", "lost", "gained", "p"]]
        rows.append(Self.row("accuracy", accuracy))
        if let perception { rows.append(Self.row("perception (all)", perception)) }
        if let perceptionShare { rows.append(Self.row("perception (share)", perceptionShare)) }
        if let rewardJudgeShare { rows.append(Self.row("by the reward's judge", rewardJudgeShare)) }

        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            let cells = row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + padding : padding + text
            }
            return cells.joined(separator: "  ")
        }
        lines.insert(String(repeating: "-", count: lines[0].count), at: 1)
        var foot = "\(counts.problems) problems of \(dataSet)"
        if counts.units > 0 { foot += ", \(counts.units) units resampled \(counts.replicates) times" }
        foot += "; p: McNemar, exact, two-sided"
        lines.append(foot)
        lines += [("before", onlyBefore), ("after", onlyAfter)].compactMap { Self.lacking($0, $1) }
        lines.append("accuracy lower than before: one-sided p = \(Self.pValue(pLower.accuracy))")
        return lines.joined(separator: "\n") + "\n"
    }

    /// The most ids in a line.
    private static let namedCount = 20

    private static func lacking(_ side: String, _ ids: [String]?) -> String? {
        guard let ids, !ids.isEmpty else { return nil }
        let more = ids.count > namedCount ? " and \(ids.count - namedCount) more" : ""
        return "\(ids.count) problem\(ids.count == 1 ? "" : "s") only in \(side), in no figure: "
            + ids.prefix(namedCount).map { "'\($0)'" }.joined(separator: ", ") + more
    }

    private static func row(_ name: String, _ figure: Figure) -> [String] {
        [
            name, percent(figure.before), percent(figure.after), points(figure.gain), range(figure.interval), "\(figure.lost)",
            "\(figure.gained)", pValue(figure.p),
        ]
    }

    private static func row(_ name: String, _ share: Share) -> [String] {
        [name, percent(share.before), percent(share.after), points(share.after - share.before), range(share.interval), "", "", ""]
    }

    private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

    private static func points(_ gain: Double) -> String {
        let text = String(format: "%+.1f", 100 * gain)
        return text == "-0.0" ? "+0.0" : text
    }

    private static func range(_ bounds: [Double]) -> String {
        bounds.count == 2 ? "[\(points(bounds[0])), \(points(bounds[1]))]" : ""
    }

    private static func pValue(_ p: Double) -> String { p >= 0.001 ? String(format: "%.3f", p) : String(format: "%.1e", p) }
}
