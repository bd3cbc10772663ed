/// What an evaluation did not ask, because the data set's own files don't allow it: all counted, the first named.
package struct LeftOut: Hashable, Codable, Sendable {
    /// A problem without a usable picture.
    package struct Problem: Hashable, Codable, Sendable {
        /// Nil where its line was never a problem.
        package let id: String?
        /// With file and line.
        package let reason: String

        package init(id: String?, reason: String) {
            self.id = id
            self.reason = reason
        }
    }

    /// The most problems that are named.
    private static let namedCount = 100

    /// Lines that are no problem.
    package let malformedLines: Int
    /// Lines that repeat an earlier one.
    package let duplicateLines: Int
    /// Problems with a picture that can't be used.
    package let unreadableImages: Int
    /// The first hundred of these.
    package let problems: [Problem]

    private enum CodingKeys: String, CodingKey {
        case malformedLines = "malformed_lines"
        case duplicateLines = "duplicate_lines"
        case unreadableImages = "unreadable_images"
        case problems
    }

    package init(malformedLines: Int, duplicateLines: Int, unreadableImages: Int, problems: [Problem]) {
        self.malformedLines = malformedLines
        self.duplicateLines = duplicateLines
        self.unreadableImages = unreadableImages
        self.problems = Array(problems.prefix(Self.namedCount))
    }
}
