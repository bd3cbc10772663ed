/// What became of the lines of a `metadata.jsonl`.
package struct LoadReport: Hashable, Codable, Sendable, CustomStringConvertible {
    /// A line that was left out.
    package struct Line: Hashable, Codable, Sendable {
        /// Counted from 1.
        package let line: Int
        package let reason: String
    }

    /// Problems that can be used.
    package internal(set) var accepted = 0
    /// Lines that are no problem, in their order.
    package internal(set) var malformed: [Line] = []
    /// Lines that repeat an earlier one, in their order.
    package internal(set) var duplicates: [Line] = []

    /// Whether any line was left out.
    package var hasLosses: Bool { !malformed.isEmpty || !duplicates.isEmpty }

    /// The counts and the first lines of each kind, on one line.
    package var line: String {
        description.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }.joined(separator: "; ")
    }

    /// The counts, and the first twenty lines of each kind.
    package var description: String {
        var lines = ["\(accepted) problems, \(malformed.count) malformed lines, \(duplicates.count) duplicate lines left out"]
        for (kind, list) in [("malformed", malformed), ("duplicate", duplicates)] {
            lines += list.prefix(20).map { "  line \($0.line): \(kind): \($0.reason)" }
            if list.count > 20 { lines.append("  and \(list.count - 20) more \(kind) lines") }
        }
        return lines.joined(separator: "\n")
    }
}
