/// What an answer says, after reading.
indirect enum AnswerValue: Hashable {
    case scalar(AnswerScalar)
    /// Words, lower-case: `no`, `top left`. A run of letters that might also be a product has the product beside it.
    case words(String, product: AnswerExpression?)
    /// `(3, 4)`, `[3, 4)`: a point, a tuple or an interval, which look alike.
    case sequence(open: Unicode.Scalar, close: Unicode.Scalar, [AnswerValue])
    case set([AnswerValue])
    /// Values side by side: `1, 2`, `1 and 2`, `±2`.
    case list([AnswerValue])
    /// `[0, 1] ∪ [2, 3]`.
    case union([AnswerValue])
    case equation(AnswerEquation)
    case inequality([AnswerExpression], [AnswerRelation])
    case matrix([[AnswerValue]])
}

/// A number or formula with its unit.
struct AnswerScalar: Hashable {
    let expression: AnswerExpression
    /// Canonical name; empty if there is none.
    let unit: String
    /// Whether it is a lone number written with a decimal point: those are compared as rounded numbers.
    let isDecimal: Bool
}

/// `x = 5`, `2x + y = 1`, `A = πr² = 9π`.
struct AnswerEquation: Hashable {
    /// The name on one side, if one side is no more than a name.
    let name: String?
    /// The other side (the last one of a chain).
    let value: AnswerValue
    /// First side minus last side, if both are formulas.
    let difference: AnswerExpression?
}
