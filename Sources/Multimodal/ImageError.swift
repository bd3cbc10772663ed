/// What is wrong with an image, or with the settings that say how to process images.
package struct ImageError: Error, CustomStringConvertible, Equatable {
    /// The kinds of failure, for callers that treat them apart.
    package enum Code: String, Sendable {
        /// The file can't be read at all.
        case unreadable
        /// Neither PNG nor JPEG, by its first bytes.
        case unknownFormat
        /// More pixels than the caller allows, by its header.
        case tooLarge
        /// Truncated or damaged.
        case corrupt
        /// A shape that the image processor refuses.
        case unsupportedShape
        /// `preprocessor_config.json` asks for what isn't supported, or is malformed.
        case invalidConfiguration
        /// The image can't be written.
        case encodingFailed
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
