/// A sum of rational multiples of different monomials, in order: equal polynomials are equal values.
///
/// Exponents may be negative or fractional, so `1/x` and `√2` are polynomials of one term. Roots of whole numbers are products of fractional
/// powers of primes, which are independent over the rationals (Besicovitch, 1940): for constants of such roots and π, being equal as values
/// is being the same number.
struct Polynomial: Hashable, Sendable {
    /// More terms than these are not expanded.
    static let maximumTermCount = 128
    /// Higher powers of sums are not expanded.
    static let maximumExponent: Int128 = 32

    struct Term: Hashable, Sendable {
        let coefficient: ExactRational
        let monomial: Monomial
    }

    private(set) var terms: [Term]

    static let zero = Polynomial(sorted: [])
    static let one = Polynomial(.one)

    private init(sorted terms: [Term]) { self.terms = terms }

    init(_ coefficient: ExactRational) { terms = coefficient.isZero ? [] : [Term(coefficient: coefficient, monomial: .one)] }

    /// One term in canonical form.
    init(_ coefficient: ExactRational, _ monomial: Monomial, _ steps: inout StepBudget) throws(AnswerError) {
        terms = coefficient.isZero ? [] : [try Self.reduced(coefficient, monomial, &steps)]
    }

    var isZero: Bool { terms.isEmpty }
    /// The only term; nil if there are more or none.
    var single: Term? { terms.count == 1 ? terms[0] : nil }
    /// The number, if it is rational.
    var rational: ExactRational? { terms.isEmpty ? .zero : single.flatMap { $0.monomial == .one ? $0.coefficient : nil } }
    var isConstant: Bool { terms.allSatisfy { $0.monomial.isConstant } }
    var isCertain: Bool { terms.allSatisfy { $0.monomial.isCertain } }

    func plus(_ other: Polynomial, _ steps: inout StepBudget) throws(AnswerError) -> Polynomial {
        try Self.collected(terms + other.terms, &steps)
    }

    func negated() -> Polynomial {
        Polynomial(sorted: terms.map { Term(coefficient: $0.coefficient.negated, monomial: $0.monomial) })
    }

    func times(_ other: Polynomial, _ steps: inout StepBudget) throws(AnswerError) -> Polynomial {
        if self == .one { return other }
        if other == .one { return self }
        guard terms.count * other.terms.count <= 16 * Self.maximumTermCount else { throw .tooLarge }
        var products: [Term] = []
        for a in terms {
            for b in other.terms {
                try steps.spend()
                products.append(
                    try Self.reduced(a.coefficient.times(b.coefficient), a.monomial.times(b.monomial, &steps), &steps))
            }
        }
        return try Self.collected(products, &steps)
    }

    /// A whole power that is not negative.
    func power(_ exponent: Int128, _ steps: inout StepBudget) throws(AnswerError) -> Polynomial {
        guard (0...Self.maximumExponent).contains(exponent) else { throw .tooLarge }
        var (base, rest, result) = (self, exponent, Polynomial.one)
        while rest > 0 {
            if rest & 1 == 1 { result = try result.times(base, &steps) }
            rest >>= 1
            if rest > 0 { base = try base.times(base, &steps) }
        }
        return result
    }

    // MARK: - Canonical terms

    private static func collected(_ terms: [Term], _ steps: inout StepBudget) throws(AnswerError) -> Polynomial {
        try steps.spend(2 * terms.count)
        var collected: [Term] = []
        for term in terms.sorted(by: { Monomial.precedes($0.monomial, $1.monomial) }) {
            if let last = collected.last, last.monomial == term.monomial {
                let sum = try last.coefficient.plus(term.coefficient)
                collected.removeLast()
                if !sum.isZero { collected.append(Term(coefficient: sum, monomial: term.monomial)) }
            } else {
                collected.append(term)
            }
        }
        guard collected.count <= maximumTermCount else { throw .tooLarge }
        return Polynomial(sorted: collected)
    }

    /// The one way to write a term: whole powers of primes belong to the coefficient as far as they fit, i² is -1.
    private static func reduced(_ coefficient: ExactRational, _ monomial: Monomial, _ steps: inout StepBudget) throws(AnswerError) -> Term {
        var (coefficient, result) = (coefficient, monomial)
        let unit = Generator.symbol(AnswerExpression.imaginaryUnit)
        for power in monomial.powers {
            switch power.generator {
            case .prime(let prime):
                try steps.spend()
                (coefficient, result) = try absorbing(prime, power.exponent, into: coefficient, result, &steps)
            case unit where power.exponent.isInteger:
                let turns = (power.exponent.numerator % 4 + 4) % 4
                if turns >= 2 { coefficient = coefficient.negated }
                result = result.without(unit)
                if turns % 2 == 1 { result = try result.times(Monomial(unit), &steps) }
            default: break
            }
        }
        return Term(coefficient: coefficient, monomial: result)
    }

    private static func absorbing(
        _ prime: Int128, _ exponent: ExactRational, into coefficient: ExactRational, _ monomial: Monomial, _ steps: inout StepBudget
    ) throws(AnswerError) -> (ExactRational, Monomial) {
        // All powers of the prime first move to the exponent, whatever was absorbed before, so that the order of operations leaves no trace.
        var whole = exponent.floor
        // Far from overflow, whatever the coefficient adds.
        guard whole.magnitude >> 120 == 0 else { throw .tooLarge }
        let fraction = try exponent.plus(ExactRational(-whole))
        var (top, bottom) = (coefficient.numerator, coefficient.denominator)
        while top != 0, top % prime == 0 {
            try steps.spend()
            (top, whole) = (top / prime, whole + 1)
        }
        while bottom % prime == 0 {
            try steps.spend()
            (bottom, whole) = (bottom / prime, whole - 1)
        }
        let rest = try ExactRational(top, over: bottom)
        let others = monomial.without(.prime(prime))
        let root = Monomial(.prime(prime), to: fraction)
        if let count = Int(exactly: whole), let value = try? rest.times(ExactRational(prime).power(count)) {
            return (value, try others.times(root, &steps))
        }
        return (rest, try others.times(Monomial(.prime(prime), to: ExactRational(whole).plus(fraction)), &steps))
    }
}
