import Tasks
import Judging
import Testing

@Suite("Untrusted text")
struct UntrustedTextTests {
    @Test("ordinary text of any script is unchanged")
    func ordinary() {
        for text in ["a\n\tb > c | \"d\"", "Größe 5 °C, naïve café", "∠ABC = 90°, √2 ≈ 1.41", "数字是 3。", "e\u{301}", "😀"] {
            #expect(UntrustedText.escaped(text) == text)
        }
    }

    @Test(
        "what is shown as nothing goes, what breaks a line becomes a space, what looks like a tag is spelt out",
        arguments: [
            ("\u{200B}", ""), ("\u{202E}", ""), ("\u{2066}", ""), ("\u{FEFF}", ""), ("\u{E0041}", ""), ("\u{AD}", ""), ("\u{FE0F}", ""),
            ("\u{115F}", ""), ("\u{0}", " "), ("\r", " "), ("\u{1B}", " "), ("\u{85}\u{B}\u{C}", " "), ("\u{2028}", " "), ("\r\n", " \n"),
            ("\u{FF1C}", "&#xFF1C;"), ("\u{226E}", "&#x226E;"), ("\u{E000}", "&#xE000;"), ("\u{FFFE}", "&#xFFFE;"), ("<", "&lt;"),
            ("&", "&amp;"), ("&lt;", "&amp;lt;"), ("<\u{200B}think>", "<think>"), ("<\u{200B}/response>", "&lt;/response>"),
        ])
    func signs(text: String, expected: String) {
        #expect(Array(UntrustedText.escaped("a\(text)b", keptTags: ["<think>"]).unicodeScalars) == Array("a\(expected)b".unicodeScalars))
    }

    @Test("a heap of combining marks is cut, so that normalization sorts short runs")
    func combiningBombs() {
        let text = UntrustedText.escaped("y" + String(repeating: "\u{301}\u{316}", count: 50_000))
        #expect(text.unicodeScalars.count == 9)
    }

    @Test("visible texts that differ stay different, and none has a tag")
    func injective() {
        var random = KeyedRandom(seed: 4)
        let pieces =
            [
                "<", ">", "&", "lt;", "amp;", "#x", "3C;", "/response", "think", "a", "\n", "\u{338}", "\u{FF1C}",
                "\u{37E}", "|",
            ]
            .map { String($0) }
        var seen: [String: String] = [:]
        for _ in 0..<20_000 {
            let text = (0..<random.below(9)).map { _ in random.pick(pieces) }.joined()
            let escaped = UntrustedText.escaped(text)
            #expect(!escaped.unicodeScalars.contains("<"))
            // Scalars, not characters: canonically equal texts are equal strings.
            let key = escaped.unicodeScalars.map { String($0.value) }.joined(separator: " ")
            let value = text.unicodeScalars.map { String($0.value) }.joined(separator: " ")
            #expect(seen.updateValue(value, forKey: key) ?? value == value)
        }
        #expect(seen.count > 5_000)
    }
}
