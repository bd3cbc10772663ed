/// Trains a byte-level BPE tokenizer of Qwen's kind: NFC, Qwen's words, 256 bytes, merges, added tokens last.
///
/// Digits stay single tokens, since the words isolate them. A word that occurs once can become a whole token, if the vocabulary has room.
/// The result is a function of the multiset of the corpus' words: `tokenizers` of Hugging Face gives the same file.
package struct BPETrainer: Sendable {
    /// The number of tokens, added ones included. There can be fewer, if the corpus has no more pairs.
    package let vocabularySize: Int
    /// Added tokens marked special, in the order of their ids.
    package let specialTokens: [String]
    /// Added tokens that decoding keeps, which follow.
    package let plainAddedTokens: [String]

    /// - Throws: ``MultimodalError`` if there is no room for the 256 bytes and the added tokens, or an added token is empty or given twice.
    package init(
        vocabularySize: Int, specialTokens: [String] = QwenFormat.specialTokens, plainAddedTokens: [String] = QwenFormat.plainAddedTokens
    ) throws(MultimodalError) {
        let added = specialTokens + plainAddedTokens
        guard vocabularySize >= 256 + added.count else {
            throw MultimodalError(
                .unsupported,
                "a vocabulary of \(vocabularySize) has no room for 256 bytes and \(added.count) added tokens: take at least \(256 + added.count)"
            )
        }
        guard Set(added).count == added.count, !added.contains("") else {
            throw MultimodalError(.unsupported, "the added tokens must be distinct and not empty")
        }
        self.vocabularySize = vocabularySize
        self.specialTokens = specialTokens
        self.plainAddedTokens = plainAddedTokens
    }

    /// Trains on `corpus`; added tokens that stand in it are letters like any others.
    ///
    /// - Throws: ``MultimodalError`` if PCRE2 can't compile Qwen's pattern.
    package func train(on corpus: [String]) throws(MultimodalError) -> TrainedTokenizer {
        let pattern = try SplitPattern(QwenFormat.splitPattern)
        var words: [[UInt8]: Int] = [:]
        for text in corpus {
            var normalized = NormalForm.canonicalComposition.of(text)
            normalized.withUTF8 { bytes in
                pattern.forEachMatch(in: bytes) { words[Array(bytes[$0]), default: 0] += 1 }
            }
        }
        let training = BytePairTraining(words: words, tokenLimit: vocabularySize - specialTokens.count - plainAddedTokens.count)
        return TrainedTokenizer(training, specialTokens: specialTokens, plainAddedTokens: plainAddedTokens)
    }
}
