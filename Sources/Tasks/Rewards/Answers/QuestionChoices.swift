/// The choices that a question lists: one a line (`(A) 12`, `A. 12`, `A) 12`, `A: 12`), or behind each other (`(A) 12 (B) 15`), from A on.
enum QuestionChoices {
    /// A question lists no more.
    static let maximumCount = 10

    /// Their values in order; empty if the question lists none, or only one.
    ///
    /// - Complexity: O(bytes).
    static func read(_ question: String) -> [String] {
        let lines = inLines(question)
        return lines.isEmpty ? inText(question) : lines
    }

    private static func inLines(_ question: String) -> [String] {
        var choices: [String] = []
        for line in question.split(whereSeparator: \.isNewline) {
            var rest = line.drop(while: \.isWhitespace)
            let isOpen = rest.first == "("
            if isOpen { rest = rest.dropFirst() }
            guard rest.first == letter(choices.count) else { continue }
            rest = rest.dropFirst()
            guard let mark = rest.first, isOpen ? mark == ")" : ").:".contains(mark) else { continue }
            choices.append(String(rest.dropFirst().drop(while: \.isWhitespace)))
        }
        return choices.count > 1 ? choices : []
    }

    /// Each choice goes to where the next one begins, the last one to the end of its line.
    private static func inText(_ question: String) -> [String] {
        let text = Array(question)
        var starts: [(mark: Int, value: Int)] = []
        for index in text.indices {
            guard let letter = letter(starts.count), index == 0 || text[index - 1].isWhitespace || text[index - 1] == "," else { continue }
            if text[index...].starts(with: ["(", letter, ")"]) {
                starts.append((index, index + 3))
            } else if index + 2 < text.count, text[index] == letter, text[index + 1] == "." || text[index + 1] == ")",
                text[index + 2].isWhitespace
            {
                starts.append((index, index + 2))
            }
        }
        guard starts.count > 1 else { return [] }
        return starts.indices.map { place in
            let rest = text[starts[place].value..<(place + 1 < starts.count ? starts[place + 1].mark : text.count)]
            let line = place + 1 < starts.count ? rest : rest.prefix { !$0.isNewline }
            let value = line.drop(while: \.isWhitespace)
            let end = value.lastIndex { !$0.isWhitespace && !",;".contains($0) }
            return end.map { String(value[...$0]) } ?? ""
        }
    }

    private static func letter(_ place: Int) -> Character? {
        place < maximumCount ? Character(Unicode.Scalar(UInt8(ascii: "A") + UInt8(place))) : nil
    }
}
