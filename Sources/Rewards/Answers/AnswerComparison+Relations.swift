extension AnswerComparison {
    /// Whether an equation says no more than its value: it names it (`x = 5`), or has no variables and holds (`2 + 3 = 5`).
    mutating func answersItsValue(_ equation: AnswerEquation) throws(AnswerError) -> Bool {
        if equation.name != nil { return true }
        guard let difference = equation.difference else { return false }
        return try CanonicalForm.of(difference, &steps).numerator.isZero
    }

    /// Equal names with equal values, or sides whose differences are multiples of each other: `y = 2x + 1` is `2x - y + 1 = 0`.
    mutating func areEqual(_ a: AnswerEquation, _ b: AnswerEquation) throws(AnswerError) -> Bool {
        if let name = a.name, name == b.name, try areEqual(a.value, b.value) { return true }
        guard let x = a.difference, let y = b.difference else { return false }
        return try ratio(x, y) != nil
    }

    /// Chains as intervals, single inequalities as equations whose factor's sign turns the relation.
    mutating func areEqual(_ a: [AnswerExpression], _ first: [AnswerRelation], _ b: [AnswerExpression], _ second: [AnswerRelation])
        throws(AnswerError) -> Bool
    {
        if let x = try interval(a, first), let y = try interval(b, second), x.variable == y.variable {
            return try areEqual(x.interval, y.interval)
        }
        guard first.count == 1, second.count == 1, let ratio = try ratio(.sum([a[0], a[1].negated]), .sum([b[0], b[1].negated])) else {
            return false
        }
        return first[0] == .unequal ? second[0] == .unequal : first[0] == (ratio > 0 ? second[0] : second[0].reversed)
    }

    /// The interval that inequalities of one variable and constants describe: `1 < x ≤ 2`, `x > 3`.
    mutating func interval(_ sides: [AnswerExpression], _ relations: [AnswerRelation]) throws(AnswerError)
        -> (variable: String, interval: AnswerValue)?
    {
        var (sides, relations) = (sides, relations)
        if relations.first == .greater || relations.first == .greaterOrEqual {
            sides.reverse()
            relations = relations.reversed().map(\.reversed)
        }
        guard relations.allSatisfy({ $0 == .less || $0 == .lessOrEqual }) else { return nil }
        let infinity = AnswerExpression.symbol(AnswerExpression.infinity)
        if sides.count == 2 {
            if case .symbol = sides[0] {
                (sides, relations) = ([infinity.negated] + sides, [.less] + relations)
            } else {
                (sides, relations) = (sides + [infinity], relations + [.less])
            }
        }
        guard sides.count == 3, relations.count == 2, case .symbol(let variable) = sides[1] else { return nil }
        for end in [sides[0], sides[2]] {
            let form = try CanonicalForm.of(end, &steps)
            guard form.isConstant || end == infinity || end == infinity.negated else { return nil }
        }
        let ends = [sides[0], sides[2]].map { AnswerValue.scalar(AnswerScalar(expression: $0, unit: "", isDecimal: false)) }
        return (variable, .sequence(open: relations[0] == .less ? "(" : "[", close: relations[1] == .less ? ")" : "]", ends))
    }

    /// The constant c with a = c b, approximately; nil if there is none.
    private mutating func ratio(_ a: AnswerExpression, _ b: AnswerExpression) throws(AnswerError) -> Double? {
        let (x, y) = (try CanonicalForm.of(a, &steps).numerator, try CanonicalForm.of(b, &steps).numerator)
        guard x.terms.count == y.terms.count, let p = x.terms.first, let q = y.terms.first, !x.isConstant else { return nil }
        let factor = try p.monomial.times(q.monomial.power(ExactRational(-1), &steps), &steps)
        guard factor.isConstant else { return nil }
        let left = try x.times(Polynomial(q.coefficient, q.monomial, &steps), &steps)
        let right = try y.times(Polynomial(p.coefficient, p.monomial, &steps), &steps)
        return left == right ? p.coefficient.approximate / q.coefficient.approximate : nil
    }
}
