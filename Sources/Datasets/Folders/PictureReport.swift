/// Problems of an image folder that are left out because a picture is missing or can't be used: all counted, and named with file and line.
package struct PictureReport: Hashable, Sendable, CustomStringConvertible {
    /// A problem that is left out.
    package struct Problem: Hashable, Sendable {
        /// Counted from 1.
        package let line: Int
        /// Nil where the line was left out when it was read.
        package let id: String?
        /// With the picture's full path.
        package let reason: String
    }

    /// The full path of the `metadata.jsonl`.
    package let file: String
    /// Problems before any was left out for a picture.
    package let problemCount: Int
    /// How many are left out.
    package private(set) var count: Int
    /// Those left out, in the order of the folder; of those that were left out when the lines were read, the first.
    package private(set) var problems: [Problem]

    /// Begins with the lines whose picture is not there.
    init(_ report: LoadReport, problemCount: Int) {
        file = report.file
        self.problemCount = problemCount
        count = report.pictureless.count
        problems = report.pictureless.lines.map { Problem(line: $0.line, id: nil, reason: $0.reason) }
    }

    mutating func add(_ problem: Problem) {
        count += 1
        problems.append(problem)
    }

    /// The share of the problems that is left out, 0 ... 1.
    package var share: Double { Double(count) / Double(problemCount) }

    /// The count, and the first twenty problems, one a line.
    package var description: String { text(separator: "\n  ", named: 20) }

    /// The count and the first problems, all on one line.
    package var summary: String { text(separator: "; ", named: 5) }

    private func text(separator: String, named: Int) -> String {
        var parts = ["\(count) of \(problemCount) problems are left out for a picture that can't be used"]
        parts += problems.prefix(named).map { "\(file), line \($0.line): \($0.reason)" }
        if count > named { parts.append("and \(count - min(named, problems.count)) more") }
        return parts.joined(separator: separator)
    }
}
