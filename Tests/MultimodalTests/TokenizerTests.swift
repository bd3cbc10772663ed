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
            ("normalizer", "{\"type\": \"Precompiled\"}", "Precompiled"), ("normalizer", "{\"type\": \"Sequence\"}", "normalizers"),
            ("pre_tokenizer", "{\"type\": \"Metaspace\"}", "Metaspace"), ("pre_tokenizer", "null", "pre_tokenizer"),
            (
                "pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"ByteLevel\"}, {\"type\": \"ByteLevel\"}]}",
                "2 times"
            ),
            ("decoder", "{\"type\": \"WordPiece\"}", "WordPiece"), ("post_processor", "{\"type\": \"Other\"}", "Other"),
            ("model", "{\"type\": \"Unigram\", \"vocab\": []}", "Unigram"), ("tuning", "1", "tuning"),
            ("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"Doubled\"}", "Doubled"),
            ("pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Glob\": \"a\"}, \"behavior\": \"Isolated\"}", "pre_tokenizer.pattern"),
        ])
    func refusedFeatures(section: String, value: String, named: String) {
        let error = #expect(throws: MultimodalError.self) {
            try Tokenizer(json: Fixture.tokenizerJSON(changes: [section: value]), name: "folder/tokenizer.json")
        }
        #expect([.unsupported, .malformed].contains(error?.code))
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("folder/tokenizer.json") == true)
    }

    @Test(
        "a regular expression that means other things in PCRE2 is refused, and named",
        arguments: ["(", "[a&&b]", "[a[^b]]", "[\\W]", "\\p{L}{1,3}+", "(?m:a.)", "\\y", "\\u12", "\\pL", "\\p{Klingon}", "a\\"])
    func refusedExpressions(pattern: String) throws {
        let quoted = String(decoding: try JSONEncoder().encode(pattern), as: UTF8.self)
        let split = "{\"type\": \"Split\", \"pattern\": {\"Regex\": \(quoted)}, \"behavior\": \"Isolated\"}"
        let json = Fixture.tokenizerJSON(
            changes: ["pre_tokenizer": "{\"type\": \"Sequence\", \"pretokenizers\": [\(split), {\"type\": \"ByteLevel\"}]}"])
        let error = #expect(throws: MultimodalError.self) { try Tokenizer(json: json) }
        #expect(error?.code == .unsupported)
        #expect(error?.message.contains("the regular expression \(pattern) is not") == true, "\(error?.message ?? "")")
    }

    @Test("bytes without a token are dropped, or become the unknown token, one for each or for a run of them")
    func missingBytes() throws {
        func encode(_ text: String, _ model: [String: String]) throws -> [Int32] {
            let oneWord = ["pre_tokenizer": "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}"]
            let json = String(decoding: Fixture.tokenizerJSON(merges: [("a", "b")], changes: oneWord, model: model), as: UTF8.self)
            // Without a token for U+0001 and U+0002.
            let lacking = json.replacing("\"\u{101}\": 1, ", with: "").replacing("\"\u{102}\": 2, ", with: "")
            #expect(lacking.utf8.count < json.utf8.count)
            return try Tokenizer(json: Array(lacking.utf8)).encode(text)
        }
        #expect(try encode("a\u{1}b", [:]) == [256])
        #expect(try encode("\u{1}\u{2}", [:]) == [])
        #expect(try encode("a\u{1}\u{2}b", ["unk_token": "\"!\""]) == [97, 33, 33, 98])
        #expect(try encode("a\u{1}\u{2}b", ["unk_token": "\"!\"", "fuse_unk": "true"]) == [97, 33, 98])
        #expect(throws: MultimodalError.self) { try encode("a", ["byte_fallback": "true"]) }
    }

    @Test("text comes token by token in whole characters, and the pieces joined are the whole", arguments: texts)
    func streaming(text: String) throws {
        let tokenizer = try Fixture.tokenizer()
        var stream = TokenTextStream(tokenizer)
        let pieces = tokenizer.encode(text).map { stream.append($0) }
        #expect(pieces.joined() == tokenizer.decode(tokenizer.encode(text)))
        #expect(!pieces.contains { $0.unicodeScalars.contains("\u{FFFD}") } || text.contains("\u{FFFD}"))
        #expect(stream.finish() == "")
    }

    @Test("bytes that are no text stream as they decode: the replacements of the whole, wherever it is cut")
    func streamingGarbage() throws {
        let tokenizer = try Fixture.tokenizer()
        var state: UInt64 = 7
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        // Bytes that begin, continue or break characters, each a token of its own.
        let bytes: [UInt8] = [0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
        var ofByte: [UInt8: Int32] = [:]
        for id in 0..<Int32(tokenizer.vocabularySize) {
            if let token = tokenizer.tokenBytes(of: id), token.count == 1, let byte = token.first { ofByte[byte] = id }
        }
        for _ in 0..<3000 {
            let ids = (0...random(7)).compactMap { _ in ofByte[bytes[random(bytes.count)]] }
            var stream = TokenTextStream(tokenizer)
            let joined = ids.map { stream.append($0) }.joined() + stream.finish()
            #expect(Array(joined.utf8) == Array(tokenizer.decode(ids).utf8), "\(ids)")
        }
    }

    @Test(
        "a malformed model section is refused",
        arguments: [
            ("vocab", "{\"a\": 0}"), ("vocab", "{\"a\": 99999999999}"), ("vocab", "{\"a\": -1}"), ("vocab", "[]"), ("merges", "[[\"a\"]]"),
            ("merges", "[[\"a\", \"b\"]]"), ("merges", "[\"ab\"]"), ("dropout", "0.1"), ("end_of_word_suffix", "\"</w>\""), ("speed", "2"),
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
