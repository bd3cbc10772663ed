import JSON

/// What is wrong with a tokenizer, a chat template, a model folder or a prompt.
package struct MultimodalError: Error, CustomStringConvertible, Equatable {
    /// The kinds of failure, for callers that treat them apart.
    package enum Code: String, Sendable {
        /// A file is missing or can't be read.
        case unreadable
        /// A file is longer than any sensible one.
        case tooLarge
        /// A file isn't the JSON that it should be.
        case malformed
        /// A file asks for a feature that Percept doesn't have.
        case unsupported
        /// A prompt doesn't fit the model: an image for a text-only model, a missing special token.
        case invalidPrompt
        /// A file can't be written.
        case unwritable
    }

    package let code: Code
    /// A sentence for people: what was wrong, where, what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

extension JSONReader {
    /// An error of this code at the current place.
    func failure(_ message: String, _ code: MultimodalError.Code) -> MultimodalError {
        MultimodalError(code, failure(message).description)
    }
}
