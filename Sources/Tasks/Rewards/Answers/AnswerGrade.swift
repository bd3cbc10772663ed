/// One comparison of an answer with the gold answer of a question.
struct AnswerGrade {
    /// Evened out by ``AnswerSigns``, as the gold answer is.
    let answer: String
    let gold: String
    let question: AnswerQuestion
    var steps = StepBudget()
    /// The words of the gold answer, which may be units.
    private let goldWords: Set<String>

    init(answer: String, gold: String, question: String) {
        self.answer = Self.withoutEmphasis(AnswerSigns.evenedOut(answer))
        self.gold = Self.withoutEmphasis(AnswerSigns.evenedOut(gold))
        self.question = AnswerQuestion(question)
        goldWords = Set(self.gold.lowercased().split { !$0.isLetter }.map(String.init))
    }

    /// Texts first, then letters of choices, then values.
    mutating func isRight() -> Bool {
        let text = AnswerText(answer).comparable
        if !text.isEmpty, text == AnswerText(gold).comparable { return true }
        return areSameChoice() ?? haveEqualValues(answer, gold)
    }

    /// Whether two texts without letters of choices say the same: as texts, else as values.
    mutating func areEqual(_ a: String, _ b: String) -> Bool {
        let text = AnswerText(a).comparable
        return !text.isEmpty && text == AnswerText(b).comparable || haveEqualValues(a, b)
    }

    private mutating func haveEqualValues(_ a: String, _ b: String) -> Bool {
        do {
            let (x, y) = (try read(a), try read(b))
            if try areEqual(x, y) { return true }
            // "100,200,300" is a number or a list: a list where the other one is.
            if case .list = y, Self.groups(of: a) > 0 { return try areEqual(read(a, separatesThousands: true), y) }
            if case .list = x, Self.groups(of: b) > 1 { return try areEqual(x, read(b, separatesThousands: true)) }
            return false
        } catch {
            return false
        }
    }

    private mutating func areEqual(_ x: AnswerValue, _ y: AnswerValue) throws(AnswerError) -> Bool {
        var comparison = AnswerComparison(isOrdered: question.asksForOrder, steps: steps)
        defer { steps = comparison.steps }
        return try comparison.areEqual(x, y)
    }

    private mutating func read(_ text: String, separatesThousands: Bool = false) throws(AnswerError) -> AnswerValue {
        try AnswerReader.read(text, question: question, goldWords: goldWords, separatesThousands: separatesThousands, &steps)
    }

    /// Without Markdown's stars and backticks around the whole: `**158**`.
    private static func withoutEmphasis(_ text: String) -> String {
        var rest = text[...].trimmed(of: \.isWhitespace)
        for mark in ["***", "**", "*", "`"] where rest.hasPrefix(mark) && rest.hasSuffix(mark) && rest.count > 2 * mark.count {
            rest = rest.dropFirst(mark.count).dropLast(mark.count)
        }
        return String(rest)
    }

    /// How many commas stand between a digit and three digits, as thousands marks do.
    private static func groups(of text: String) -> Int {
        let bytes = Array(text.utf8)
        return bytes.indices.count { index in
            bytes[index] == UInt8(ascii: ",") && index > 0 && bytes[index - 1].isDigit
                && bytes[(index + 1)...].prefix(3).count(where: \.isDigit) == 3
        }
    }
}

extension Substring {
    fileprivate func trimmed(of isUnwanted: (Character) -> Bool) -> Substring {
        let rest = drop(while: isUnwanted)
        return rest.lastIndex { !isUnwanted($0) }.map { rest[...$0] } ?? rest.prefix(0)
    }
}
