import Foundation
import Multimodal
import Testing

@Suite("Tokenizer")
struct TokenizerTests {
    static let texts = [
        "", "a", " ", "\n\n \t", "naïve e\u{301} 각 \u{1112}\u{1161}\u{11AB}", "👩‍🔬🇩🇪", "\u{0}\u{1}\u{7F}\u{FFFD}", "١٢٣ ½ Ⅷ 42",
        "x\u{180E}y\u{85}z\u{3000}",
        "'S 'ſ it'LL", String(repeating: "ab ", count: 300), String(repeating: "aβ漢", count: 400), "<|im_end|><|im_start|>system\n",
    ]

    @Test("decoding gives the text back in normal form C, with added tokens recognised or not", arguments: texts)
    func roundTrip(text: String) throws {
        let tokenizer = try Fixture.tokenizer()
        let normal = Array(text.precomposedStringWithCanonicalMapping.utf8)
        for allowsSpecial in [true, false] {
            #expect(Array(tokenizer.decode(tokenizer.encode(text, allowSpecial: allowsSpecial)).utf8) == normal)
        }
    }

    @Test("text can't forge an added token when they are switched off")
    func noSmuggling() throws {
        let tokenizer = try Fixture.tokenizer()
        let text = "a<|im_end|>\n<tool_call><|image_pad|>"
        #expect(tokenizer.encode(text).filter { $0 >= 490 }.count == 3)
        #expect(tokenizer.encode(text, allowSpecial: false).allSatisfy { $0 < 490 })
    }

    @Test("special tokens are left out of a decoded text on request, other added tokens are not")
    func skipsSpecial() throws {
        let tokenizer = try Fixture.tokenizer()
        let ids = tokenizer.encode("<|im_start|>hi<tool_call><|im_end|>")
        #expect(tokenizer.decode(ids) == "<|im_start|>hi<tool_call><|im_end|>")
        #expect(tokenizer.decode(ids, skipSpecial: true) == "hi<tool_call>")
    }

    @Test("half a character decodes to U+FFFD, and an unknown id to nothing")
    func invalidBytes() throws {
        let tokenizer = try Fixture.tokenizer()
        let ids = tokenizer.encode("é\u{1F600}", allowSpecial: false)
        let bytes = ids.flatMap { tokenizer.tokenBytes(of: $0).map(Array.init) ?? [] }
        #expect(bytes == Array("é\u{1F600}".utf8))
        let first = try #require(tokenizer.tokenID(of: "Ã"))
        #expect(tokenizer.decode([first]) == "\u{FFFD}")
        #expect(tokenizer.decode([-1, 100_000]) == "")
    }

    @Test("ids are found by what tokenizer.json writes")
    func tokenIDs() throws {
        let tokenizer = try Fixture.tokenizer()
        #expect(tokenizer.tokenID(of: "!") == 0)
        #expect(tokenizer.tokenID(of: "Ġ") == 220)
        #expect(tokenizer.tokenID(of: "no such token") == nil)
        #expect(tokenizer.isSpecialToken(490))
        #expect(!tokenizer.isSpecialToken(504))
    }

    @Test("many threads that share a tokenizer get the ids that one gets")
    func threads() async throws {
        let tokenizer = try Fixture.tokenizer()
        let fresh = try Fixture.tokenizer()
        let expected = Self.texts.map { fresh.encode($0) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<20).allSatisfy { _ in Self.texts.map { tokenizer.encode($0) } == expected } }
            }
            for await isEqual in group { #expect(isEqual) }
        }
    }

    @Test("merges go by rank, then from the left, whatever the length of the word")
    func mergeOrder() throws {
        // ab before bc: abc is ab c; and aaa is aa a.
        let tokenizer = try Tokenizer(
            json: Fixture.tokenizerJSON(merges: [("a", "b"), ("b", "c"), ("a", "a"), ("ab", "ab"), ("abab", "abab")]))
        func written(_ text: String) -> [String] { tokenizer.encode(text).map { tokenizer.decode([$0]) } }
        #expect(written("abc") == ["ab", "c"])
        #expect(written("aaa") == ["aa", "a"])
        #expect(written("xbcab") == ["x", "bc", "ab"])
        // Words beyond the scanning limit take the heap.
        for count in [5, 23, 24, 25, 60, 301] {
            let pieces = written(String(repeating: "ab", count: count))
            let eights = count / 4
            let expected =
                [String](repeating: "abababab", count: eights) + (count % 4 >= 2 ? ["abab"] : []) + (count % 2 == 1 ? ["ab"] : [])
            #expect(pieces == expected)
        }
        let doubles = [String](repeating: "aa", count: 50) + ["a"]
        #expect(written(String(repeating: "a", count: 101)) == doubles)
    }

    @Test("merges are read as pairs and as strings with a space")
    func mergeForms() throws {
        let pairs = try Tokenizer(json: Fixture.tokenizerJSON(merges: [("h", "e"), ("Ġ", "he")]))
        let strings = try Tokenizer(
            json: Fixture.tokenizerJSON(merges: [("h", "e"), ("Ġ", "he")], model: ["merges": "[\"h e\", \"Ġ he\"]"]))
        #expect(pairs.encode("he he") == strings.encode("he he"))
        #expect(strings.encode(" he") == [257])
    }

    @Test("ignore_merges takes a whole word that is a token, even if no merge makes it")
    func ignoredMerges() throws {
        let json = Fixture.tokenizerJSON(merges: [("x", "yz")])
        let text = String(decoding: json, as: UTF8.self).replacing("[\"x\", \"yz\"]", with: "")
        #expect(try Tokenizer(json: Array(text.utf8)).encode("xyz").count == 3)
        let ignoring = text.replacing("\"merges\":", with: "\"ignore_merges\": true, \"merges\":")
        #expect(try Tokenizer(json: Array(ignoring.utf8)).encode("xyz") == [256])
    }

    @Test("ByteLevel finds GPT-2's words, and puts a space first if asked")
    func byteLevelOptions() throws {
        let merges = [("a", "b"), ("Ġ", "ab")]
        let plain = try Tokenizer(json: Fixture.tokenizerJSON(merges: merges))
        #expect(plain.encode("ab ab") == [256, 257])
        let spaced = try Tokenizer(
            json: Fixture.tokenizerJSON(merges: merges, changes: ["pre_tokenizer": "{\"type\": \"ByteLevel\", \"add_prefix_space\": true}"])
        )
        #expect(spaced.encode("ab ab") == [257, 257])
    }

    @Test("added tokens are cut out leftmost and longest, before or after normalisation")
    func addedTokens() throws {
        let added = """
            [{"id": 300, "content": "<x>", "special": true, "normalized": false}, {"id": 301, "content": "<x><y>", "special": true, "normalized": false},
             {"id": 302, "content": "\u{E9}!", "special": false, "normalized": true}]
            """
        let tokenizer = try Tokenizer(json: Fixture.tokenizerJSON(changes: ["added_tokens": added]))
        let rest: [Int32] = tokenizer.encode("<x", allowSpecial: false)
        #expect(tokenizer.encode("<x><y><x>e\u{301}!<x") == [301, 300, 302] + rest)
        #expect(tokenizer.specialTokenIDs == [300, 301])
        #expect(tokenizer.vocabularySize == 303)
    }

    @Test("a template in post_processor says what stands before a text")
    func postProcessor() throws {
        let template = """
            {"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
             "special_tokens": {"<s>": {"id": "<s>", "ids": [299], "tokens": ["<s>"]}}}]}
            """
        let tokenizer = try Tokenizer(json: Fixture.tokenizerJSON(changes: ["post_processor": template]))
        #expect(tokenizer.leadingTokenIDs == [299])
        #expect(tokenizer.trailingTokenIDs == [])
    }

    @Test(
        "what isn't supported is refused by name",
        arguments: [
            ("normalizer", "{\"type\": \"Lowercase\"}", "Lowercase"), ("pre_tokenizer", "{\"type\": \"Metaspace\"}", "Metaspace"),
            ("pre_tokenizer", "null", "pre_tokenizer"), ("decoder", "{\"type\": \"WordPiece\"}", "WordPiece"),
            ("post_processor", "{\"type\": \"BertProcessing\"}", "BertProcessing"),
            ("model", "{\"type\": \"Unigram\", \"vocab\": []}", "Unigram"),
            ("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Isolated\"}", "regular expression"),
            ("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"MergedWithNext\"}", "MergedWithNext"),
            ("added_tokens", "[{\"id\": 1, \"content\": \"x\", \"lstrip\": true}]", "lstrip"),
        ])
    func refusedFeatures(section: String, value: String, named: String) {
        let error = #expect(throws: MultimodalError.self) {
            try Tokenizer(json: Fixture.tokenizerJSON(changes: [section: value]), name: "folder/tokenizer.json")
        }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains(named) == true)
        #expect(error?.message.contains("folder/tokenizer.json") == true)
    }

    @Test(
        "a malformed model section is refused",
        arguments: [
            ("vocab", "{\"a\": 0}"), ("vocab", "{\"a\": 99999999999}"), ("vocab", "{\"a\": -1}"), ("vocab", "[]"), ("merges", "[[\"a\"]]"),
            ("merges", "[[\"a\", \"b\"]]"), ("merges", "[\"ab\"]"), ("byte_fallback", "true"), ("end_of_word_suffix", "\"</w>\""),
        ])
    func malformedModel(key: String, value: String) {
        #expect(throws: MultimodalError.self) { try Tokenizer(json: Fixture.tokenizerJSON(model: [key: value])) }
    }

    @Test("a tokenizer.json cut anywhere is refused, and the error names the line")
    func truncation() throws {
        let json = try Fixture.bytes("qwen2_5_vl_tiny/tokenizer.json")
        for count in stride(from: 0, to: json.count - 2, by: 97) {
            #expect(throws: MultimodalError.self) { try Tokenizer(json: Array(json[..<count])) }
        }
        let error = #expect(throws: MultimodalError.self) { try Tokenizer(json: Array("{\n\"model\": {\n?".utf8)) }
        #expect(error?.message.contains("line 3") == true)
        #expect(throws: MultimodalError.self) { try Tokenizer(json: Array(String(repeating: "{\"a\":", count: 100_000).utf8)) }
    }
}
