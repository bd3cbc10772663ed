import Foundation
import Multimodal
import Testing

/// Random texts of characters assigned in Unicode 14, and hashes of what Hugging Face's `tokenizers` makes of them
/// (Fixtures/fuzz/make_fuzz.py).
@Suite("Tokenizers against Hugging Face's on random texts")
struct TokenizerFuzzTests {
    static let kinds = [
        "qwen2_5", "gpt2", "roberta", "smollm2", "llama3", "llama3_engine", "qwen_engine", "gpt2_engine", "falcon", "deepseek", "deepseek3",
        "gpt4o", "bloom", "merged", "nfkc", "nfd",
    ]

    private struct Fuzz: Decodable {
        let texts: [String]
        /// A hash for each five texts.
        let answers: [String: [UInt32]]
    }

    private static func fuzz() throws -> Fuzz {
        try JSONDecoder().decode(Fuzz.self, from: Data(Fixture.bytes("fuzz/fuzz.json")))
    }

    private static func tokenizer(_ kind: String) throws -> Tokenizer {
        try Tokenizer(contentsOf: Fixture.url("fuzz/\(kind).json"))
    }

    /// 32-bit FNV-1a.
    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }

    private static func bytes(_ ids: [Int32]) -> [UInt8] {
        ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> ($0 * 8)) } }
    }

    @Test("at least 2,500 texts give the reference's ids, and decode to its text", arguments: kinds)
    func randomTexts(kind: String) throws {
        let (fuzz, tokenizer) = (try Self.fuzz(), try Self.tokenizer(kind))
        let answers = try #require(fuzz.answers[kind])
        // make_fuzz.py --count 10000 makes more of them.
        #expect(fuzz.texts.count >= 2500 && answers.count * 5 == fuzz.texts.count)
        for (index, answer) in answers.enumerated() {
            let texts = fuzz.texts[index * 5..<index * 5 + 5]
            let bytes = texts.flatMap { text in
                let ids = tokenizer.encode(text)
                return Self.bytes(ids) + Array(tokenizer.decode(ids).utf8)
            }
            #expect(Self.hash(bytes) == answer, "one of \(texts.map(\.debugDescription))")
        }
    }

    @Test("every fixture is a tokenizer that is tested, and the kinds differ")
    func kindsAreDistinct() throws {
        let fuzz = try Self.fuzz()
        #expect(Set(fuzz.answers.keys) == Set(Self.kinds))
        // Our scanner and the engine must have been given the same work, and the others different work.
        #expect(Set(fuzz.answers.values).count >= Self.kinds.count - 2)
    }

    @Test(
        "our scanner finds PCRE2's words around every character there is",
        arguments: [("llama3", "llama3_engine"), ("gpt2", "gpt2_engine"), ("qwen_scanner", "qwen_engine")])
    func scannerAgainstEngine(scanner: String, engine: String) throws {
        let ours: Tokenizer
        if scanner == "qwen_scanner" {
            // The engine's pattern is the known one in brackets that change nothing.
            let text = String(decoding: try Fixture.bytes("fuzz/\(engine).json"), as: UTF8.self)
            let known = text.replacing("\"(?:(?i:", with: "\"(?i:").replacing("|\\\\s+)\"", with: "|\\\\s+\"")
            #expect(known != text)
            ours = try Tokenizer(json: Array(known.utf8))
        } else {
            ours = try Self.tokenizer(scanner)
        }
        let theirs = try Self.tokenizer(engine)
        var differing: [UInt32] = []
        // Unassigned characters too: both must know the same Unicode. Of ideographs, Hangul and the emptiness behind them a share will do.
        let uniform: [Range<UInt32>] = [0x3400..<0xA000, 0xAC00..<0xD800, 0xE000..<0xF900, 0x17000..<0x18D00, 0x20000..<0x110000]
        for value in 0..<UInt32(0x110000) {
            guard let scalar = Unicode.Scalar(value), value % 101 == 0 || !uniform.contains(where: { $0.contains(value) }) else { continue }
            let text = " \(scalar)a\(scalar)\n\(scalar) '\(scalar)s1\(scalar)23\(scalar)\(scalar)  \(scalar)\t"
            if ours.encode(text, allowSpecial: false) != theirs.encode(text, allowSpecial: false) { differing.append(value) }
        }
        #expect(differing.isEmpty, "\(differing.count), the first: \(differing.prefix(5).map { String($0, radix: 16) })")
    }

    @Test("Qwen2.5's full tokenizer gives the ids of the trimmed one and of all golden pairs", .enabled(if: Fixture.sharedQwen != nil))
    func fullQwen() throws {
        let folder = try #require(Fixture.sharedQwen)
        let tokenizer = try Tokenizer(contentsOf: folder.appending(path: "tokenizer.json"))
        #expect(tokenizer.vocabularySize == 151_665)
        let pairs = try JSONDecoder().decode([Fixture.Pair].self, from: Data(contentsOf: folder.appending(path: "texts.json")))
        for pair in pairs { #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)") }
        let (fuzz, trimmed) = (try Self.fuzz(), try Self.tokenizer("qwen2_5"))
        for text in fuzz.texts { #expect(tokenizer.encode(text) == trimmed.encode(text), "\(text.debugDescription)") }
    }
}
