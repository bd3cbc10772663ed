/// What powers are taken of in a canonical form.
enum Generator: Hashable, Sendable {
    /// A prime, whose fractional powers are the roots of whole numbers (or a large number not known to be prime, see ``isCertain``).
    case prime(Int128)
    /// A variable or a constant such as π.
    case symbol(String)
    /// A function value or a power that no rule takes apart, by its description.
    case opaque(String)

    /// Trial division goes up to this number, so whatever is below its square is proven to be prime.
    static let trialBound: Int128 = 1_000

    /// Whether different powers of different such generators are surely different numbers: what isn't certain is decided numerically.
    var isCertain: Bool {
        switch self {
        case .prime(let prime): prime < Self.trialBound * Self.trialBound
        case .symbol: true
        case .opaque: false
        }
    }

    static func precedes(_ a: Generator, _ b: Generator) -> Bool {
        switch (a, b) {
        case (.prime(let p), .prime(let q)): p < q
        case (.symbol(let x), .symbol(let y)), (.opaque(let x), .opaque(let y)): x < y
        default: a.rank < b.rank
        }
    }

    private var rank: Int {
        switch self {
        case .prime: 0
        case .symbol: 1
        case .opaque: 2
        }
    }
}

/// A product of powers of generators, sorted by generator, without zero exponents: `2^(1/2) x^3`.
struct Monomial: Hashable, Sendable {
    struct Power: Hashable, Sendable {
        let generator: Generator
        let exponent: ExactRational
    }

    private(set) var powers: [Power]

    static let one = Monomial(powers: [])

    private init(powers: [Power]) { self.powers = powers }

    init(_ generator: Generator, to exponent: ExactRational = .one) {
        powers = exponent.isZero ? [] : [Power(generator: generator, exponent: exponent)]
    }

    /// - Complexity: O(powers of both), counted as steps.
    func times(_ other: Monomial, _ steps: inout StepBudget) throws(AnswerError) -> Monomial {
        if powers.isEmpty { return other }
        if other.powers.isEmpty { return self }
        try steps.spend(powers.count + other.powers.count)
        var merged: [Power] = []
        var (i, j) = (0, 0)
        while i < powers.count || j < other.powers.count {
            if i < powers.count, j < other.powers.count, powers[i].generator == other.powers[j].generator {
                let exponent = try powers[i].exponent.plus(other.powers[j].exponent)
                if !exponent.isZero { merged.append(Power(generator: powers[i].generator, exponent: exponent)) }
                (i, j) = (i + 1, j + 1)
            } else if j == other.powers.count || i < powers.count && Generator.precedes(powers[i].generator, other.powers[j].generator) {
                merged.append(powers[i])
                i += 1
            } else {
                merged.append(other.powers[j])
                j += 1
            }
        }
        return Monomial(powers: merged)
    }

    func power(_ exponent: ExactRational, _ steps: inout StepBudget) throws(AnswerError) -> Monomial {
        if exponent.isZero { return .one }
        try steps.spend(powers.count)
        var raised: [Power] = []
        for power in powers { raised.append(Power(generator: power.generator, exponent: try power.exponent.times(exponent))) }
        return Monomial(powers: raised)
    }

    /// Without one generator.
    func without(_ generator: Generator) -> Monomial { Monomial(powers: powers.filter { $0.generator != generator }) }

    func exponent(of generator: Generator) -> ExactRational? { powers.first { $0.generator == generator }?.exponent }

    /// Whether it has a variable: a symbol that is no constant, or something opaque.
    var isConstant: Bool {
        powers.allSatisfy {
            switch $0.generator {
            case .prime: true
            case .symbol(let name): name == AnswerExpression.pi || name == AnswerExpression.euler
            case .opaque: false
            }
        }
    }

    var isCertain: Bool { powers.allSatisfy { $0.generator.isCertain } }

    /// Some total order.
    static func precedes(_ a: Monomial, _ b: Monomial) -> Bool {
        for (x, y) in zip(a.powers, b.powers) where x != y {
            if x.generator != y.generator { return Generator.precedes(x.generator, y.generator) }
            if x.exponent.numerator != y.exponent.numerator { return x.exponent.numerator < y.exponent.numerator }
            return x.exponent.denominator < y.exponent.denominator
        }
        return a.powers.count < b.powers.count
    }
}
