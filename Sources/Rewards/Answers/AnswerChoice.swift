/// An answer that names one of several choices: `B`, `(B)`, `B.`, `B) 12`, `\text{B}`, `option B`.
struct AnswerChoice: Hashable {
    /// The place of the choice: 0 for A.
    let index: Int
    /// What follows the letter: `12` in `B) 12`.
    let explanation: String

    /// Choices go from A to this letter.
    private static let lastLetter = UInt8(ascii: "j")

    /// Nil if the text doesn't begin with a choice letter that is set apart, so `A square` is none.
    ///
    /// - Complexity: O(bytes).
    init?(_ text: String) {
        var rest = Array(AnswerText(text).plain.utf8)[...]
        for word in ["option", "choice", "answer"] where rest.starts(with: word.utf8) { rest = rest.dropFirst(word.utf8.count) }
        rest = rest.trimmed { $0.isWhiteSpace || $0 == UInt8(ascii: "*") }
        let isOpen = rest.first == UInt8(ascii: "(")
        if isOpen { rest = rest.dropFirst().drop(while: \.isWhiteSpace) }
        guard let letter = rest.first, letter >= UInt8(ascii: "a"), letter <= Self.lastLetter else { return nil }
        rest = rest.dropFirst().drop(while: \.isWhiteSpace)
        switch rest.first {
        case nil where !isOpen: break
        case UInt8(ascii: ")"):
            rest = rest.dropFirst()
            // "(a)(b)" is a product.
            if isOpen, rest.first?.isWhiteSpace == false { return nil }
        case UInt8(ascii: "."), UInt8(ascii: ":"):
            rest = rest.dropFirst()
            // "a:b" is a ratio.
            if isOpen || rest.first?.isWhiteSpace == false { return nil }
        default: return nil
        }
        index = Int(letter - UInt8(ascii: "a"))
        explanation = String(decoding: rest.trimmed(of: \.isWhiteSpace), as: UTF8.self)
    }
}

extension AnswerChecker {
    /// Whether an answer says the same as the gold answer of a problem with choices.
    ///
    /// Either may name its choice by letter or by value. A letter counts before the value that it may also be; without choices this is
    /// ``isEqual(_:_:)``.
    ///
    /// - Parameters:
    ///   - answer: The answer.
    ///   - gold: The gold answer: a letter, or the value of a choice.
    ///   - choices: The values of the choices from A on.
    /// - Complexity: O(bytes), as ``isEqual(_:_:)`` for each choice.
    package static func isEqual(_ answer: String, _ gold: String, choices: [String]) -> Bool {
        guard !choices.isEmpty else { return isEqual(answer, gold) }
        guard let right = place(of: gold, in: choices) else { return isEqual(answer, gold) }
        if let chosen = AnswerChoice(answer), chosen.index < choices.count {
            return chosen.index == right
        }
        return isEqual(answer, choices[right])
    }

    private static func place(of answer: String, in choices: [String]) -> Int? {
        if let choice = AnswerChoice(answer), choice.index < choices.count { return choice.index }
        return choices.firstIndex { isEqual(answer, $0) }
    }
}
