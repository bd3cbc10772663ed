import JSON

/// The tokenizer that a GGUF file carries, as the files that Hugging Face's libraries would read: `tokenizer.json` and
/// `tokenizer_config.json`.
package struct GGUFTokenizer: Sendable {
    /// `tokenizer.json`.
    package let tokenizerJSON: [UInt8]
    /// `tokenizer_config.json`.
    package let tokenizerConfigJSON: [UInt8]
    /// The Jinja program of `tokenizer.chat_template`; nil if there is none.
    package let chatTemplate: String?

    /// What `tokenizer.ggml.token_type` says of a token.
    private enum TokenType: Int {
        case normal = 1
        case unknown
        /// Special: structure, never text.
        case control
        /// Cut out of the text by its content, like a special token, but text all the same.
        case userDefined
        /// Fills the embedding up to a round number.
        case unused
        case byte

        /// Whether the token is looked for in the text before it is split.
        var isAdded: Bool { self == .control || self == .userDefined }
    }

    /// - Throws: ``GGUFError``: `unsupported` for a tokenizer that isn't byte-level BPE, or whose splitting of text isn't known here;
    ///   `invalidMetadata` for values that are missing or contradict each other.
    package init(_ file: GGUFFile) throws(GGUFError) {
        func invalid(_ message: String) -> GGUFError { GGUFError(.invalidMetadata, path: file.path, message) }
        func required<Value>(_ value: Value?, _ key: String) throws(GGUFError) -> Value {
            guard let value else { throw invalid("\"\(key)\" is missing") }
            return value
        }
        let model = try required(file.string("tokenizer.ggml.model"), "tokenizer.ggml.model")
        guard model == "gpt2" else {
            throw GGUFError(
                .unsupported, path: file.path,
                "the tokenizer '\(model)' is not supported: only byte-level BPE (tokenizer.ggml.model gpt2) is")
        }
        let split = try GGUFSplit(file)
        let tokens = try required(file.strings("tokenizer.ggml.tokens"), "tokenizer.ggml.tokens")
        let types = try required(file.integers("tokenizer.ggml.token_type"), "tokenizer.ggml.token_type")
        let merges = try required(file.strings("tokenizer.ggml.merges"), "tokenizer.ggml.merges")
        guard types.count == tokens.count else {
            throw invalid("tokenizer.ggml.token_type has \(types.count) elements for \(tokens.count) tokens")
        }
        var kinds: [TokenType] = []
        for (id, type) in types.enumerated() {
            guard let kind = TokenType(rawValue: type) else { throw invalid("tokenizer.ggml.token_type[\(id)] is \(type)") }
            kinds.append(kind)
        }
        // Hugging Face's library numbers added tokens that the vocabulary lacks behind it: those among it must be part of it.
        let vocabularyEnd = (kinds.lastIndex { !$0.isAdded && $0 != .unused } ?? -1) + 1
        var vocabulary: [JSONValue.Member] = []
        var added: [JSONValue] = []
        for (id, token) in tokens.enumerated() {
            let kind = kinds[id]
            if id < vocabularyEnd, kind != .unused { vocabulary.append(.init(token, .number(Double(id)))) }
            guard kind.isAdded else { continue }
            guard !token.isEmpty else { throw invalid("tokenizer.ggml.tokens[\(id)] is special, but empty") }
            added.append([
                "id": .number(Double(id)), "content": .string(token), "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": .bool(kind == .control),
            ])
        }
        func token(_ key: String) throws(GGUFError) -> (id: Int, content: String)? {
            guard let id = try file.integer("tokenizer.ggml." + key) else { return nil }
            guard tokens.indices.contains(id) else { throw invalid("tokenizer.ggml.\(key) is \(id), but there are \(tokens.count) tokens") }
            return (id, tokens[id])
        }
        let (begin, end, padding) = (try token("bos_token_id"), try token("eos_token_id"), try token("padding_token_id"))
        let addsBegin = try file.bool("tokenizer.ggml.add_bos_token") ?? split.addsBegin
        guard !addsBegin || begin != nil else { throw invalid("a first token is asked for, but tokenizer.ggml.bos_token_id is missing") }
        chatTemplate = try file.string("tokenizer.chat_template")

        let tokenizer: JSONValue = [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added),
            "normalizer": split.isNormalizing ? ["type": "NFC"] : nil, "pre_tokenizer": split.preTokenizer,
            "post_processor": addsBegin ? Self.postProcessor(begin) : GGUFSplit.gpt2Words, "decoder": GGUFSplit.gpt2Words,
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil, "end_of_word_suffix": nil,
                "fuse_unk": false, "byte_fallback": false, "ignore_merges": .bool(split.ignoresMerges), "vocab": .object(vocabulary),
                "merges": .array(merges.map { .string($0) }),
            ],
        ]
        let settings: JSONValue = [
            "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false, "bos_token": Self.content(begin),
            "eos_token": Self.content(end), "pad_token": Self.content(padding),
            "chat_template": chatTemplate.map { .string($0) } ?? nil,
        ]
        tokenizerJSON = Array(tokenizer.text.utf8)
        tokenizerConfigJSON = Array(settings.serialized().utf8)
    }

    private static func content(_ token: (id: Int, content: String)?) -> JSONValue { token.map { .string($0.content) } ?? nil }

    /// Puts the first token before a text.
    private static func postProcessor(_ begin: (id: Int, content: String)?) -> JSONValue {
        guard let begin else { return GGUFSplit.gpt2Words }
        let content = JSONValue.string(begin.content)
        let first: JSONValue = ["SpecialToken": ["id": content, "type_id": 0]]
        func text(_ id: JSONValue) -> JSONValue { ["Sequence": ["id": id, "type_id": 0]] }
        let template: JSONValue = [
            "type": "TemplateProcessing", "single": [first, text("A")], "pair": [first, text("A"), first, text("B")],
            "special_tokens": .object([
                .init(begin.content, ["id": content, "ids": [.number(Double(begin.id))], "tokens": [content]])
            ]),
        ]
        return ["type": "Sequence", "processors": [GGUFSplit.gpt2Words, template]]
    }
}

/// How text is cut before merging: what `tokenizer.ggml.pre` names, as Hugging Face's tokenizers of those models do it.
private struct GGUFSplit {
    let preTokenizer: JSONValue
    /// Whether text is brought to Unicode's normal form C first.
    var isNormalizing = false
    /// Whether a word that is a token is taken whole.
    var ignoresMerges = false
    /// Whether a text begins with the first token where `tokenizer.ggml.add_bos_token` doesn't say.
    var addsBegin = false

    /// ByteLevel finds the words of GPT-2 itself.
    static let gpt2Words: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
    private static let noWords: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false]

    init(_ file: GGUFFile) throws(GGUFError) {
        guard let name = try file.string("tokenizer.ggml.pre") else {
            throw GGUFError(
                .unsupported, path: file.path,
                "tokenizer.ggml.pre is missing, so how text is split is not known; convert the model anew with a current llama.cpp")
        }
        switch name {
        case "gpt-2": preTokenizer = Self.gpt2Words
        case "smollm", "starcoder", "refact":
            preTokenizer = Self.sequence(["type": "Digits", "individual_digits": true], Self.gpt2Words)
        case "qwen2":
            preTokenizer = Self.sequence(Self.split(digits: #"\p{N}"#), Self.noWords)
            isNormalizing = true
        case "llama-bpe", "llama3", "llama-v3":
            preTokenizer = Self.sequence(Self.split(digits: #"\p{N}{1,3}"#), Self.noWords)
            ignoresMerges = true
            addsBegin = true
        default:
            throw GGUFError(
                .unsupported, path: file.path,
                "how '\(name)' (tokenizer.ggml.pre) splits text is not known; known are gpt-2, smollm, starcoder, refact, qwen2, llama-bpe")
        }
    }

    private static func sequence(_ first: JSONValue, _ second: JSONValue) -> JSONValue {
        ["type": "Sequence", "pretokenizers": [first, second]]
    }

    /// The words of Llama 3 and Qwen2, which differ in how many digits stay together: contractions, letters with one sign before them, digits,
    /// runs of signs, line ends, white space.
    private static func split(digits: String) -> JSONValue {
        let pattern =
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        return ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false]
    }
}
