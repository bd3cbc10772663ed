import Rewards
import Testing

/// A small generator with fixed seeds (SplitMix64), so that a failure comes back.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Format reward")
struct FormatRewardTests {
    static let good = "<think>\nTop-left is 3.\nSo 7.\n</think>\n<answer>\nIt is \\boxed{7}.\n</answer>"

    @Test("the form of the method earns 1")
    func accepted() {
        #expect(FormatReward.value(of: Self.good) == 1)
        #expect(FormatReward.value(of: "<think>\n\n</think>\n<answer>\n\\boxed{}}\n</answer>") == 1)
        #expect(FormatReward.value(of: "<think>\na\n</think>\n<answer>\nline\nline \\boxed{\n}\nmore\n</answer>") == 1)
    }

    @Test(
        "anything else earns 0",
        arguments: [
            "", ":", "7", "\\boxed{7}", " " + good, good + "\n", good + " ", "<think>\n</think>\n<answer>\n\\boxed{7}\n</answer>",
            "<think>\na\n</think>\n<answer>\n\\boxed{}\n</answer>", "<think>\na\n</think>\n<answer>\n7\n</answer>",
            "<think>\na\n</think>\n<answer>\n\\boxed{7\n</answer>}", "<think>\n\\boxed{7}\n</think>\n<answer>\n7\n</answer>",
            "<think>a</think><answer>\\boxed{7}</answer>", "<think>\na\n</think>\n\n<answer>\n\\boxed{7}\n</answer>",
            "<think>\na\n</think>\n<answer>\n\\boxed{7}</answer>",
        ])
    func refused(text: String) {
        #expect(FormatReward.value(of: text) == 0)
    }

    @Test("the matcher agrees with a regular expression engine on 20,000 random strings, both ways")
    func agreesWithRegex() throws {
        let pattern = #"<think>\n.*?\n</think>\n<answer>\n.*?\\boxed\{.+?\}.*?\n</answer>"#
        let regex = try Regex(pattern).dotMatchesNewlines().matchingSemantics(.unicodeScalar)
        let pieces = [
            "<think>\n", "\n</think>\n", "<answer>\n", "\\boxed{", "}", "\n</answer>", "\n", "x", "{", "é", "\r\n", "</think>", "",
        ]
        let skeleton = ["<think>\n", "x", "\n</think>\n", "<answer>\n", "", "\\boxed{", "7", "}", "", "\n</answer>"]
        var generator = SeededGenerator(state: 1)
        var accepted = 0
        for _ in 0..<20_000 {
            var parts = skeleton
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let index = Int.random(in: 0..<parts.count, using: &generator)
                let piece = pieces.randomElement(using: &generator) ?? ""
                if Bool.random(using: &generator) { parts[index] = piece } else { parts.insert(piece, at: index) }
            }
            let text = parts.joined()
            let expected = try regex.wholeMatch(in: text) != nil
            #expect(FormatReward.matches(text) == expected, "\(text.debugDescription)")
            accepted += expected ? 1 : 0
        }
        #expect((4_000..<18_000).contains(accepted))
    }

    @Test("a megabyte of near misses is decided")
    func longInput() {
        let near = "<think>\n" + String(repeating: "\n</think>\n<answer>\n\\boxed{", count: 40_000) + "\n</answer>"
        #expect(FormatReward.value(of: near) == 0)
        #expect(FormatReward.value(of: near.dropLast(10) + "}\n</answer>") == 1)
    }
}

@Suite("Response parts")
struct ResponsePartsTests {
    @Test("a response falls into what it thinks, what it answers and the answer that counts")
    func parts() {
        let parts = ResponseParts(FormatRewardTests.good)
        #expect(parts.think == "\nTop-left is 3.\nSo 7.\n")
        #expect(parts.answer == "\nIt is \\boxed{7}.\n")
        #expect(parts.finalAnswer == "7")
    }

    @Test("an answer of several lines is read from its tags, not from the whole text")
    func severalLines() {
        let parts = ResponseParts("<think>\n\\boxed{1}\n</think>\n<answer>\nfirst\nsecond \\boxed{ 2 }\n</answer>\n\\boxed{3}")
        #expect(parts.finalAnswer == "2")
    }

    @Test(
        "the last box counts, with its braces balanced",
        arguments: [
            ("\\boxed{1} or \\boxed{2}", "2"), ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"), ("\\boxed{\\{1\\}}", "\\{1\\}"),
            ("\\boxed{\\boxed{5}}", "5"), ("\\boxed{}", ""), ("\\boxed{1} \\boxed{2", nil), ("7", nil), ("\\boxed{a\\", nil),
        ] as [(String, String?)])
    func boxes(answer: String, expected: String?) {
        #expect(ResponseParts("<answer>\(answer)</answer>").finalAnswer == expected)
    }

    @Test("a response that was cut has no answer")
    func cut() {
        let parts = ResponseParts("<think>\nTop-left \\boxed{7} <answer>\\boxed{7}")
        #expect(parts.think == nil)
        #expect(parts.answer == nil)
        #expect(parts.finalAnswer == nil)
    }
}
