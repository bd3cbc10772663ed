import Tasks
import Testing
import Trajectories

@Suite("Shapes rules")
struct ShapesRulesTests {
    private let rules = ShapesRules()
    private let color = "Color: top-left red."
    private let all = ["Size: top-left small.", "Color: top-left red.", "Kind: top-left circle."]

    @Test(
        "what states a shape",
        arguments: [
            "There is a small red circle at the top-left.", "there is a SMALL RED CIRCLE at the TOP-LEFT", "Top-left: small red circle.",
            "**Top left**: small, red circle", "The top-left shape is a small red circle.", "At the top left there is a small red circle.",
            "The small circle at the top-left is red.", "The circle in the upper left corner is small and red.",
            "A small red circle is at the top-left and a large blue square is at the bottom-right.",
            "At the top-left is a small red circle and at the bottom-right is a large blue square.",
            "At the top-left is a small red circle, and at the bottom-right a large blue square.",
            "top-left small red circle, top-right large blue square, center medium green star",
            "small red circle: top-left, large blue square: bottom-right",
            "small red circle (top-left), large blue square (bottom-right)",
            "top-left (small red circle), bottom-right (large blue square)",
            "Small red circles are at the top-left and the bottom-right.", "The top-left and the bottom-right are small red circles.",
            "The top-left shape is a circle. It is red. It is small.", "There is a tiny red circle in the TL corner.",
            "The top-left is not empty: it is a small red circle.", "The top-left is not blue, it is a small red circle.",
            "There is a small red circle at the top-left and maybe a large blue square at the bottom-right.",
            "There is no square at the bottom-left. There is a small red circle at the top-left.",
            "There is no square at the bottom-left and a small red circle at the top-left.",
            "There is a small red circle at the top-left. The circle at the top-left is larger than the blue square at the top-right.",
            "There is a small red circle at the top-left. Is the top-left blue?",
            "There is a small red circle at the top-left. If the top-left were blue, I would say so.",
            "There is a small red circle at the top-left. The top row has blue shapes.",
            "There is a small red circle at the top-left. \"The top-left is blue\" would be said otherwise.",
            "There is a small red circle at the top-left. Red: circle, square. Count: 2.",
            "No, there is a small red circle at the top-left.",
        ])
    func stated(_ response: String) {
        #expect(rules.verdicts(annotations: all, response: response) == [.reflected, .reflected, .reflected])
    }

    @Test(
        "what does not state the colour, or takes it back",
        arguments: [
            "", "There is a small circle at the top-left.", "There is a small red circle.", "There is a small red circle at the top-right.",
            "There is a small orange circle at the top-left.",
            "There is a small reddish circle at the top-left.", "There is no small red circle at the top-left.",
            "A small red circle is not at the top-left.", "There is maybe a small red circle at the top-left.",
            "There is a small red circle at the top-left, perhaps.", "There is a small red or orange circle at the top-left.",
            "There is a small red circle at the top-left or the top-right.", "Perhaps the top-left is a small red circle.",
            "Is there a small red circle at the top-left?", "Suppose there is a small red circle at the top-left.",
            "\"There is a small red circle at the top-left.\"", "It is false that there is a small red circle at the top-left.",
            "That there is a small red circle at the top-left is wrong.", "Mark \"reflected\": a small red circle at the top-left.",
            "There is a small red circle at the top-left. The top-left is blue.",
            "There is a small red circle at the top-left. The top-left shape is not red.",
            "There is a small red circle at the top-left. Wait, it is blue.",
            "There is a small red circle at the top-left. That is wrong.",
            "There is a small red circle at the top-left. There is no shape at the top-left.",
            "There is a small red circle at the top-left. The top-left is empty.",
            "There is a small red circle at the top-left. A small red circle is not at the top-left.",
            "There is a small red circle at the top-left. There is a large blue square at the top-left.",
            "There is a small red circle at the top-left. The top-left might be orange.",
            "At the top-left is a small circle. At the bottom-right is a red one.",
            "The circle is left of the small red square at the top-left.",
            "small medium large red orange blue circle square star at the top-left",
            "The top row: small red circle, large blue square, small green star.",
            "A circle and a square are at the top-left and the top-right, respectively.",
        ])
    func notStated(_ response: String) {
        #expect(rules.verdict(annotation: color, response: response) == .missing)
    }

    @Test(
        "each property stands or falls by itself; r, c and k are size, colour and kind as far as they are reflected",
        arguments: [
            ("The top-left color is red.", "c"), ("The top-left size is small.", "r"), ("The top-left shape is a circle.", "k"),
            ("Size: top-left small. Color: top-left red. Kind: top-left circle.", "rck"), ("Color: top-left not red.", ""),
            ("Size: top-left small. Color: top-left red or blue.", "r"), ("Size: top-left small. Size: top-left large.", ""),
            ("There is a red circle at the top-left.", "ck"), ("There is a small red rectangle at the top-left.", "rc"),
            ("There is a small reddish circle at the top-left.", "rk"), ("There is a small red or orange circle at the top-left.", "rk"),
            ("The top-left shape is a small orange or red circle.", "rk"), ("The top-left shape is a small or large red circle.", "ck"),
            ("The top-left shape is a small red circle or square.", "rc"), ("There is a small red circle or square at the top-left.", "rc"),
            ("There is a small red circle or a square at the top-left.", ""),
            ("There is a small red or pink circle at the top-left.", "rk"),
            ("The top-left shape is a small red circle. The top-left color is blue.", "rk"),
            ("There is a small red circle at the top-left. Wait, it is blue.", "rk"),
            ("There is a small red circle at the top-left. No, it is a square.", "rc"),
            ("There is a small red circle at the top-left. It is not small.", "ck"),
            ("There is a small red circle at the top-left. The top-left is empty.", ""),
            ("There is a small red circle at the top-left. There is a large blue square at the top-left.", ""),
            ("There is a small red circle at the top-left. There is a small blue square at the top-left.", "r"),
            ("There is a small red circle at the top-left. The square at the top-left is larger than the star at the center.", "rc"),
            ("There is maybe a small red circle at the top-left.", ""), ("There is no small red circle at the top-left.", ""),
        ])
    func parts(_ response: String, _ letters: String) {
        let expected = "rck".map { letters.contains($0) ? Verdict.reflected : .missing }
        #expect(rules.verdicts(annotations: all, response: response) == expected)
    }

    @Test(
        "the number of shapes",
        arguments: [
            ("There are 4 shapes.", true), ("There are four shapes in the picture.", true), ("I see 4 shapes: a small red circle, …", true),
            ("The number of shapes is 4.", true), ("Number of shapes in the image: 4", true), ("4 shapes in total.", true),
            ("There are 4 colored shapes, of which 2 are red.", true), ("There are 4 shapes. 2 red shapes are there.", true),
            ("There are 4 shapes. 3 shapes are red.", true), ("There are 4 shapes. The top row has 2 shapes.", true),
            ("There are 4 shapes. There are 2 shapes in the top row.", true), ("There are not 5 shapes. There are 4 shapes.", true),
            ("There are 4 shapes. 2 shapes are larger than it.", true), ("There are 4 shapes. Are there 5 shapes?", true),
            ("", false), ("There are 5 shapes.", false), ("There are 4.", false), ("There are 4 red shapes.", false),
            ("4 shapes are red.", false), ("There are 4 or 5 shapes.", false), ("There are about 4 shapes.", false),
            ("There are at least 4 shapes.", false), ("There are maybe 4 shapes.", false), ("There are not 4 shapes.", false),
            ("There are 4 shapes. There are 5 shapes.", false), ("There are 4 shapes. The number of shapes is 5.", false),
            ("There are 4 shapes. There are not 4 shapes.", false), ("There are more than 4 shapes.", false),
            ("There are 4 shapes in the top row.", false), ("There are 4 shapes. That is wrong: 5 shapes.", false),
            ("There are 44 shapes.", false), ("There are 4.5 shapes.", false), ("The number of red shapes is 4.", false),
        ])
    func number(_ response: String, _ isStated: Bool) {
        let verdict = rules.verdict(annotation: "There are 4 shapes.", response: response)
        #expect(verdict == (isStated ? .reflected : .missing))
    }

    @Test("every place is read by its names")
    func placeNames() {
        let rows = [("top", ["top", "upper"]), ("middle", ["middle", "center", "mid"]), ("bottom", ["bottom", "lower"])]
        let columns = [("left", ["left"]), ("center", ["center", "middle", "centre"]), ("right", ["right"])]
        for (row, rowNames) in rows {
            for (column, columnNames) in columns {
                let annotation = "Color: \(row)-\(column) blue."
                for rowName in rowNames {
                    for columnName in columnNames {
                        for join in ["-", " ", ""] {
                            let response = "There is a large blue star at the \(rowName)\(join)\(columnName)."
                            #expect(rules.verdict(annotation: annotation, response: response) == .reflected, "\(response)")
                        }
                    }
                }
            }
        }
        #expect(
            rules.verdict(annotation: "Color: middle-center blue.", response: "A large blue star is in the center.")
                == .reflected)
    }

    @Test("hostile texts are read to their end, and end in a verdict")
    func hostileTexts() {
        let pieces = [
            "a small red ", "small red circle at ", "the top-left and ", "top-left ", "not ", "maybe ", "<", "\"", "<a", "…", ".", "((((",
            "4 ",
            "4 shapes ", "number of shapes ", "red, ", "e\u{301}", "\u{200D}", "👩‍👩‍👧‍👦", "it ", "or top-left red ", "center middle ", "-",
            "circles are at the top-left and ", "99999999999999999999 shapes ", "\n", "\r\n", "’",
        ]
        for piece in pieces {
            let text = String(repeating: piece, count: 60_000 / piece.utf8.count)
            #expect(rules.verdict(annotation: color, response: text) == .missing, "\(piece)")
            let after = text + "\nThere is a small red circle at the top-left."
            #expect([.missing, .reflected].contains(rules.verdict(annotation: color, response: after)))
        }
        // A random mixture of all.
        var random = KeyedRandom(seed: 11)
        for _ in 0..<30 {
            let text = (0..<2_000).map { _ in random.pick(pieces) }.joined()
            #expect(rules.verdict(annotation: "There are 4 shapes.", response: text) != .unknown)
        }
    }
}
