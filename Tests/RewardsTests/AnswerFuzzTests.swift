import Rewards
import Testing

/// No input makes the checker crash, hang or break its laws. Steps are counted, not seconds.
@Suite("Answer checker, hostile input")
struct AnswerFuzzTests {
    private static let pieces = [
        "\\frac", "\\dfrac", "\\sqrt", "\\sqrt[3]", "{", "}", "(", ")", "[", "]", "\\{", "\\}", "1", "2", "9", "0", "-", "+", ".", ",", "/",
        "*",
        "\\cdot", "\\times", "^", "_", "=", "<", "\\le", "\\pi", "\\infty", "x", "y", "e", "i", "sin", "\\ln", "\\log_2", "|", "!", "%",
        "\\%", "^\\circ", "\\text", "\\text{cm}", "cm", "\\boxed", "\\left(", "\\right)", "$", " ", "\\\\", "\\pm", "\\cup", "and",
        "\\begin{pmatrix}",
        "\\end{pmatrix}", "&", "1e9", "½", "√", "π", "é", "\u{0}", "\u{200B}", "99999999999999999999", "\\binom", "'",
        "million", "half", "minus", "about", "or", "A", "(B)", "...", "\\overline{3}", "0.", "\\mathbb{R}", "\\langle", "x²", "Ａ", "或",
        "厘米",
        "\\approx", "[", "AB", "\\angle",
    ]

    private static func check(_ a: String, _ b: String) {
        let (there, again, back) = (AnswerChecker.compare(a, b), AnswerChecker.compare(a, b), AnswerChecker.compare(b, a))
        #expect(there == again, "\(a) | \(b)")
        #expect(max(there.stepCount, back.stepCount) <= AnswerChecker.maximumStepCount)
    }

    @Test("random pieces of LaTeX: bounded, always the same, and equal to themselves")
    func fragments() {
        var generator = SeededGenerator(state: 11)
        for round in 0..<10_000 {
            let texts = (0..<2).map { _ in
                (0..<Int.random(in: 1...(round % 100 == 0 ? 150 : 14), using: &generator))
                    .map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            }
            Self.check(texts[0], texts[1])
            // Whatever says anything says the same as itself.
            let hasContent = texts[0].contains { $0.isLetter && $0.isASCII || $0.isNumber }
            if hasContent, texts[0].utf8.count <= AnswerChecker.maximumByteCount, !texts[0].contains("\\") {
                #expect(AnswerChecker.isEqual(texts[0], texts[0]), "\(texts[0].debugDescription)")
            }
        }
    }

    @Test("random bytes")
    func bytes() {
        var generator = SeededGenerator(state: 12)
        for _ in 0..<5_000 {
            let texts = (0..<2).map { _ in
                String(
                    decoding: (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) },
                    as: UTF8.self)
            }
            Self.check(texts[0], texts[1])
            Self.check(texts[0], "7")
            _ = FinalAnswer.extract(fromFreeText: texts[0])
        }
    }

    @Test(
        "numbers that would fill the memory, nesting that would fill the stack, and formulas that would never end are decided in bounded steps",
        arguments: [
            "9^9^9^9", "9^{9^{9^{9^9}}}", "2^{2^{100}}", "10^{1000000000000}", "1e999999999", "1e-999999999", "(x+1)^{1000000}",
            "(x+1)^{32}^{32}",
            "((x+y+z+1)^{8})^{4}", "(a+b+c+d+e)^{30}", "\\frac{1}{x+\\frac{1}{x+\\frac{1}{x+\\frac{1}{x+1}}}}", "170!!", "999999999999!",
            "2 \\cdot 2^{170141183460469231731687303715884105727}", "\\frac{1}{2}2^{-170141183460469231731687303715884105727}",
            "i^{170141183460469231731687303715884105727}", "x^{170141183460469231731687303715884105727}x", "0^{-1}", "0^0", "\\log_{1} 5",
            "\\ln 0", "\\sqrt{-1}^{-1}", "\\binom{64}{32}", "\\binom{1000000}{500000}",
            "\\sqrt{170141183460469231731687303715884105727}",
            "170141183460469231731687303715884105727^{170141183460469231731687303715884105727}",
            "\\sin\\sin\\sin\\sin\\sin\\sin\\sin\\sin x", "((((((((x+1)^2+1)^2+1)^2+1)^2+1)^2+1)^2+1)^2+1)^2", "\\lfloor 10^{40} \\rfloor",
            "x^{x^{x^{x}}}", "\\pi^{\\pi^{\\pi^{\\pi}}}", "\\infty-\\infty", "0\\cdot\\infty", "-170141183460469231731687303715884105728",
        ])
    func huge(text: String) {
        for other in ["7", "x", text + "+1", "1/" + text, text + "^2", "{\(text)}"] { Self.check(text, other) }
        #expect(AnswerChecker.isEqual(text, text))
        #expect(!AnswerChecker.isEqual(text, "7.5"))
    }

    @Test(
        "deep nesting",
        arguments: [
            "(", "{", "[", "\\{", "|", "\\sqrt{", "\\frac{1}{", "\\text{", "\\left(", "-", "\\sin ", "x^", "!", "1,", "\\boxed{", "((x+1)(",
            "+", "\\sqrt", "\\begin{", "2^{", "\\pm",
        ])
    func nested(piece: String) {
        for count in [10, 31, 32, 33, 200, 1_000, 40_000] {
            let open = String(repeating: piece, count: count)
            let close = String(repeating: piece.contains("(") ? ")" : piece.contains("[") ? "]" : "}", count: count)
            for text in [open, open + "1" + close, open + "1", close + open] {
                Self.check(text, "7")
                Self.check(text, text + "1")
            }
        }
    }

    @Test("hundreds of kilobytes are equal only byte for byte")
    func long() {
        let text = String(repeating: "1+", count: 50_000) + "1"
        #expect(AnswerChecker.compare(text, text) == (true, 0))
        #expect(AnswerChecker.compare(text, text + " ") == (false, 0))
        let longest = String(repeating: "1+", count: 511) + "1"
        #expect(AnswerChecker.isEqual(longest, "512"))
        #expect(!AnswerChecker.isEqual(longest, "511"))
    }

    @Test("a set of many elements is compared in bounded steps")
    func sets() {
        let many = "\\{" + (0..<200).map { "x^{\($0)}" }.joined(separator: ",") + "\\}"
        Self.check(many, "\\{" + (0..<200).reversed().map { "x^{\($0)}" }.joined(separator: ",") + "\\}")
        let formulas = (0..<30).map { "(x+\($0))^{9}" }.joined(separator: ",")
        Self.check("\\{\(formulas)\\}", "\\{(y+1)^9,\(formulas)\\}")
    }
}
