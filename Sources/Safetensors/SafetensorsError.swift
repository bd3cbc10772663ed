/// What is wrong with a safetensors file, and what to do about it.
package struct SafetensorsError: Error, CustomStringConvertible, Hashable, Sendable {
    /// The closed set of causes.
    package enum Code: String, Hashable, Sendable {
        /// The file or folder is missing or can't be opened.
        case unreadable
        /// The file ends before its header says it should.
        case truncated
        /// The header isn't the JSON that the format demands.
        case invalidHeader
        /// A tensor's type, shape or byte range contradicts the format or another tensor.
        case invalidTensor
        /// The tensor asked for isn't there.
        case missingTensor
        /// The tensor is there with another shape or a type that has no meaning as `Float`s.
        case unexpectedTensor
        /// A value is infinite or not a number.
        case nonFinite
        /// The operating system refused to write.
        case unwritable
    }

    package let code: Code
    /// The file or folder concerned.
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
