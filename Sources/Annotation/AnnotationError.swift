/// Why an annotation can't go on. The description is for people: what was wrong, where, what to do.
package struct AnnotationError: Error, CustomStringConvertible, Equatable, Sendable {
    /// The closed set of reasons.
    package enum Code: String, Sendable {
        /// A file is missing, unreadable or too large.
        case unreadable
        /// A file's content is not what its form asks for.
        case malformed
        /// A file can't be written, or stands in the way.
        case unwritable
        /// The back end fails, and would fail again.
        case backEnd
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
