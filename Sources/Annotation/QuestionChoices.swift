/// The choices that a question lists, one a line: `(A) 12`, `A. 12`, `A) 12`, `A: 12`, from A on.
package enum QuestionChoices {
    /// Their values in order; empty if the question lists none, or only one.
    package static func read(_ question: String) -> [String] {
        var choices: [String] = []
        for line in question.split(whereSeparator: \.isNewline) {
            var rest = line.drop(while: \.isWhitespace)
            let isOpen = rest.first == "("
            if isOpen { rest = rest.dropFirst() }
            let letter = choices.count < 10 ? Character(Unicode.Scalar(UInt8(ascii: "A") + UInt8(choices.count))) : " "
            guard rest.first == letter else { continue }
            rest = rest.dropFirst()
            guard let mark = rest.first, isOpen ? mark == ")" : ").:".contains(mark) else { continue }
            choices.append(String(rest.dropFirst().drop(while: \.isWhitespace)))
        }
        return choices.count > 1 ? choices : []
    }
}
