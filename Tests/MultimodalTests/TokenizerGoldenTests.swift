import Foundation
import Multimodal
import Testing

@Suite("Tokenizer against transformers")
struct TokenizerGoldenTests {
    @Test("the tiny tokenizer gives the ids that transformers gives")
    func tinyGolden() throws {
        let tokenizer = try Fixture.tokenizer()
        let pairs = try Fixture.pairs("qwen2_5_vl_tiny/texts.json")
        #expect(pairs.count == 9)
        for pair in pairs { #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)") }
        #expect(tokenizer.vocabularySize == 512)
        #expect(tokenizer.specialTokenIDs == Array(490..<504))
        #expect(tokenizer.tokenID(of: "<|image_pad|>") == 502)
    }

    @Test("random texts of many scripts, white space, marks and jamo give the ids that Hugging Face's tokenizers gives")
    func randomTexts() throws {
        let tokenizer = try Fixture.tokenizer()
        let pairs = try Fixture.pairs("random_texts.json")
        #expect(pairs.count == 255)
        for pair in pairs { #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)") }
    }

    /// The fixture is Qwen2.5's tokenizer.json without the merges whose token stands nowhere in the texts, and without the tokens of those
    /// merges: no such merge can apply. Ids are Qwen's own, so most numbers below the greatest have no token.
    @Test("Qwen2.5's own tokenizer gives the ids that transformers gives, twice, and they decode to the text")
    func qwenGolden() throws {
        let tokenizer = try Tokenizer(contentsOf: Fixture.url("qwen2_5/tokenizer.json"))
        #expect(tokenizer.vocabularySize == 151_665)
        let pairs = try Fixture.pairs("qwen2_5/texts.json")
        #expect(pairs.count == 219)
        for _ in 0..<2 {
            for pair in pairs {
                #expect(tokenizer.encode(pair.text) == pair.ids, "\(pair.text.debugDescription)")
                #expect(Array(tokenizer.decode(pair.ids).utf8) == Array(pair.text.precomposedStringWithCanonicalMapping.utf8))
            }
        }
    }
}
