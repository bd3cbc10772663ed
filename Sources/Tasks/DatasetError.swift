/// Why a data set can't be made, read or written. The description is for people: what was wrong, where, what to do.
package struct DatasetError: Error, CustomStringConvertible, Equatable, Sendable {
    /// The closed set of reasons.
    package enum Code: String, Sendable {
        /// A parameter is outside its range.
        case invalidParameter
        /// A file or folder is missing, unreadable or too large.
        case unreadable
        /// A file's content is not what its format asks for.
        case malformed
        /// An image file can't be read, decoded or processed.
        case picture
        /// There is no usable problem.
        case empty
        /// A path leads out of the data set's folder.
        case pathEscape
        /// A file can't be written, or stands in the way.
        case unwritable
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
