/// What is wrong with a GGUF file, and what to do about it.
package struct GGUFError: Error, CustomStringConvertible, Hashable, Sendable {
    /// The closed set of causes.
    package enum Code: String, Hashable, Sendable {
        /// The file is missing or can't be opened.
        case unreadable
        /// The file ends before its header says it should.
        case truncated
        /// The header breaks a rule of the format.
        case invalidHeader
        /// A tensor's type, shape or place contradicts the format or another tensor.
        case invalidTensor
        /// A metadata value is missing, has another type, or contradicts another one.
        case invalidMetadata
        /// The file is sound, but asks for what Percept doesn't have.
        case unsupported
        /// A value is infinite or not a number.
        case nonFinite
    }

    package let code: Code
    /// The file concerned.
    package let path: String
    /// What was wrong and where, without the path.
    package let message: String

    package init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }
}
