import Annotation
import Testing

@Suite("the tags of facts, and facts as words")
struct FactTextTests {
    @Test("numbered tags are read, white space passed over")
    func tags() throws {
        #expect(try FactTags.parse("<fact1>A is red.</fact1>\n <fact2> B\n is  blue. </fact2>\n") == ["A is red.", "B is blue."])
        #expect(try FactTags.parse("<fact1>a &lt; b &amp; c</fact1>") == ["a < b & c"])
        #expect(try FactTags.parse(" <nofacts/> ") == [])
        for facts in [[], ["x"], (1...64).map { "Fact \($0) < & >." }] { #expect(try FactTags.parse(FactTags.text(facts)) == facts) }
    }

    @Test(
        "an answer that is not wholly of the form is no answer",
        arguments: [
            ("", FactTags.Fault.empty), (" \n", .empty), ("None.", .outsideTags), ("Here: <fact1>A.</fact1>", .outsideTags),
            ("<fact1>A.</fact1> Done.", .outsideTags), ("```\n<fact1>A.</fact1>\n```", .outsideTags),
            ("<nofacts/><fact1>A.</fact1>", .outsideTags),
            ("<fact2>A.</fact2>", .numbering), ("<fact1>A.</fact1><fact3>B.</fact3>", .numbering),
            ("<fact1>A.</fact1><fact1>B.</fact1>", .numbering),
            ("<fact1>A.", .unclosed), ("<fact1>A.</fact2>", .unclosed), ("<think>A.", .outsideTags),
            ("<fact1>A. <fact2>B.</fact2></fact1>", .nested),
            ("<fact1><b>A</b></fact1>", .nested), ("<fact1> \n</fact1>", .emptyFact), ("<Fact1>A.</Fact1>", .outsideTags),
            ("<fact1>" + String(repeating: "a", count: 401) + "</fact1>", .factTooLong), (String(repeating: " ", count: 1 << 17), .tooLong),
            ((1...65).map { "<fact\($0)>A.</fact\($0)>" }.joined(), .tooMany),
        ])
    func strictness(_ reply: String, _ fault: FactTags.Fault) {
        #expect(throws: fault) { try FactTags.parse(reply) }
    }

    @Test(
        "different wordings of one fact have one key",
        arguments: [
            ["The length of TR equals x+21.", "the length of TR is x + 21", "Length of $TR$ = x + 21."],
            ["The top-left digit is 3.", "top left digit is three", "The top-left digit = 3"],
            ["The measure of angle ABC equals 60.", "measure of \\angle ABC = 60^\\circ", "The measure of ∠ABC is 60°."],
            ["AB is perpendicular to CD.", "AB ⊥ CD", "AB \\perp CD", "$\\overline{AB} \\perp \\overline{CD}$"],
            ["RT is 7sqrt{2}.", "RT = 7\\sqrt{2}"], ["AB is frac{4}{7}.", "AB = \\dfrac{4}{7}"], ["There are 3 cats.", "three cats"],
        ])
    func keys(_ wordings: [String]) {
        #expect(Set(wordings.map { FactText($0).key }).count == 1, "\(wordings.map { FactText($0).key })")
    }

    @Test(
        "different facts have different keys and contents",
        arguments: [
            ("The length of AB is 3.", "The length of AB is 4."), ("AB is parallel to CD.", "AB is perpendicular to CD."),
            ("The top-left digit is 3.", "The top-right digit is 3."), ("AB is x+2.", "AB is x-2."), ("AB is 4.5.", "AB is 45."),
            ("The door is red.", "The door is not red."), ("RT is 7\\sqrt{2}.", "RT is 7\\sqrt{3}."),
        ])
    func differences(_ a: String, _ b: String) {
        #expect(FactText(a).key != FactText(b).key)
        #expect(FactText(a).content != FactText(b).content)
    }

    @Test("the content sees through paraphrase, not through other values")
    func content() {
        #expect(FactText("The length of AB equals 5.").content == FactText("Side AB is labelled 5.").content)
        #expect(FactText("Point B lies on line AD.").content == FactText("B is on line AD.").content)
        #expect(FactText("The measure of angle ABC equals 4y-10.").content == FactText("Angle ABC measures 4y - 10.").content)
    }

    @Test("any text becomes words in bounded time, without a trap")
    func hostile() {
        for text in [
            "", "\\", "-", "a-", "3\\", "\\\\\\", "^\\circ", String(repeating: "-\\^", count: 20_000), "\u{202E}\u{0}é-é", "3.", ".5",
            "a - b",
        ] {
            #expect(FactText(text).words.allSatisfy { !$0.isEmpty })
        }
        #expect(FactText("3x - 2 = -4").words == ["3x", "-", "2", "=", "-", "4"])
        #expect(FactText("It ends with 3. Next").words == ["it", "ends", "with", "3", "next"])
    }
}
