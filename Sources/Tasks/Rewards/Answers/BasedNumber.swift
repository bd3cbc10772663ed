/// A number in a base: `101_2`, `(101)_{2}`, `8A0B_{16}`, `101_{\text{two}}`.
///
/// It stands for its digits in its base, not for the number that they are worth: "write five in base two" is not answered by "5".
struct BasedNumber {
    let digits: String
    let base: Int64

    /// Nil if the tokens are no such number, digits below the base included.
    init?(_ tokens: ArraySlice<AnswerToken>) {
        guard let mark = tokens.firstIndex(where: { $0.isMark("_") }), tokens.count <= 24 else { return nil }
        var number = tokens[..<mark]
        if number.isEnclosed, number.first?.isMark("(") == true { number = number.dropFirst().dropLast() }
        var label = tokens[(mark + 1)...]
        for _ in 0..<2 where label.isEnclosed { label = label.dropFirst().dropLast() }
        guard let text = Self.digits(number), label.count == 1, let base = label.first.flatMap(Self.base) else { return nil }
        guard text.utf8.allSatisfy({ (Int64(String(Character(Unicode.Scalar($0))), radix: 36) ?? 36) < base }) else { return nil }
        digits = text
        self.base = base
    }

    /// A symbol that only the same digits in the same base have.
    var expression: AnswerExpression { .symbol("\(digits)_\(base)") }

    /// Digits and capitals without gaps, a digit among them or first: "AB_2" is a name.
    private static func digits(_ tokens: ArraySlice<AnswerToken>) -> String? {
        var text = ""
        var hasNumber = false
        for token in tokens {
            if !text.isEmpty, token.isSpaced { return nil }
            switch token.kind {
            case .number(_, nil, let digits) where !digits.isEmpty:
                hasNumber = true
                text += digits
            case .letters(let run) where run.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }): text += run
            default: return nil
            }
        }
        return hasNumber ? text : nil
    }

    private static func base(_ token: AnswerToken) -> Int64? {
        let base: Int64? =
            switch token.kind {
            case .number(_, nil, let digits): Int64(digits)
            case .letters(let word), .text(let word): AnswerVocabulary.numbers[word.lowercased()]
            default: nil
            }
        return base.flatMap { (2...36).contains($0) ? $0 : nil }
    }
}
