/// Why a model folder or its weights can't be used.
package struct PolicyModelError: Error, CustomStringConvertible, Sendable {
    package enum Code: Sendable {
        /// config.json is missing, malformed, or describes a model that is not supported.
        case configuration
        /// A tensor is missing, has another shape, or holds values that are not finite.
        case weights
        /// A prompt does not fit its images, or a token id the vocabulary.
        case input
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
