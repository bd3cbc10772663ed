/// A quotient of polynomials. Divisors of one term go into the numerator, so most denominators are 1.
struct RationalFunction: Hashable {
    let numerator: Polynomial
    let denominator: Polynomial

    init(_ numerator: Polynomial) {
        self.numerator = numerator
        denominator = .one
    }

    init(_ value: ExactRational) { self.init(Polynomial(value)) }

    /// - Throws: ``AnswerError/undefined`` if the denominator is 0.
    init(_ numerator: Polynomial, over denominator: Polynomial, _ steps: inout StepBudget) throws(AnswerError) {
        guard !denominator.isZero else { throw .undefined }
        if let divisor = denominator.single {
            let inverse = try Polynomial(
                divisor.coefficient.reciprocal(), divisor.monomial.power(ExactRational(-1), &steps), &steps)
            self.numerator = try numerator.times(inverse, &steps)
            self.denominator = .one
        } else {
            self.numerator = numerator
            self.denominator = denominator
        }
    }

    /// The number, if it is rational.
    var rational: ExactRational? { denominator == .one ? numerator.rational : nil }
    var isConstant: Bool { numerator.isConstant && denominator.isConstant }
    var isCertain: Bool { numerator.isCertain && denominator.isCertain }

    func plus(_ other: RationalFunction, _ steps: inout StepBudget) throws(AnswerError) -> RationalFunction {
        if denominator == other.denominator {
            return try RationalFunction(numerator.plus(other.numerator, &steps), over: denominator, &steps)
        }
        return try RationalFunction(
            numerator.times(other.denominator, &steps).plus(other.numerator.times(denominator, &steps), &steps),
            over: denominator.times(other.denominator, &steps), &steps)
    }

    func times(_ other: RationalFunction, _ steps: inout StepBudget) throws(AnswerError) -> RationalFunction {
        try RationalFunction(numerator.times(other.numerator, &steps), over: denominator.times(other.denominator, &steps), &steps)
    }

    func minus(_ other: RationalFunction, _ steps: inout StepBudget) throws(AnswerError) -> RationalFunction {
        try plus(RationalFunction(other.numerator.negated(), over: other.denominator, &steps), &steps)
    }

    func power(_ exponent: Int128, _ steps: inout StepBudget) throws(AnswerError) -> RationalFunction {
        guard exponent != .min else { throw .tooLarge }
        let (top, bottom) = exponent < 0 ? (denominator, numerator) : (numerator, denominator)
        if exponent < 0, bottom.isZero { throw .undefined }
        let count = Int128(exponent.magnitude)
        return try RationalFunction(top.power(count, &steps), over: bottom.power(count, &steps), &steps)
    }

    /// A text that only equal functions have.
    ///
    /// - Throws: ``AnswerError/tooLarge`` beyond 2,048 bytes: descriptions nest.
    func description(_ steps: inout StepBudget) throws(AnswerError) -> String {
        var text = ""
        for (polynomial, separator) in [(numerator, "/"), (denominator, "")] {
            for term in polynomial.terms {
                text += "+\(term.coefficient.numerator)/\(term.coefficient.denominator)"
                for power in term.monomial.powers {
                    text += "*\(power.generator)^\(power.exponent.numerator)/\(power.exponent.denominator)"
                    try steps.spend(1 + text.utf8.count / 64)
                    guard text.utf8.count <= 2_048 else { throw .tooLarge }
                }
            }
            text += separator
        }
        return text
    }
}
