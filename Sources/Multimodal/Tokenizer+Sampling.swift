extension Tokenizer {
    /// What fills a place and says nothing: the placeholders of images, videos and padding of Qwen's tokenizers.
    private static let placeholders = ["<|image_pad|>", "<|video_pad|>", "<|vision_pad|>"]

    /// The ids that a model may never be let say, ascending: placeholders of images, videos and padding, and ids without a token.
    ///
    /// - Parameters:
    ///   - vocabularySize: how many ids the model knows: it may have more than the tokenizer.
    ///   - placeholders: ids that the model's configuration names as such, padding included.
    ///   - ends: ids that end a response. Many models pad with one of them, which stays allowed.
    package func unspeakableTokenIDs(vocabularySize: Int, placeholders: [Int32], ends: [Int32]) -> [Int32] {
        let named = Set(placeholders + Self.placeholders.compactMap(tokenID)).subtracting(ends)
        return (0..<Int32(vocabularySize)).filter { named.contains($0) || tokenBytes(of: $0) == nil }
    }
}
