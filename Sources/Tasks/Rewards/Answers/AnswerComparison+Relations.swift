extension AnswerComparison {
    /// The values that an equation states, each of which may be the answer; none if it says something else than a value.
    ///
    /// All constant members of a chain must agree, exactly or to the rounding that a decimal shows: "5√2 ≈ 7.07" states both, "5√3 ≈ 7.07" nothing.
    /// Beside constants, members with variables are steps on the way: "A = πr² = 9π" states 9π.
    mutating func stated(_ equation: AnswerEquation) throws(AnswerError) -> [AnswerValue] {
        let members = equation.members
        if members.count == 1 { return equation.name == nil ? [] : members }
        let constants = members.indices.filter { isConstant(members[$0]) }
        let kept = constants.isEmpty ? Array(members.indices) : constants
        // "2x = 10" says something about x.
        guard equation.name != nil || kept.count == members.count && !constants.isEmpty else { return [] }
        for (place, other) in zip(kept, kept.dropFirst()) {
            let isApproximate = equation.isApproximate[place..<other].contains(true)
            guard try agree(members[place], members[other], isApproximate: isApproximate) else { return [] }
        }
        return kept.map { members[$0] }
    }

    /// Equal names with equal values, or sides whose differences are multiples of each other: `y = 2x + 1` is `2x - y + 1 = 0`.
    mutating func areEqual(_ a: AnswerEquation, _ b: AnswerEquation) throws(AnswerError) -> Bool {
        let (first, second) = (try stated(a), try stated(b))
        if a.name == b.name || a.name == nil || b.name == nil {
            for x in first { for y in second where try areEqual(x, y) { return true } }
        }
        guard a.members.count + (a.name == nil ? 0 : 1) == 2, b.members.count + (b.name == nil ? 0 : 1) == 2, let x = a.difference,
            let y = b.difference
        else { return false }
        return try ratio(x, y) != nil
    }

    private func isConstant(_ value: AnswerValue) -> Bool {
        switch value {
        case .scalar(let scalar): hasNoVariables(scalar.expression)
        case .words(_, let product): product == nil
        case .set(let members), .list(let members, _), .sequence(_, _, let members): members.allSatisfy(isConstant)
        default: true
        }
    }

    /// Whether two members of a chain are one value: exactly, to the rounding that a decimal shows, or in degrees and radians.
    private mutating func agree(_ a: AnswerValue, _ b: AnswerValue, isApproximate: Bool) throws(AnswerError) -> Bool {
        if try areEqual(a, b) { return true }
        guard case .scalar(let x) = a, case .scalar(let y) = b else { return false }
        if (x.unit == AnswerUnit.degree) != (y.unit == AnswerUnit.degree) {
            return try agree(x.inRadians, y.inRadians, isApproximate: isApproximate)
        }
        if (x.unit == AnswerUnit.percent) != (y.unit == AnswerUnit.percent) {
            return try agree(
                x.unit == AnswerUnit.percent ? x.hundredth : x, y.unit == AnswerUnit.percent ? y.hundredth : y, isApproximate: isApproximate
            )
        }
        guard x.unit == y.unit || x.unit.isEmpty || y.unit.isEmpty else { return false }
        return try agree(x, y, isApproximate: isApproximate)
    }

    private mutating func agree(_ a: AnswerScalar, _ b: AnswerScalar, isApproximate: Bool) throws(AnswerError) -> Bool {
        if try areEqual(a.expression, b.expression) { return true }
        // A whole number is rounded only behind or before an approximate sign.
        let places = [a, b].compactMap { $0.places ?? (isApproximate && $0.expression.literal?.isInteger == true ? 0 : nil) }.min()
        guard let places, abs(places) <= 300 else { return false }
        let (x, y) = (try NumericValue.of(a.expression, at: 0, &steps), try NumericValue.of(b.expression, at: 0, &steps))
        let half = 0.5 * NumericValue.powerOfTen(-places)
        return abs(x.value - y.value) <= half * (1 + 1e-9) + x.error + y.error
    }

    /// Inequalities that are no interval: as equations, whose factor's sign turns the relation.
    mutating func areEqual(_ a: [AnswerExpression], _ first: [AnswerRelation], _ b: [AnswerExpression], _ second: [AnswerRelation])
        throws(AnswerError) -> Bool
    {
        guard first.count == 1, second.count == 1, let ratio = try ratio(.sum([a[0], a[1].negated]), .sum([b[0], b[1].negated])) else {
            return false
        }
        return first[0] == .unequal ? second[0] == .unequal : first[0] == (ratio > 0 ? second[0] : second[0].reversed)
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

extension AnswerScalar {
    /// The number that an angle in degrees stands for; as it is without the degree sign.
    fileprivate var inRadians: AnswerScalar {
        guard unit == AnswerUnit.degree else { return self }
        let factor = AnswerExpression.product([.symbol(AnswerExpression.pi), .power(.number(ExactRational(180)), .minusOne)])
        return AnswerScalar(expression: .product([expression, factor]), places: nil)
    }
}
