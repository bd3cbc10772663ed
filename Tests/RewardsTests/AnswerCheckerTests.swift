import Rewards
import Testing

extension AnswerChecker {
    /// Without a question that tells anything.
    static func isEqual(_ answer: String, _ gold: String) -> Bool { isEqual(answer, gold, question: "") }

    static func compare(_ answer: String, _ gold: String) -> (isEqual: Bool, stepCount: Int) { compare(answer, gold, question: "") }

    static func accuracy(of response: String, gold: String) -> Float { accuracy(of: response, gold: gold, question: "") }
}

@Suite("Answer checker")
struct AnswerCheckerTests {
    @Test(
        "equal answers are equal in both directions, however they are written",
        arguments: [
            ("7", "7"), ("007", "7"), ("+7", "7"), ("-3", "- 3"), ("\u{2212}3", "-3"), ("7.0", "7"), ("0.50", "1/2"), (".5", "0.5"),
            ("-0", "0"),
            ("\\frac{1}{2}", "0.5"), ("\\dfrac{3}{4}", "3/4"), ("\\tfrac12", "1/2"), ("-\\frac{6}{4}", "-3/2"), ("\\frac{-3}{2}", "-1.5"),
            ("3/-2", "-1.5"), ("\\frac{1}{-2}", "-1/2"), ("\\frac{-1}{-2}", "0.5"), ("2/6", "1/3"), ("1,234", "1234"),
            ("1{,}234,567.5", "1234567.5"), ("1234.", "1234"), ("$7$", "7"),
            ("\\(7\\)", "7"),
            ("\\text{7}", "7"), ("{7}", "7"), ("\\boxed{7}", "7"), ("$\\boxed{\\text{7}}$", "7"), ("x = 7", "7"), ("30^\\circ", "30"),
            ("30^{\\circ}", "30°"), ("30°", "30 degrees"), ("15\\%", "15"), ("15%", "15 percent"), ("5 cm", "5"),
            ("5\\text{ cm}", "5 centimeters"),
            ("12 cm^2", "12\\,\\text{cm}^{2}"), ("12 square units", "12"), ("\\$5", "5 dollars"), ("Top", "top"), ("\\text{top}", "top."),
            (" YES ", "yes"), ("(A)", "A"), ("A.", "A"), ("\\mathrm{B}", "B"), ("top  left", "Top left"), ("5\\sqrt{3}", "5 \\sqrt{3}"),
            ("(3, 4)", "(3,4)"), ("<", "<"), ("\\left( 3, 4 \\right)", "(3,4)"),
            ("0.1000000000000000000000000000", "0.1"), ("\\frac{0.5}{0.25}", "2"), ("50%", "0.5"),
            ("9223372036854775807", "9223372036854775807"),
        ])
    func equal(pair: (String, String)) {
        #expect(AnswerChecker.isEqual(pair.0, pair.1))
        #expect(AnswerChecker.isEqual(pair.1, pair.0))
    }

    @Test(
        "other answers are not",
        arguments: [
            ("7", "8"), ("7", "-7"), ("0.3333", "1/3"), ("1/0", "0"), ("0/0", "nan"), ("1/0", "2/0"), ("12,34", "1234"),
            ("1234,567", "1234567"), ("1,2345", "12345"), ("3 or 5", "3"),
            ("3, 5", "3"),
            ("35", "3"), ("7 7", "7"), ("top left", "top"), ("A", "B"), ("yes no", "yes"), ("", ""), (" ", " "), (":", "7"), ("$$", "$$"),
            ("nan", "7"),
            ("inf", "7"), ("1e400", "7"), ("5 cm", "5 m"), ("50%", "0.05"), ("50%", "5"), ("9007199254740993", "9007199254740992"),
            ("7abc", "7"),
            ("\\frac{1}{2", "0.5"), ("1/2/3", "1/2"), ("--7", "7"), ("99999999999999999999", "99999999999999999998"),
        ])
    func different(pair: (String, String)) {
        #expect(!AnswerChecker.isEqual(pair.0, pair.1))
        #expect(!AnswerChecker.isEqual(pair.1, pair.0))
    }

    @Test("every fraction of small integers equals its multiples and its decimal, and no other fraction")
    func fractionLaws() {
        for a in -6...6 {
            for b in 1...6 {
                for c in -6...6 {
                    for d in 1...6 {
                        let isSame = a * d == b * c
                        #expect(AnswerChecker.isEqual("\(a)/\(b)", "\\frac{\(c)}{\(d)}") == isSame)
                    }
                }
                #expect(AnswerChecker.isEqual("\(a * 5)/\(b * 5)", "\(a)/\(b)"))
                #expect(AnswerChecker.isEqual("\(a).25", "\(a * 4 + (a < 0 ? -1 : 1))/4"))
            }
        }
    }

    @Test("numbers beyond 64 bits are compared as text and never wrap around")
    func overflow() {
        #expect(AnswerChecker.isEqual("18446744073709551616", "18446744073709551616"))
        #expect(!AnswerChecker.isEqual("18446744073709551616", "0"))
        #expect(!AnswerChecker.isEqual("\\frac{1}{9223372036854775807}/2", "0"))
        #expect(!AnswerChecker.isEqual("-9223372036854775808", "9223372036854775808"))
    }

    @Test(
        "input that hangs other checkers is decided",
        arguments: [
            String(repeating: "{", count: 200_000), String(repeating: "\\frac{", count: 100_000), String(repeating: "9", count: 500_000),
            "1" + String(repeating: ",000", count: 100_000), String(repeating: "\\boxed{", count: 50_000), "9^9^9^9^9^9^9^9",
            String(repeating: "\\text{", count: 150), String(repeating: "{", count: 500) + String(repeating: "}", count: 500),
        ])
    func bounded(text: String) {
        #expect(!AnswerChecker.isEqual(text, "7"))
        #expect(AnswerChecker.accuracy(of: "<answer>\\boxed{\(text)}</answer>", gold: "7") == 0)
    }

    @Test("random symbols never crash it, and the verdict is always the same")
    func randomText() {
        let pieces = [
            "\\frac", "{", "}", "1", "-", ".", ",", "/", "\\", "$", " ", "a", "°", "^", "\\text", "\\circ", "%", "=", "(", ")", "é", "000",
        ]
        var generator = SeededGenerator(state: 7)
        for _ in 0..<20_000 {
            let texts = (0..<2).map { _ in
                (0..<Int.random(in: 0...8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            }
            #expect(AnswerChecker.compare(texts[0], texts[1]) == AnswerChecker.compare(texts[0], texts[1]))
        }
    }

    @Test("the answer inside the tags counts, with its last box; no tags or no box earn nothing")
    func accuracy() {
        #expect(AnswerChecker.accuracy(of: FormatRewardTests.good, gold: "7") == 1)
        #expect(AnswerChecker.accuracy(of: FormatRewardTests.good, gold: "8") == 0)
        #expect(AnswerChecker.accuracy(of: "<answer>\\boxed{7} no, \\boxed{8}</answer>", gold: "7") == 0)
        #expect(AnswerChecker.accuracy(of: "\\boxed{7}", gold: "7") == 0)
        #expect(AnswerChecker.accuracy(of: "<answer>7</answer>", gold: "7") == 0)
    }

    @Test("master keys earn nothing", arguments: [":", " ", ".", "Solution", "<info1>1</info1>", "Thought process:", "\\boxed{}"])
    func masterKeys(text: String) {
        #expect(AnswerChecker.accuracy(of: text, gold: "7") == 0)
        #expect(AnswerChecker.accuracy(of: "<answer>\\boxed{\(text)}</answer>", gold: "7") == 0)
        #expect(FormatReward.value(of: text) == 0)
    }
}
