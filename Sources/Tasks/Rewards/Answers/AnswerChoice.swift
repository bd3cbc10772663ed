/// An answer that names choices by their letters: `B`, `(B)`, `B.`, `B) 12`, `\text{B}`, `option B`, `选B`, `(A) and (C)`.
struct AnswerChoice: Hashable {
    /// The letters, as written, each once.
    let letters: [Character]
    /// What follows a lone letter: `12` in `B) 12`.
    let explanation: String
    /// Whether a bracket, a full stop, a colon or a word such as "option" says that the letter is a choice; else it may be a variable.
    let isMarked: Bool

    /// The places of the choices: 0 for A.
    var places: Set<Int> { Set(letters.compactMap(Self.place)) }

    /// Nil if the text is more than choice letters, or one that is set apart and its explanation: `A square` is none.
    ///
    /// - Parameter text: Evened out by ``AnswerSigns``.
    /// - Complexity: O(bytes).
    init?(_ text: String) {
        let plain = AnswerText(text).plain
        var rest = plain.drop { $0.isWhitespace || $0 == "*" }
        let isCalled = Self.dropIntroduction(&rest)
        rest = rest[..<(rest.lastIndex { !$0.isWhitespace && $0 != "*" }.map { rest.index(after: $0) } ?? rest.startIndex)]
        var letters: [Character] = []
        var isMarked = isCalled || plain != text && text.contains("\\text")
        var explanation = ""
        while true {
            guard let item = Self.item(&rest) else { return nil }
            if !letters.contains(item.letter) { letters.append(item.letter) }
            isMarked = isMarked || item.isMarked
            rest = rest.drop(while: \.isWhitespace)
            if rest.isEmpty { break }
            var next = rest
            let isJoined = Self.dropJoint(&next)
            var probe = next
            if let other = Self.item(&probe), isJoined || other.isMarked || item.isMarked && probe.isEmpty {
                rest = next
                continue
            }
            // More than a letter: an explanation, if the letter is set apart.
            guard letters.count == 1, item.isMarked, !isJoined || rest.first?.isLetter == false else { return nil }
            explanation = String(rest)
            break
        }
        self.letters = letters
        self.explanation = explanation
        self.isMarked = isMarked
    }

    /// Other letters that the explanation marks as choices: "(B)" in "A) or maybe (B)".
    var mentioned: Set<Int> {
        var found: Set<Int> = []
        let text = Array(" " + explanation + " ")
        for index in 1..<(text.count - 1) {
            guard let place = Self.place(text[index]), text[index].isUppercase else { continue }
            let isEnclosed = text[index - 1] == "(" && text[index + 1] == ")" && (index < 2 || !text[index - 2].isLetter)
            let isAlone =
                text[index - 1].isWhitespace
                && (text[index + 1] == ")" || text[index + 1] == "." && text[min(index + 2, text.count - 1)].isWhitespace)
            if isEnclosed || isAlone { found.insert(place) }
        }
        if explanation.count == 1, let only = explanation.first, only.isUppercase, let place = Self.place(only) { found.insert(place) }
        return found.subtracting(places)
    }

    static func place(_ letter: Character) -> Int? {
        guard let byte = letter.asciiValue, letter.isLetter else { return nil }
        let place = Int(byte | 0x20) - Int(UInt8(ascii: "a"))
        return place < QuestionChoices.maximumCount ? place : nil
    }

    // MARK: - Reading

    /// One letter with its marks; nil if none stands here by itself.
    private static func item(_ rest: inout Substring) -> (letter: Character, isMarked: Bool)? {
        var text = rest.drop(while: \.isWhitespace)
        let closing: Character? = text.first == "(" ? ")" : text.first == "[" ? "]" : nil
        let isOpen = closing != nil
        if isOpen { text = text.dropFirst().drop(while: \.isWhitespace) }
        guard let letter = text.popFirst(), place(letter) != nil else { return nil }
        let behind = text.drop(while: \.isWhitespace)
        var isMarked = false
        if behind.first == closing ?? ")" {
            text = behind.dropFirst()
            isMarked = true
        } else if isOpen {
            return nil
        } else if let mark = text.first, mark == "." || mark == ":" {
            text = text.dropFirst()
            // "a:b" is a ratio.
            if let next = text.first, !next.isWhitespace { return nil }
            isMarked = true
        } else if text.first?.isLetter == true && text.first?.isASCII == true || text.first?.isNumber == true {
            return nil
        }
        if isMarked, text.first == "." || text.first == ":" { text = text.dropFirst() }
        rest = text
        return (letter, isMarked)
    }

    /// What joins letters: commas, "and", "or".
    private static func dropJoint(_ rest: inout Substring) -> Bool {
        var isJoined = false
        while true {
            rest = rest.drop(while: \.isWhitespace)
            if let sign = rest.first, ",;&\u{548C}\u{6216}\u{4E0E}".contains(sign) {
                rest = rest.dropFirst()
            } else if let word = ["and", "or"].first(where: { rest.lowercased().hasPrefix($0) }),
                rest.dropFirst(word.count).first?.isLetter != true
            {
                rest = rest.dropFirst(word.count)
            } else {
                return isJoined
            }
            isJoined = true
        }
    }

    /// "The answer is", "option", "选": whether there was such a word.
    private static func dropIntroduction(_ rest: inout Substring) -> Bool {
        var isCalled = false
        while true {
            let lower = rest.lowercased()
            guard let word = introductions.first(where: lower.hasPrefix) else { return isCalled }
            let behind = rest.dropFirst(word.count)
            if word.last?.isASCII == true, word.last?.isLetter == true, behind.first?.isLetter == true { return isCalled }
            isCalled = true
            rest = behind.drop { $0.isWhitespace || $0 == ":" }
        }
    }

    private static let introductions = [
        "the correct", "correct", "the answers", "the answer", "answers", "answer", "options", "option", "choices", "choice", "the option",
        "is",
        "are", "\u{9009}\u{9879}", "\u{9009}\u{62E9}", "\u{7B54}\u{6848}", "\u{6545}\u{9009}", "\u{9009}", "\u{662F}", "\u{4E3A}",
    ]
}
