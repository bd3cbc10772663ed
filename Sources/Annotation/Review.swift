import Files
package import Foundation

/// What a person said of facts on a review sheet, as the sheet exports it.
///
/// ```
/// {"review": "percept-review-1", "marks": [{"fact": "9f2c…", "problem": "p1", "text": "AB is 5.", "mark": "reject"}]}
/// ```
package struct Review: Hashable, Codable, Sendable {
    /// Names the form.
    package static let form = "percept-review-1"
    /// The file's name in the output folder, where marks stay.
    package static let fileName = "review.json"
    /// The longest file that is read, in bytes.
    private static let byteLimit = 256 << 20

    package enum Mark: String, Hashable, Codable, Sendable { case accept, reject }

    /// One mark.
    package struct Entry: Hashable, Codable, Sendable {
        /// ``SupportedFact/id``.
        package let fact: String
        package let problem: String
        /// The fact's text when it was marked; a fact that is worded otherwise now is another one.
        package let text: String
        package let mark: Mark

        package init(fact: String, problem: String, text: String, mark: Mark) {
            self.fact = fact
            self.problem = problem
            self.text = text
            self.mark = mark
        }
    }

    private let review: String
    package private(set) var marks: [Entry]

    package init(marks: [Entry] = []) {
        review = Self.form
        self.marks = marks
    }

    /// Reads a file that a sheet exported.
    ///
    /// - Throws: ``AnnotationError`` naming the file.
    package init(path: String) throws {
        let data: Data
        do { data = try InputFile.read(path, limit: Self.byteLimit) } catch {
            throw AnnotationError(.unreadable, "\(path) can't be opened: \(error.reason); name the file that the review sheet exported")
        }
        do {
            self = try JSONDecoder().decode(Review.self, from: data)
        } catch {
            throw AnnotationError(
                .malformed, "\(path) is no review: a file that the review sheet exported is expected (\(Self.reason(error)))")
        }
        guard review == Self.form else {
            throw AnnotationError(.malformed, "\(path) is a review of the form \"\(review)\", but this program reads \"\(Self.form)\"")
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "the key \(key.stringValue) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            context.codingPath.isEmpty ? "not JSON" : "at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
        default: "\(error)"
        }
    }

    /// The marks of both, those of `later` where both have one.
    package func merged(with later: Review) -> Review {
        let replaced = Set(later.marks.map(\.fact))
        return Review(marks: marks.filter { !replaced.contains($0.fact) } + later.marks)
    }

    /// The file's text, keys sorted.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(self)
    }
}

/// A review as a table, for asking about many facts.
package struct ReviewMarks: Sendable {
    private let marks: [String: Review.Entry]

    package init(_ review: Review) {
        marks = Dictionary(review.marks.map { ($0.fact, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// How many facts are marked.
    package var count: Int { marks.count }

    /// The mark of a fact; nil if it has none, or was worded otherwise when it was marked.
    package subscript(fact: SupportedFact) -> Review.Mark? { marks[fact.id].flatMap { $0.text == fact.text ? $0.mark : nil } }
}
