/// What an answer says, after reading.
indirect enum AnswerValue: Hashable {
    case scalar(AnswerScalar)
    /// Words. A run of letters that might also be a product has the product beside it.
    case words([AnswerWord], product: AnswerExpression?)
    /// `(3, 4)`, `[3, 4)`: a point, a tuple or an interval, which look alike.
    case sequence(open: Unicode.Scalar, close: Unicode.Scalar, [AnswerValue])
    case set([AnswerValue])
    /// Values side by side: `1, 2`, `1 and 2`, `±2`.
    case list([AnswerValue], AnswerJoint)
    /// `[0, 1] ∪ [2, 3]`.
    case union([AnswerValue])
    /// `A \setminus B`.
    case difference(AnswerValue, AnswerValue)
    /// `\mathbb{R}`.
    case reals
    /// `\{x \mid …\}`: what satisfies a condition, whatever the variable is called.
    case solutions(AnswerValue)
    case equation(AnswerEquation)
    case inequality([AnswerExpression], [AnswerRelation])
    case matrix([[AnswerValue]])
}

/// What stands between the members of a list.
enum AnswerJoint: Hashable {
    case comma, and, or
}

/// A number or formula with its unit.
struct AnswerScalar: Hashable {
    let expression: AnswerExpression
    /// Canonical name; empty if there is none.
    let unit: String
    /// How many decimal places are shown if it is a lone number written with a decimal point, which is compared as a rounded number; below 0 for
    /// powers of ten. Nil for everything else.
    let places: Int?

    init(expression: AnswerExpression, unit: String = "", places: Int? = nil) {
        self.expression = expression
        self.unit = unit
        self.places = places
    }
}

/// A word or a name, as written.
struct AnswerWord: Hashable {
    let text: String
    /// Whether its case counts not: it stands in `\text{…}`, or ``AnswerVocabulary/isWord(_:)``.
    let isWord: Bool

    /// Names are equal letter for letter, words in either case.
    static func areEqual(_ a: AnswerWord, _ b: AnswerWord) -> Bool {
        a.text == b.text || a.isWord && b.isWord && a.text.lowercased() == b.text.lowercased()
    }
}

/// `x = 5`, `2x + y = 1`, `BC = 5\sqrt2 \approx 7.07`, `A = πr² = 9π`.
struct AnswerEquation: Hashable {
    /// The name on one side, if one side is no more than a name or the formula that the question asks for.
    let name: String?
    /// The other sides, in order; all of them where no side is a name.
    let members: [AnswerValue]
    /// Whether the sign before each member, from the second one on, is an approximate one.
    let isApproximate: [Bool]
    /// First side minus last side, if both are formulas.
    let difference: AnswerExpression?
}
