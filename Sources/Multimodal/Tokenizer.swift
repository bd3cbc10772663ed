package import Foundation
import Synchronization

/// A byte-level BPE tokenizer, read from Hugging Face's `tokenizer.json`.
///
/// text → added tokens cut out → normal form → words (regular expression) → bytes → merges. With the normal form C, a token for each byte and
/// no prefix space it is lossless for such text: `decode(encode(s)) == s`.
/// Safe to use from several threads; the word cache is shared and changes nothing but time.
package final class Tokenizer: Sendable {
    /// The greatest token id plus 1: a model's embedding needs at least as many rows.
    package let vocabularySize: Int
    /// The ids of the added tokens marked special, ascending.
    package let specialTokenIDs: [Int32]
    /// What `post_processor` puts before a text (Llama's beginning-of-text); `encode` doesn't add it.
    package let leadingTokenIDs: [Int32]
    /// What `post_processor` puts after a text; `encode` doesn't add it.
    package let trailingTokenIDs: [Int32]

    private let vocabulary: BytePairVocabulary
    private let preTokenizer: PreTokenizer
    private let normalizer: Normalizer
    /// Added tokens looked for in the raw text, and those looked for after normalisation.
    private let rawMatcher: AddedTokenMatcher
    private let normalizedMatcher: AddedTokenMatcher
    private let addedIDs: [String: Int32]
    /// The bytes that each added token decodes to.
    private let addedBytes: [Int32: [UInt8]]
    private let isSpecial: [Bool]
    private let cache = Mutex(WordCache())

    /// Reads the `tokenizer.json` at `url`.
    ///
    /// - Throws: ``MultimodalError`` naming the file, the line and, for what isn't supported, the feature.
    package convenience init(contentsOf url: URL) throws(MultimodalError) {
        try self.init(json: readFile(at: url, byteLimit: 1 << 26), name: url.path)
    }

    /// Reads a `tokenizer.json` held in memory; `name` stands in errors.
    ///
    /// - Throws: ``MultimodalError`` as ``init(contentsOf:)``.
    package init(json: [UInt8], name: String = "tokenizer.json") throws(MultimodalError) {
        let file = try TokenizerFile(json, name: name)
        let normalizer = file.normalizer
        let added = file.addedTokens
        self.normalizer = normalizer
        preTokenizer = file.preTokenizer
        vocabulary = file.vocabulary
        leadingTokenIDs = file.leadingTokenIDs
        trailingTokenIDs = file.trailingTokenIDs
        rawMatcher = AddedTokenMatcher(added.filter { !$0.isNormalized }) { $0.content }
        normalizedMatcher = AddedTokenMatcher(added.filter(\.isNormalized)) { normalizer($0.content) }
        addedIDs = Dictionary(added.map { ($0.content, $0.id) }) { _, last in last }
        // The reference's decoder reads every token through the byte alphabet if it can, added ones too.
        addedBytes = Dictionary(
            added.map { token in
                var bytes: [UInt8] = []
                var content = token.content
                let isWritten = content.withUTF8 { ByteAlphabet.decode($0, appendingTo: &bytes) }
                return (token.id, isWritten ? bytes : Array(content.utf8))
            }
        ) { _, last in last }
        vocabularySize = max(vocabulary.idLimit, 1 + Int(added.map(\.id).max() ?? -1))
        var isSpecial = [Bool](repeating: false, count: vocabularySize)
        for token in added where token.isSpecial { isSpecial[Int(token.id)] = true }
        self.isSpecial = isSpecial
        specialTokenIDs = isSpecial.indices.filter { isSpecial[$0] }.map { Int32($0) }
    }

    /// The token ids of `text`.
    ///
    /// With `allowSpecial` false no added token, special or not, is recognised: text such as `<|im_end|>` is encoded letter by letter.
    /// Text of users, data sets and policies must be encoded so, or it can forge the structure of a conversation.
    package func encode(_ text: String, allowSpecial: Bool = true) -> [Int32] {
        var ids: [Int32] = []
        var text = text
        text.withUTF8 { bytes in
            guard allowSpecial else { return appendSection(bytes, allowSpecial: false, to: &ids) }
            rawMatcher.forEachPart(of: bytes) { part in
                switch part {
                case .token(let id): ids.append(id)
                case .text(let range): appendSection(UnsafeBufferPointer(rebasing: bytes[range]), allowSpecial: true, to: &ids)
                }
            }
        }
        return ids
    }

    /// Whether a space is put before words that begin a text.
    var addsPrefixSpace: Bool { preTokenizer.addsPrefixSpace }

    /// The text of `ids`: their bytes joined, invalid UTF-8 replaced with U+FFFD. Ids without a token add nothing.
    package func decode(_ ids: [Int32], skipSpecial: Bool = false) -> String {
        var bytes: [UInt8] = []
        for id in ids {
            if skipSpecial, isSpecialToken(id) { continue }
            if let token = tokenBytes(of: id) { bytes.append(contentsOf: token) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The id of an added token's content or of a vocabulary entry as `tokenizer.json` writes it (a leading space is `Ġ`); nil if there is
    /// none.
    package func tokenID(of token: String) -> Int32? {
        addedIDs[token] ?? vocabulary.id(ofWritten: token)
    }

    /// The id of an added token's content; nil if there is none.
    func addedTokenID(of content: String) -> Int32? { addedIDs[content] }

    /// The bytes that a token adds to a decoded text; nil if there is no such token. They may end inside of a character.
    package func tokenBytes(of id: Int32) -> ArraySlice<UInt8>? {
        if let added = addedBytes[id] { return added[...] }
        return vocabulary.bytes(of: id)
    }

    /// Whether `id` is an added token marked special.
    package func isSpecialToken(_ id: Int32) -> Bool {
        id >= 0 && id < isSpecial.count && isSpecial[Int(id)]
    }

    private func appendSection(_ bytes: UnsafeBufferPointer<UInt8>, allowSpecial: Bool, to ids: inout [Int32]) {
        normalizer.withNormalized(bytes) { bytes in
            guard allowSpecial, !normalizedMatcher.isEmpty else { return appendWords(of: bytes, to: &ids) }
            normalizedMatcher.forEachPart(of: bytes) { part in
                switch part {
                case .token(let id): ids.append(id)
                case .text(let range): appendWords(of: UnsafeBufferPointer(rebasing: bytes[range]), to: &ids)
                }
            }
        }
    }

    private func appendWords(of bytes: UnsafeBufferPointer<UInt8>, to ids: inout [Int32]) {
        cache.withLock { cache in
            preTokenizer.forEachWord(in: bytes) { word in
                guard !cache.append(tokensOf: word, to: &ids) else { return }
                let tokens = tokens(of: word)
                ids.append(contentsOf: tokens)
                cache.insert(word, tokens)
            }
        }
    }

    private func tokens(of word: UnsafeBufferPointer<UInt8>) -> [Int32] {
        if vocabulary.ignoresMerges, let id = vocabulary.id(of: word) { return [id] }
        var tokens = vocabulary.tokens(ofBytesIn: word)
        vocabulary.merges.apply(to: &tokens)
        return tokens
    }
}
