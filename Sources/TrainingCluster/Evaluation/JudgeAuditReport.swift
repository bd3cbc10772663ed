package import Foundation
package import Judging
package import Trajectories

/// What a judge audit found, for people and for other programs.
package struct JudgeAuditReport: Codable, Hashable, Sendable {
    /// An item that the judge got wrong.
    package struct Mistake: Codable, Hashable, Sendable {
        package let family: String
        package let annotation: String
        package let response: String
        package let expected: Verdict
        package let found: Verdict

        init(_ item: AuditItem, found: Verdict) {
            family = item.family.description
            annotation = item.annotation
            response = item.response
            expected = item.expected
            self.found = found
        }
    }

    /// Where the responses came from: two model folders with the digests of their weights, or a run's `samples.jsonl`.
    package struct Origin: Codable, Hashable, Sendable {
        package let start: String?
        package let startDigest: String?
        package let end: String?
        package let endDigest: String?
        package let samples: String?

        init(_ origin: JudgeAudit.Origin) throws {
            switch origin {
            case .models(let start, let end):
                (self.start, self.end, samples) = (start, end, nil)
                startDigest = try ModelDigest.of(URL(filePath: start))
                endDigest = try ModelDigest.of(URL(filePath: end))
            case .samples(let path):
                (start, startDigest, end, endDigest) = (nil, nil, nil, nil)
                samples = path
            }
        }
    }

    /// Where the responses came from.
    package let origin: Origin
    /// The judge, its protocol and weights.
    package let judge: String
    package let seed: UInt64
    /// How many items were judged.
    package let items: Int
    package let statistics: AuditStatistics
    /// Items judged a second time by the same judge; right is: with the same verdict.
    package let repeats: AuditRate
    /// In the order of the items.
    package let mistakes: [Mistake]

    /// Whether sensitivity and specificity each reach `rate`.
    package func reaches(_ rate: Double) -> Bool {
        statistics.sensitivity.rate >= rate && statistics.specificity.rate >= rate
    }

    /// The figures as aligned columns: rates in per cent, behind each the lower end of the exact 95 % interval, and the items judged right.
    package var table: String {
        func cells(_ rate: AuditRate) -> [String] {
            rate.total == 0 ? ["–", "–", "–"] : [percent(rate.rate), percent(rate.exactLower), "\(rate.correct)/\(rate.total)"]
        }
        var rows = [["family", "sensitivity", "at least", "items", "specificity", "at least", "items"]]
        rows.append(["all"] + cells(statistics.sensitivity) + cells(statistics.specificity))
        for family in statistics.families {
            rows.append([family.name + (family.isHeldOut ? " (held out)" : "")] + cells(family.sensitivity) + cells(family.specificity))
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { column, cell in
                let fill = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + fill : fill + cell
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n") + "\n\(items) items, judge \(judge), \(statistics.unknown) without a verdict; "
            + "\(repeats.correct) of \(repeats.total) repeated items had the same verdict again\n"
    }

    private func percent(_ rate: Double) -> String { String(format: "%.1f %%", rate * 100) }

    /// The report as indented JSON with sorted keys: equal reports are equal bytes.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}
