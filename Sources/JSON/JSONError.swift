/// Where a JSON text breaks the rules, and how.
package struct JSONError: Error, Hashable, CustomStringConvertible, Sendable {
    /// What the text is called: a file's name.
    package let name: String
    /// Counted from 1.
    package let line: Int
    /// Characters of the line before it, and 1.
    package let column: Int
    /// Bytes from the start of the text.
    package let offset: Int
    package let reason: String

    package var description: String { "\(name), line \(line): \(reason)" }
}
