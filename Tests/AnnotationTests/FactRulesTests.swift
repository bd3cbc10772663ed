import Annotation
import Foundation
import JSON
import Telemetry
import Testing

@Suite("what is refused as a visual fact, and what is not")
struct FactRulesTests {
    private static let chain = """
        In the figure AB is 5 and BC is 12. There is a right angle at B. So AC = 13 by the Pythagorean theorem. The circle has radius 3, 3 + 4 = 7.
        The sum of angles in a triangle is 180. AD is 2x+3 and the picture shows 3 + 4 on a sign. 2x + 3 = 15 so x = 6. Angle 1 is 40 degrees.
        Option B shows a red door and is the correct option. The answer is 13. The length of AC is 13. Perhaps the door is red.
        Triangle ABC is shown. It is unknown how long CD is. Must be 5. We know AB is 5. The square has side 4. The figure shows BE and IF.
        """
    private let rules = FactRules(question: "The square has side 4. Find the length of AC.", answer: "13", chain: Self.chain)

    @Test(
        "each class is refused by its reason",
        arguments: [
            ("AB?", FactRefusal.malformed), ("Is AB 5 long?", .malformed), ("AB is …", .malformed), ("yes", .malformed),
            ("3 4 5", .malformed),
            ("AB is 5\u{202E}.", .malformed), ("The answer is 13.", .statesAnswer), ("Option B is the correct option.", .statesAnswer),
            ("The length of AC is 13.", .statesAnswer), ("AC = 13", .statesAnswer), ("AC is \\boxed{13}.", .statesAnswer),
            ("The Pythagorean theorem holds for AB and BC.", .outsideKnowledge),
            ("The sum of angles in a triangle is 180.", .outsideKnowledge),
            ("The triangle is similar by SAS.", .outsideKnowledge), ("sin B is 1.", .outsideKnowledge), ("3 + 4 = 7", .computation),
            ("The total 3 + 4 is 7.", .computation), ("2x + 3 = 15", .computation), ("The sum of 3 and 4 is 7.", .computation),
            ("Subtracting 3 from 15 leaves 12.", .computation), ("7 + ? + ? = x", .computation), ("AB plus BC is 12.", .computation),
            ("$$AB = 5$$ is given.", .computation), ("Here is what I see:", .malformed), ("This eliminates option B.", .inference),
            ("Therefore AB is 5.", .inference), ("So AB is 5 long.", .inference), ("AB must be 5.", .inference),
            ("If AB is 5 then BC is 12.", .inference),
            ("AB is 5 because BC is 12.", .inference), ("We know AB is 5.", .inference), ("Perhaps the door is red.", .uncertain),
            ("It is unknown how long CD is.", .uncertain), ("The square has side 4.", .inQuestion), ("AB is 77.", .notInChain),
            ("XY is 5 long.", .notInChain),
            ("A blue elephant stands beside 5 palm trees.", .notInChain),
        ])
    func refused(_ fact: String, _ reason: FactRefusal) {
        #expect(rules.refusal(of: fact) == reason)
    }

    @Test(
        "visual facts pass",
        arguments: [
            "AB is 5.", "The length of BC is 12.", "There is a right angle at B.", "The circle has radius 3.", "AD is 2x+3.", "AD = 2x + 3",
            "The picture shows 3 + 4 on a sign.", "Angle 1 is 40 degrees.", "Angle 1 = 40", "Option B shows a red door.",
            "The figure shows triangle ABC.",
            "The length of CB is twelve.", "The figure shows BE and IF.",
        ])
    func passed(_ fact: String) {
        #expect(rules.refusal(of: fact) == nil)
    }

    @Test("the answer is refused only where it is said of what is asked")
    func asked() {
        func refusal(_ fact: String, _ question: String, _ answer: String) -> FactRefusal? {
            FactRules(question: question, answer: answer, chain: fact).refusal(of: fact)
        }
        #expect(
            refusal(
                "There are 6 different digits in the picture.", "How many different digits can you find in this picture?\n<image1>", "6")
                == .statesAnswer)
        #expect(refusal("The top-left digit is 3.", "What is the top-left digit?", "3") == .statesAnswer)
        #expect(refusal("The top-left digit is 3.", "What is the sum of the top row?", "3") == nil)
        #expect(refusal("The top-left digit is 3.", "What is the difference of the top-left digit and the bottom-right digit?", "3") == nil)
        #expect(refusal("The top-right digit is 3.", "What is the top-left digit?", "3") == nil)
        #expect(refusal("The length of BD equals x.", "Find x.", "13") == nil)
        #expect(refusal("The length of BD equals x+13.", "Find x.", "13") == nil)
        #expect(
            refusal(
                "3 of these shapes can be drawn using one line.",
                "How many of the following shapes can be drawn using one line (i.e. without lifting)?", "3")
                == .statesAnswer)
        #expect(refusal("The value of x is 13.", "Find x.", "13") == .statesAnswer)
        #expect(refusal("BC is tangent to the circle of radius 10.", "Find BC.", "10") == nil)
    }

    private static let geometry = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../shared/data/geometry3k/metadata.jsonl"
    )
    .standardizedFileURL.path

    @Test(
        "of all literals of Geometry3K, verbatim in the chain of thought, at most 1 in 100 are refused",
        .enabled(if: FileManager.default.fileExists(atPath: geometry), "needs ../shared/data/geometry3k"))
    func literals() throws {
        var (total, refused) = (0, [FactRefusal: Int]())
        try JSONLinesLog.forEachLine(in: Self.geometry) { line in
            let value = try JSONValue(parsing: line.text)
            let facts = value["visual_key_info"]?.elements?.compactMap(\.string) ?? []
            let rules = FactRules(
                question: value["problem"]?.string ?? "", answer: value["answer"]?.string ?? "", chain: facts.joined(separator: " "))
            for fact in facts {
                total += 1
                if let reason = rules.refusal(of: fact) {
                    refused[reason, default: 0] += 1
                    if refused[reason, default: 0] <= 5 {
                        print("refused, \(reason.rawValue): \(fact) | \(value["problem"]?.string ?? "")")
                    }
                }
            }
        }
        print("Geometry3K: \(total) literals, refused: \(refused.map { "\($0.key.rawValue) \($0.value)" }.sorted())")
        #expect(total > 5_000 && refused.values.reduce(0, +) * 100 <= total)
    }
}
