/// Functions of one argument.
enum AnswerFunction: String, Hashable, Sendable {
    case sin, cos, tan, cot, sec, csc, arcsin, arccos, arctan, sinh, cosh, tanh, ln, abs, factorial, floor, ceil

    /// Whether a degree sign inside its argument means an angle.
    var takesAngle: Bool { [.sin, .cos, .tan, .cot, .sec, .csc].contains(self) }
}

/// A formula. Sums and products are flat, quotients are powers of -1, so that a tree is no deeper than the brackets of its text.
indirect enum AnswerExpression: Hashable, Sendable {
    case number(ExactRational)
    /// A variable, or one of the constants ``pi``, ``euler``, ``imaginaryUnit``, ``infinity``.
    case symbol(String)
    case sum([AnswerExpression])
    case product([AnswerExpression])
    case power(AnswerExpression, AnswerExpression)
    case function(AnswerFunction, AnswerExpression)

    static let pi = "\u{3C0}"
    static let euler = "e"
    static let imaginaryUnit = "i"
    static let infinity = "\u{221E}"
    /// What a list leaves out: `1, 2, …, n`.
    static let ellipsis = "\u{2026}"

    static let minusOne = AnswerExpression.number(ExactRational(-1))

    var negated: AnswerExpression {
        if case .number(let value) = self { return .number(value.negated) }
        return .product([.minusOne, self])
    }

    var reciprocal: AnswerExpression { .power(self, .minusOne) }

    /// The number if the formula is no more than one.
    var literal: ExactRational? { if case .number(let value) = self { value } else { nil } }
}
