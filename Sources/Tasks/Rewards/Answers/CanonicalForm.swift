/// Turns formulas into ``RationalFunction``s by exact arithmetic.
enum CanonicalForm {
    /// The canonical form; two formulas with the same form are equal.
    ///
    /// - Throws: ``AnswerError/undefined`` for a division by zero, ``AnswerError/tooLarge`` where a number, power or sum passes its bound.
    /// - Complexity: Counted as steps; recursion no deeper than the formula.
    static func of(_ expression: AnswerExpression, _ steps: inout StepBudget) throws(AnswerError) -> RationalFunction {
        try steps.spend()
        switch expression {
        case .number(let value): return RationalFunction(value)
        case .symbol(let name): return RationalFunction(try Polynomial(.one, Monomial(.symbol(name)), &steps))
        case .sum(let terms):
            var sum = RationalFunction(Polynomial.zero)
            for term in terms { sum = try sum.plus(of(term, &steps), &steps) }
            return sum
        case .product(let factors):
            var product = RationalFunction(Polynomial.one)
            for factor in factors { product = try product.times(of(factor, &steps), &steps) }
            return product
        case .power(let base, let exponent): return try power(of(base, &steps), of(exponent, &steps), &steps)
        case .function(let function, let argument): return try call(function, of(argument, &steps), &steps)
        }
    }

    // MARK: - Powers

    private static func power(_ base: RationalFunction, _ exponent: RationalFunction, _ steps: inout StepBudget) throws(AnswerError)
        -> RationalFunction
    {
        guard let exponent = exponent.rational else { return try opaque("pow", base, exponent, &steps) }
        if base.numerator.isZero {
            guard !exponent.isZero, !exponent.isNegative else { throw .undefined }
            return base
        }
        if base.denominator == .one, let term = base.numerator.single {
            if let value = try power(term, exponent, &steps) { return RationalFunction(value) }
        } else if exponent.isInteger {
            return try base.power(exponent.numerator, &steps)
        }
        let root = Generator.opaque("(\(try base.description(&steps)))")
        return RationalFunction(try Polynomial(.one, Monomial(root, to: exponent), &steps))
    }

    /// A power of one term; nil if the rules for roots don't allow to take it apart.
    private static func power(_ term: Polynomial.Term, _ exponent: ExactRational, _ steps: inout StepBudget) throws(AnswerError)
        -> Polynomial?
    {
        if exponent.isInteger {
            var coefficient = try Polynomial(.one, primes(of: term.coefficient, to: exponent, &steps), &steps)
            if term.coefficient.isNegative, exponent.numerator % 2 != 0 { coefficient = coefficient.negated() }
            return try coefficient.times(Polynomial(.one, term.monomial.power(exponent, &steps), &steps), &steps)
        }
        // (x²)^(1/2) is |x|, not x: only x itself, primes and positive constants have their exponents multiplied.
        for power in term.monomial.powers {
            switch power.generator {
            case .prime: continue
            case .symbol(AnswerExpression.pi), .symbol(AnswerExpression.euler): continue
            case .symbol where power.exponent == .one && !term.coefficient.isNegative: continue
            default: return nil
            }
        }
        let root = try Polynomial(
            .one, primes(of: term.coefficient, to: exponent, &steps).times(term.monomial.power(exponent, &steps), &steps), &steps)
        guard term.coefficient.isNegative else { return root }
        if exponent.denominator % 2 != 0 { return exponent.numerator % 2 == 0 ? root : root.negated() }
        guard exponent == (try ExactRational(1, over: 2)) else { return nil }
        return try root.times(Polynomial(.one, Monomial(.symbol(AnswerExpression.imaginaryUnit)), &steps), &steps)
    }

    /// A positive number to some power, as powers of primes.
    private static func primes(of value: ExactRational, to exponent: ExactRational, _ steps: inout StepBudget) throws(AnswerError)
        -> Monomial
    {
        var product = Monomial.one
        for (part, sign) in [(value.numerator, ExactRational.one), (value.denominator, ExactRational(-1))] {
            for (prime, count) in try factors(of: Int128(part.magnitude), &steps) {
                let total = try ExactRational(count).times(exponent).times(sign)
                product = try product.times(Monomial(.prime(prime), to: total), &steps)
            }
        }
        return product
    }

    /// Prime factors up to ``Generator/trialBound``, each with its count; what is left is the last, taken as a square if it is one.
    static func factors(of number: Int128, _ steps: inout StepBudget) throws(AnswerError) -> [(Int128, Int64)] {
        var rest = number
        var factors: [(Int128, Int64)] = []
        var divisor: Int128 = 2
        while divisor <= Generator.trialBound, divisor * divisor <= rest {
            try steps.spend()
            var count: Int64 = 0
            while rest % divisor == 0 {
                try steps.spend()
                (rest, count) = (rest / divisor, count + 1)
            }
            if count > 0 { factors.append((divisor, count)) }
            divisor += divisor == 2 ? 1 : 2
        }
        if rest > 1 {
            let root = Int128(Double(rest).squareRoot())
            let isSquare = root < Int128(Int64.max) && root * root == rest
            factors.append(isSquare ? (root, 2) : (rest, 1))
        }
        return factors
    }

    // MARK: - Functions

    private static func call(_ function: AnswerFunction, _ argument: RationalFunction, _ steps: inout StepBudget) throws(AnswerError)
        -> RationalFunction
    {
        if let value = argument.rational {
            switch function {
            case .abs: return RationalFunction(value.isNegative ? value.negated : value)
            case .floor: return RationalFunction(try ExactRational(value.floor))
            case .ceil: return RationalFunction(try ExactRational(value.negated.floor).negated)
            case .factorial:
                guard value.isInteger, !value.isNegative else { throw .undefined }
                guard value.numerator <= 33 else { break }
                var product = ExactRational.one
                for factor in 0..<Int64(value.numerator) { product = try product.times(ExactRational(factor + 1)) }
                return RationalFunction(product)
            case .ln where !value.isNegative && !value.isZero: return try logarithm(value, &steps)
            default: break
            }
        }
        if function == .ln, argument == RationalFunction(try Polynomial(.one, Monomial(.symbol(AnswerExpression.euler)), &steps)) {
            return RationalFunction(Polynomial.one)
        }
        return try opaque(function.rawValue, argument, nil, &steps)
    }

    /// ln 12 = 2 ln 2 + ln 3.
    private static func logarithm(_ value: ExactRational, _ steps: inout StepBudget) throws(AnswerError) -> RationalFunction {
        var sum = Polynomial.zero
        for (part, sign) in [(value.numerator, Int64(1)), (value.denominator, -1)] {
            for (prime, count) in try factors(of: part, &steps) {
                sum = try sum.plus(Polynomial(ExactRational(sign * count), Monomial(.opaque("ln \(prime)")), &steps), &steps)
            }
        }
        return RationalFunction(sum)
    }

    private static func opaque(_ name: String, _ first: RationalFunction, _ second: RationalFunction?, _ steps: inout StepBudget)
        throws(AnswerError) -> RationalFunction
    {
        let arguments =
            try first.description(&steps) + (second.map { second throws(AnswerError) in try "," + second.description(&steps) } ?? "")
        return RationalFunction(try Polynomial(.one, Monomial(.opaque("\(name)(\(arguments))")), &steps))
    }
}
