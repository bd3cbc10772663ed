/// What is wrong with a batch or with the optimizer's settings.
package struct LearningError: Error, CustomStringConvertible, Hashable, Sendable {
    /// The closed set of causes.
    package enum Code: String, Hashable, Sendable {
        /// Token-wise inputs of different lengths.
        case lengthMismatch
        /// A setting is out of its range or contradicts another.
        case invalidSetting
        /// A name pattern matches no parameter.
        case unmatchedPattern
    }

    package let code: Code
    /// What was wrong, where, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
