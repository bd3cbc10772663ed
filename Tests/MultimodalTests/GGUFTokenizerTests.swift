import Foundation
import GGUF
import Multimodal
import TestSupport
import Testing

/// Calls `body` with the URL of a file that holds what `builder` writes.
private func withFile<Result>(_ builder: GGUFBuilder, _ body: (URL) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID()).gguf")
    try Data(builder.file()).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
}

/// Metadata of a tokenizer whose tokens are the 256 bytes, one merge and two added tokens.
private func smallBuilder() throws -> GGUFBuilder {
    let json = try #require(
        try JSONSerialization.jsonObject(with: Data(Fixture.tokenizerJSON(merges: [("a", "b")]))) as? [String: Any])
    let vocabulary = try #require((json["model"] as? [String: Any])?["vocab"] as? [String: Int])
    let tokens = vocabulary.sorted { $0.value < $1.value }.map(\.key) + ["<|im_start|>", "<|im_end|>", "<tool>", "[PAD260]"]
    var builder = GGUFBuilder()
    builder.metadata = [
        ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("gpt-2")), ("tokenizer.ggml.tokens", .strings(tokens)),
        ("tokenizer.ggml.token_type", .int32s([Int32](repeating: 1, count: 257) + [3, 3, 4, 5])),
        ("tokenizer.ggml.merges", .strings(["a b"])),
        ("tokenizer.ggml.bos_token_id", .uint32(257)), ("tokenizer.ggml.eos_token_id", .uint32(258)),
    ]
    return builder
}

@Suite("tokenizers out of GGUF files")
struct GGUFTokenizerTests {
    @Test("Qwen2.5's tokenizer gives transformers' ids when it travels as GGUF metadata")
    func qwen() throws {
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(Fixture.bytes("qwen2_5/tokenizer.json"))) as? [String: Any])
        let model = try #require(json["model"] as? [String: Any])
        let vocabulary = try #require(model["vocab"] as? [String: Int])
        let merges = try #require(model["merges"] as? [String])
        let added = try #require(json["added_tokens"] as? [[String: Any]])
        // Ids that the trimmed fixture leaves free are filled as the conversion fills an embedding that is too long.
        let count = 1 + (added.compactMap { $0["id"] as? Int }.max() ?? 0)
        var tokens = (0..<count).map { "[PAD\($0)]" }
        var types = [Int32](repeating: 5, count: count)
        for (token, id) in vocabulary { (tokens[id], types[id]) = (token, 1) }
        for token in added {
            let id = try #require(token["id"] as? Int)
            tokens[id] = try #require(token["content"] as? String)
            types[id] = token["special"] as? Bool == true ? 3 : 4
        }
        var builder = GGUFBuilder()
        builder.metadata = [
            ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string("qwen2")),
            ("tokenizer.ggml.tokens", .strings(tokens)),
            ("tokenizer.ggml.token_type", .int32s(types)), ("tokenizer.ggml.merges", .strings(merges)),
        ]
        try withFile(builder) { url in
            let tokenizer = try MultimodalProcessor(contentsOf: url, usesChatTemplate: false).tokenizer
            #expect(tokenizer.vocabularySize == 151_665)
            for pair in try Fixture.pairs("qwen2_5/texts.json") {
                #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)")
            }
            #expect(tokenizer.specialTokenIDs.count == added.filter { $0["special"] as? Bool == true }.count)
            #expect(tokenizer.leadingTokenIDs == [])
        }
    }

    @Test("control tokens are special, user-defined ones are found in text, unused ones are nothing")
    func kinds() throws {
        try withFile(smallBuilder()) { url in
            let tokenizer = try MultimodalProcessor(contentsOf: url, usesChatTemplate: false).tokenizer
            #expect(tokenizer.specialTokenIDs == [257, 258])
            #expect(tokenizer.encode("<|im_start|>ab<tool>") == [257, 256, 259])
            #expect(!tokenizer.encode("<|im_start|>ab<tool>", allowSpecial: false).contains { $0 > 256 })
            #expect(tokenizer.tokenID(of: "[PAD260]") == nil)
            #expect(tokenizer.decode([257, 256], skipSpecial: true) == "ab")
        }
    }

    /// The `tokenizers` library gives an added token the id of its content in the vocabulary, else the next one behind the vocabulary.
    @Test("added tokens among the vocabulary are part of it, those behind it are not, so that other readers give them their ids")
    func addedTokens() throws {
        func vocabulary(_ builder: GGUFBuilder) throws -> [String: Int] {
            let json = try withFile(builder) { try GGUFTokenizer(GGUFFile(path: $0.path)).tokenizerJSON }
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
            return try #require((object["model"] as? [String: Any])?["vocab"] as? [String: Int])
        }
        var builder = try smallBuilder()
        #expect(try vocabulary(builder).count == 257)
        // One more ordinary token behind them.
        builder.set("tokenizer.ggml.token_type", .int32s([Int32](repeating: 1, count: 257) + [3, 3, 4, 1]))
        let all = try vocabulary(builder)
        #expect(all.count == 261)
        #expect(all["<|im_start|>"] == 257 && all["<tool>"] == 259)
    }

    @Test("the first token is what the file says, else what its kind of tokenizer does")
    func leadingToken() throws {
        var builder = try smallBuilder()
        func leading() throws -> [Int32] {
            try withFile(builder) { try MultimodalProcessor(contentsOf: $0, usesChatTemplate: false).tokenizer.leadingTokenIDs }
        }
        #expect(try leading() == [])
        builder.set("tokenizer.ggml.add_bos_token", .bool(true))
        #expect(try leading() == [257])
        builder.set("tokenizer.ggml.add_bos_token", nil)
        builder.set("tokenizer.ggml.pre", .string("llama-bpe"))
        #expect(try leading() == [257])
    }

    @Test("the chat template is the file's, and one is demanded unless prompts are plain")
    func chatTemplate() throws {
        var builder = try smallBuilder()
        try withFile(builder) { url in
            let error = #expect(throws: MultimodalError.self) { _ = try MultimodalProcessor(contentsOf: url) }
            #expect(error?.description.contains("tokenizer.chat_template") == true)
        }
        builder.set("tokenizer.chat_template", .string("{{ messages }}"))
        try withFile(builder) { url in
            let error = #expect(throws: MultimodalError.self) { _ = try MultimodalProcessor(contentsOf: url) }
            #expect(error?.code == .unsupported)
            #expect(error?.description.contains(url.path) == true)
        }
    }

    @Test(
        "what is missing, unknown or contradictory is refused by name",
        arguments: [
            ("tokenizer.ggml.model", nil, "tokenizer.ggml.model"), ("tokenizer.ggml.model", .string("llama"), "'llama'"),
            ("tokenizer.ggml.pre", nil, "tokenizer.ggml.pre"), ("tokenizer.ggml.pre", .string("viking"), "viking"),
            ("tokenizer.ggml.tokens", nil, "tokenizer.ggml.tokens"), ("tokenizer.ggml.tokens", .strings([]), "0 tokens"),
            ("tokenizer.ggml.token_type", .int32s([1]), "token_type"),
            ("tokenizer.ggml.token_type", .int32s([Int32](repeating: 9, count: 261)), "token_type[0] is 9"),
            ("tokenizer.ggml.merges", nil, "tokenizer.ggml.merges"), ("tokenizer.ggml.merges", .strings(["a z", "x"]), "merge"),
            ("tokenizer.ggml.merges", .strings(["a z"]), "az"), ("tokenizer.ggml.eos_token_id", .uint32(261), "eos_token_id"),
            ("tokenizer.ggml.add_bos_token", .uint32(1), "add_bos_token"),
        ] as [(String, GGUFBuilder.Value?, String)])
    func refusals(_ key: String, _ value: GGUFBuilder.Value?, _ word: String) throws {
        var builder = try smallBuilder()
        builder.set(key, value)
        try withFile(builder) { url in
            let error = #expect(throws: (any Error).self) {
                _ = try MultimodalProcessor(contentsOf: url, usesChatTemplate: false)
            }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(word), "\(text)")
            #expect(text.contains(url.path), "\(text)")
        }
    }
}

@Suite("SmolLM2's tokenizer out of its GGUF file", .enabled(if: SmolLM2.isThere, "\(SmolLM2.absence)"))
struct SmolLM2TokenizerTests {
    private struct Pair: Decodable {
        let pre: String
        let text: String
        let ids: [Int32]
        /// What the ids decode to, where that isn't the text: the vocabulary lacks some bytes.
        let decoded: String?
    }

    private func pairs() throws -> [String: [Pair]] {
        let pairs = try JSONDecoder().decode([Pair].self, from: Data(contentsOf: Fixture.url("smollm2/tokens.json")))
        return Dictionary(grouping: pairs, by: \.pre)
    }

    @Test("text gives the ids that Hugging Face's tokenizers gives, and they decode to what it says")
    func ids() throws {
        let tokenizer = try MultimodalProcessor(contentsOf: try #require(SmolLM2.file)).tokenizer
        #expect(tokenizer.vocabularySize == 49_152)
        #expect(tokenizer.specialTokenIDs == Array(0..<17))
        let pairs = try #require(try pairs()["smollm"])
        #expect(pairs.count == 377)
        for pair in pairs {
            #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)")
            #expect(Array(tokenizer.decode(pair.ids).utf8) == Array((pair.decoded ?? pair.text).utf8))
        }
    }

    @Test("the other ways of splitting text give the library's ids with the same vocabulary", arguments: ["gpt-2", "llama-bpe", "qwen2"])
    func otherSplits(_ name: String) throws {
        let file = try GGUFFile(path: try #require(SmolLM2.file).path)
        var builder = GGUFBuilder()
        builder.metadata = [
            ("tokenizer.ggml.model", .string("gpt2")), ("tokenizer.ggml.pre", .string(name)),
            ("tokenizer.ggml.tokens", .strings(try #require(try file.strings("tokenizer.ggml.tokens")))),
            ("tokenizer.ggml.token_type", .int32s(try #require(try file.integers("tokenizer.ggml.token_type")).map { Int32($0) })),
            ("tokenizer.ggml.merges", .strings(try #require(try file.strings("tokenizer.ggml.merges")))),
            ("tokenizer.ggml.bos_token_id", .uint32(1)),
        ]
        let tokenizer = try withFile(builder) { try MultimodalProcessor(contentsOf: $0, usesChatTemplate: false).tokenizer }
        let pairs = try #require(try pairs()[name])
        #expect(pairs.count == 174)
        for pair in pairs { #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)") }
    }

    @Test("a question is rendered by the file's own template, with its default system prompt")
    func prompt() throws {
        let processor = try MultimodalProcessor(contentsOf: try #require(SmolLM2.file))
        #expect(processor.imageProcessor == nil)
        #expect(
            processor.tokenizer.decode(try processor.encode(text: "Hi").tokenIDs)
                == "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
        #expect(processor.encoder.endOfTurnTokenID == 2)
    }
}
