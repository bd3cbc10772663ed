/// What a question tells about its answer: the choices it lists, the words it uses, whether it asks for an order.
struct AnswerQuestion {
    /// The values of the choices that it lists, from A on; empty if it lists none.
    let choices: [String]
    /// Whether the members of a list are asked for in an order.
    let asksForOrder: Bool
    /// Its words, lower-case.
    private let words: Set<String>
    /// Its text in one spelling, without white space and dollar signs.
    private let squeezed: String
    private let squeezedLower: String

    /// Only the end of a longer question is read.
    static let maximumByteCount = 65_536

    /// - Complexity: O(bytes), of at most ``maximumByteCount``.
    init(_ text: String) {
        let text = AnswerSigns.evenedOut(String(decoding: text.utf8.suffix(Self.maximumByteCount), as: UTF8.self))
        choices = QuestionChoices.read(text)
        let lower = text.lowercased()
        let list = lower.split { !$0.isLetter && $0 != "'" }.map(String.init)
        words = Set(list)
        asksForOrder = Self.asksForOrder(lower, words: words, pairs: Set(zip(list, list.dropFirst()).map { "\($0) \($1)" }))
        squeezed = Self.squeezed(text)
        squeezedLower = squeezed.lowercased()
    }

    /// Whether it uses a word, in singular or plural.
    func names(_ word: String) -> Bool { AnswerUnit.forms(of: word).contains { words.contains($0) } }

    /// Whether it asks for a number of such things or in such a unit: "how many dozen eggs", "in millions".
    func asks(for word: String) -> Bool {
        AnswerUnit.forms(of: word).contains {
            squeezedLower.contains("howmany\($0)") || squeezedLower.contains("in\($0)") && words.contains("in")
        }
    }

    /// Whether it asks for the value of a formula: the formula stands in it, not as a side of an equation and not inside a longer one.
    func asks(forFormula formula: String) -> Bool {
        let formula = Self.squeezed(AnswerSigns.evenedOut(formula))
        guard formula.utf8.count >= 2, let range = squeezed.firstRange(of: formula) else { return false }
        let (before, after) = (squeezed[..<range.lowerBound].last, squeezed[range.upperBound...].first)
        return !"=<>+-*/^_".contains(before ?? " ") && !"=<>+-*/^_".contains(after ?? " ")
    }

    private static func squeezed(_ text: String) -> String { String(text.filter { !$0.isWhitespace && $0 != "$" }) }

    private static func asksForOrder(_ text: String, words: Set<String>, pairs: Set<String>) -> Bool {
        if pairs.contains("any order") || text.contains("order does not matter") || text.contains("order doesn't matter") { return false }
        if !words.isDisjoint(with: ["ascending", "descending", "respectively", "ordered", "arrange", "sequence", "chronological"]) {
            return true
        }
        if words.contains("order"), !pairs.contains("order to") || pairs.contains("in the order") { return true }
        let directions = [
            "left to right", "right to left", "top to bottom", "bottom to top", "to largest", "to smallest", "to greatest", "to least",
        ]
        if directions.contains(where: text.contains) { return true }
        let chinese = ["\u{4F9D}\u{6B21}", "\u{987A}\u{5E8F}", "\u{4ECE}\u{5C0F}\u{5230}\u{5927}", "\u{4ECE}\u{5927}\u{5230}\u{5C0F}"]
        return chinese.contains(where: text.contains)
    }
}
