/// Problems of an image folder that are left out because a picture is missing or can't be used: named with file and line.
package struct PictureReport: Hashable, Sendable, CustomStringConvertible {
    /// A problem that is left out.
    package struct Problem: Hashable, Sendable {
        /// Counted from 1.
        package let line: Int
        package let id: String
        /// With the picture's full path.
        package let reason: String
    }

    /// The full path of the `metadata.jsonl`.
    package let file: String
    /// Problems before any was left out.
    package let problemCount: Int
    /// Those left out, in the order of the folder.
    package private(set) var problems: [Problem] = []

    init(file: String, problemCount: Int) {
        self.file = file
        self.problemCount = problemCount
    }

    mutating func add(_ problem: Problem) { problems.append(problem) }

    /// The share of the problems that is left out, 0 ... 1.
    package var share: Double { Double(problems.count) / Double(problemCount) }

    /// The count, and the first twenty problems, one a line.
    package var description: String { text(separator: "\n  ", named: 20) }

    /// The count and the first problems, all on one line.
    package var summary: String { text(separator: "; ", named: 5) }

    private func text(separator: String, named: Int) -> String {
        var parts = ["\(problems.count) of \(problemCount) problems are left out for a picture that can't be used"]
        parts += problems.prefix(named).map { "\(file), line \($0.line): \($0.reason)" }
        if problems.count > named { parts.append("and \(problems.count - named) more") }
        return parts.joined(separator: separator)
    }
}
