/// The final answer that a text states, where nothing prescribes its form: chains of thought of other models, answers of people.
///
/// Responses of a policy in training follow a format and are read by ``ResponseParts`` alone; this reader is for everything else.
package enum FinalAnswer {
    /// Only the end of a longer text is read.
    package static let maximumByteCount = 65_536

    /// The final answer, without quotes, emphasis and the final full stop; nil if the text states none.
    ///
    /// The first of these that is there:
    /// 1. the last `\boxed{…}`, `\fbox{…}` or `<|begin_of_box|>…<|end_of_box|>` that closes;
    /// 2. inside the last `<answer>…</answer>`, if there is one: the first of the following;
    /// 3. what follows the last cue ("the answer is", "answer:", "the answer should be", 答案是 …), up to the end of its sentence;
    /// 4. the last sentence, if it is no more than a value or a choice ("(C)", "42", "158 + LK", "(C) 1, 3 and 5");
    /// 5. of the last sentence: the choice that it names ("… is C)", "option (B)"), what follows its last "is", "are" or "=", or its
    ///    only number.
    ///
    /// - Complexity: O(bytes), of at most ``maximumByteCount``.
    package static func extract(fromFreeText text: String) -> String? {
        let all = Array(String(decoding: text.utf8.suffix(maximumByteCount), as: UTF8.self).replacing("\u{3002}", with: ". ").utf8)
        if let boxed = BoxedAnswer.lastClosed(in: all) { return boxed }
        if let close = all.lastRange(of: Array("</answer>".utf8), upTo: all.count),
            let open = all.lastRange(of: Array("<answer>".utf8), upTo: close.lowerBound)
        {
            return unboxed(Array(all[open.upperBound..<close.lowerBound]))
        }
        return unboxed(all)
    }

    private static func unboxed(_ all: [UInt8]) -> String? {
        if let stated = afterLastCue(all) { return stated }
        let sentence = lastSentence(all[...])
        return named(in: sentence)
    }

    /// Words that announce an answer.
    private static let cues = [
        "answer is", "answer should be", "answer would be", "answer must be", "answer will be", "answer choice is", "answer:", "answer**:",
        "answer =", "\u{7B54}\u{6848}\u{662F}", "\u{7B54}\u{6848}\u{4E3A}", "\u{7B54}\u{6848}\u{FF1A}", "\u{7B54}\u{6848}:",
        "\u{7B54}\u{6848}\u{5E94}\u{4E3A}", "\u{6545}\u{9009}",
    ].map { Array($0.utf8) }

    private static func afterLastCue(_ text: [UInt8]) -> String? {
        let lower = text.map(\.lowercased)
        let end = cues.compactMap { lower.lastRange(of: $0, upTo: lower.count)?.upperBound }.max()
        guard let end else { return nil }
        let rest = text[end...].trimmed { $0.isWhiteSpace || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "*") }
        return content(firstSentence(rest))
    }

    /// Up to the end of the line, or to a full stop before white space. Points inside numbers end nothing, nor does one after a choice
    /// ("A. twelve").
    private static func firstSentence(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            let isLast = index + 1 == text.endIndex
            if byte == UInt8(ascii: "\n") { return text[..<index] }
            if byte == UInt8(ascii: "."), isLast || text[index + 1].isWhiteSpace, index > text.startIndex + 1 || isLast {
                return text[..<index]
            }
            index += 1
        }
        return text
    }

    private static func lastSentence(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let rest = text.trimmed { $0.isWhiteSpace || $0 == UInt8(ascii: ".") }
        let line = rest.lastIndex(of: UInt8(ascii: "\n")).map { rest[($0 + 1)...] } ?? rest
        var index = line.endIndex - 2
        while index > line.startIndex + 1 {
            if line[index] == UInt8(ascii: "."), line[index + 1].isWhiteSpace { return line[(index + 1)...] }
            index -= 1
        }
        return line
    }

    private static func named(in sentence: ArraySlice<UInt8>) -> String? {
        let whole = content(sentence)
        let words = sentence.split { $0.isWhiteSpace }
        guard let whole, words.count > 1, AnswerChoice(whole) == nil else { return whole }
        if let choice = choice(in: words) { return choice }
        let lower = Array(sentence.map(\.lowercased))
        let mark = [" is ", " are ", "= "].compactMap { lower.lastRange(of: Array($0.utf8), upTo: lower.count)?.upperBound }.max()
        if let mark, let rest = content(sentence[(sentence.startIndex + mark)...]),
            rest.utf8.contains(where: \.isDigit) || !rest.contains(" ")
        {
            return rest
        }
        // A formula is the whole answer: "158 + LK" does not say 158.
        if !words.contains(where: isWord) { return whole }
        let numbers = words.compactMap { content($0) }.filter { $0.utf8.contains(where: \.isDigit) }
        return numbers.count == 1 ? numbers[0] : nil
    }

    private static func isWord(_ text: ArraySlice<UInt8>) -> Bool {
        let run = String(decoding: text.trimmed { !$0.isLetter }, as: UTF8.self)
        return !text.contains(UInt8(ascii: "\\")) && run.unicodeScalars.count > 1 && AnswerVocabulary.isWord(run)
    }

    /// The last word that is a letter in or before a parenthesis, or any single letter after "option" or "choice".
    private static func choice(in words: [ArraySlice<UInt8>]) -> String? {
        for (index, word) in words.enumerated().reversed() {
            let isMarked = word.contains(UInt8(ascii: ")"))
            let isCalled =
                index > 0
                && ["option", "choice", "figure", "picture", "image"].contains(
                    String(decoding: words[index - 1].map(\.lowercased), as: UTF8.self))
            guard isMarked || isCalled, let text = content(word), let letter = AnswerChoice(text), letter.explanation.isEmpty else {
                continue
            }
            return text
        }
        return nil
    }

    /// Without white space, quotes, emphasis, dollar signs around it and the final full stop; nil if nothing is left, or only a box that
    /// is empty or never closes, or more than any answer.
    private static func content(_ text: ArraySlice<UInt8>) -> String? {
        let rest = text.trimmed { $0.isWhiteSpace || "*\"'`$.,:;".utf8.contains($0) }
        guard !rest.isEmpty, rest.count <= AnswerChecker.maximumByteCount else { return nil }
        let content = String(decoding: rest, as: UTF8.self)
        return content.contains("\\boxed") ? nil : content
    }
}
