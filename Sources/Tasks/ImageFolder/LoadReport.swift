/// What became of the lines of a `metadata.jsonl`.
package struct LoadReport: Hashable, Codable, Sendable, CustomStringConvertible {
    /// A line that was left out.
    package struct Line: Hashable, Codable, Sendable {
        /// Counted from 1.
        package let line: Int
        package let reason: String
    }

    /// Lines that were left out for one kind of reason: all counted, the first of them kept.
    package struct Losses: Hashable, Codable, Sendable {
        /// The most lines that are kept with their reasons.
        static let keptCount = 100

        package private(set) var count = 0
        /// In their order.
        package private(set) var lines: [Line] = []

        mutating func add(_ line: Int, _ reason: String) {
            count += 1
            if lines.count < Self.keptCount { lines.append(Line(line: line, reason: reason)) }
        }

        package var isEmpty: Bool { count == 0 }
    }

    /// The full path of the `metadata.jsonl`.
    package let file: String
    /// Problems that can be used, as far as their lines say; pictures are looked at later.
    package internal(set) var accepted = 0
    /// Lines that are no problem.
    package internal(set) var malformed = Losses()
    /// Lines that repeat an earlier one.
    package internal(set) var duplicates = Losses()
    /// Annotations that repeat an earlier one of their problem: they count once.
    package internal(set) var repeatedAnnotations = 0

    init(file: String) { self.file = file }

    /// Whether any line was left out.
    package var hasLosses: Bool { kinds.contains { !$0.losses.isEmpty } }

    private var kinds: [(name: String, losses: Losses)] {
        [("malformed", malformed), ("duplicate", duplicates)]
    }

    private static let shownCount = 20

    /// The counts, and the first twenty lines of each kind, one a line.
    package var description: String {
        var lines = [counts]
        for (kind, losses) in kinds {
            lines += losses.lines.prefix(Self.shownCount).map { "  line \($0.line): \(kind): \($0.reason)" }
            if losses.count > Self.shownCount { lines.append("  and \(losses.count - Self.shownCount) more \(kind) lines") }
        }
        return lines.joined(separator: "\n")
    }

    /// The counts and the first lines that were left out, all on one line.
    package var summary: String {
        var parts = [counts]
        let named = 5
        for (kind, losses) in kinds where !losses.isEmpty {
            parts += losses.lines.prefix(named).map { "line \($0.line): \(kind): \($0.reason)" }
            if losses.count > named { parts.append("and \(losses.count - named) more \(kind) lines") }
        }
        return parts.joined(separator: "; ")
    }

    private var counts: String {
        var text = "\(file): \(accepted) problems; left out: \(malformed.count) malformed and \(duplicates.count) duplicate lines"
        if repeatedAnnotations > 0 { text += "; \(repeatedAnnotations) repeated annotations count once" }
        return text
    }
}
