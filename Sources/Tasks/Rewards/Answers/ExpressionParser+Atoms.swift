extension ExpressionParser {
    /// What binds closest: numbers, variables, fractions, roots, functions, brackets.
    mutating func atom() throws(AnswerError) -> AnswerExpression {
        try enter()
        defer { leave() }
        guard let token = peek else { throw .unreadable }
        switch token.kind {
        case .mark("("): return try group("(", ")")
        case .mark("{"): return try group("{", "}")
        case .mark("["): return try group("[", "]")
        case .mark("|"): return try absolute()
        case .number(let value, _, let digits):
            index += 1
            return try mixed(value, digits: digits)
        case .letters(let name) where name.unicodeScalars.count == 1:
            index += 1
            return try symbol(name)
        case .text(let name) where name.unicodeScalars.count == 1:
            index += 1
            return try symbol(name)
        case .command(let name):
            index += 1
            return try command(name)
        default: throw .unreadable
        }
    }

    // MARK: - Numbers

    /// `2\frac{1}{2}` and `2 1/2` are mixed numbers if all parts are whole.
    private mutating func mixed(_ whole: ExactRational, digits: String) throws(AnswerError) -> AnswerExpression {
        guard !digits.isEmpty else { return .number(whole) }
        let start = index
        if peek?.kind == .command("frac") {
            index += 1
            if let top = wholeArgument(), let bottom = wholeArgument(), !bottom.isZero {
                return .number(try whole.plus(top.times(bottom.reciprocal())))
            }
        } else if let top = peek, top.isSpaced, let numerator = wholeNumber(top), index + 2 < tokens.count, tokens[index + 1].isMark("/"),
            let denominator = wholeNumber(tokens[index + 2]), !denominator.isZero
        {
            index += 3
            return .number(try whole.plus(numerator.times(denominator.reciprocal())))
        }
        index = start
        return .number(whole)
    }

    private mutating func wholeArgument() -> ExactRational? {
        if let digit = singleDigit() { return digit }
        guard index + 2 < tokens.count, tokens[index].isMark("{"), tokens[index + 2].isMark("}"), let value = wholeNumber(tokens[index + 1])
        else { return nil }
        index += 3
        return value
    }

    private func wholeNumber(_ token: AnswerToken) -> ExactRational? {
        if case .number(let value, _, let digits) = token.kind, !digits.isEmpty { value } else { nil }
    }

    /// The first digit here, as `\frac12` and `\sqrt2` take it; the other digits stay.
    private mutating func singleDigit() -> ExactRational? {
        guard let token = peek, case .number(_, _, let digits) = token.kind, let first = digits.utf8.first, let value = Int64(digits) else {
            return nil
        }
        let rest = digits.dropFirst()
        if rest.isEmpty {
            index += 1
            return ExactRational(value)
        }
        guard let remainder = Int64(rest) else { return nil }
        tokens[index] = AnswerToken(kind: .number(ExactRational(remainder), places: nil, digits: String(rest)), isSpaced: false)
        return ExactRational(Int64(first - UInt8(ascii: "0")))
    }

    // MARK: - Names

    /// A variable with its primes and its index: `x`, `f'`, `a_1`, `v_{max}`.
    private mutating func symbol(_ name: String) throws(AnswerError) -> AnswerExpression {
        var name = name
        while accept("'") { name += "'" }
        if accept("_") {
            name += "_"
            if accept("{") {
                while !accept("}") { name += try label(next()) }
            } else {
                name += try label(next())
            }
        }
        return .symbol(name)
    }

    private func label(_ token: AnswerToken) throws(AnswerError) -> String {
        switch token.kind {
        case .number(_, _, let digits) where !digits.isEmpty: digits
        case .letters(let text), .text(let text), .command(let text): text
        default: throw .unreadable
        }
    }

    // MARK: - Commands

    private mutating func command(_ name: String) throws(AnswerError) -> AnswerExpression {
        switch name {
        case "frac": return .product([try argument(), try argument().reciprocal])
        case "sqrt", "root": return try root(isPlain: name == "root")
        case "pi": return .symbol(AnswerExpression.pi)
        case "infty": return .symbol(AnswerExpression.infinity)
        case "ldots": return .symbol(AnswerExpression.ellipsis)
        case "log": return try logarithm()
        case "exp": return .power(.symbol(AnswerExpression.euler), try argument())
        case "binom": return try binomial(argument(), argument())
        case "lfloor": return .function(.floor, try enclosed(by: "rfloor"))
        case "lceil": return .function(.ceil, try enclosed(by: "rceil"))
        case "angle", "triangle", "overline", "widehat", "vec", "overrightarrow", "bar", "hat": return try power()
        default:
            if let function = AnswerFunction(rawValue: name) { return try call(function) }
            return Self.letters.contains(name) ? try symbol(name) : try { () throws(AnswerError) in throw .unreadable }()
        }
    }

    /// The next group or bracket, else one digit or sign.
    private mutating func argument() throws(AnswerError) -> AnswerExpression {
        if let digit = singleDigit() { return .number(digit) }
        return try atom()
    }

    private mutating func root(isPlain: Bool) throws(AnswerError) -> AnswerExpression {
        var degree = AnswerExpression.number(ExactRational(2))
        if peek?.isMark("[") == true { degree = try group("[", "]") }
        // "√12" is the root of twelve; "\sqrt12" is, by LaTeX's rules, the root of one before a two.
        let radicand = isPlain ? try atom() : try argument()
        return .power(radicand, degree.literal.flatMap { try? $0.reciprocal() }.map(AnswerExpression.number) ?? degree.reciprocal)
    }

    private mutating func logarithm() throws(AnswerError) -> AnswerExpression {
        var base = AnswerExpression.number(ExactRational(10))
        if accept("_") { base = try logarithmBase() }
        return .product([.function(.ln, try operand()), .power(.function(.ln, base), .minusOne)])
    }

    /// "log_10(x)" has the base ten; "\log_23" is, by LaTeX's rules, the logarithm of three to the base two.
    private mutating func logarithmBase() throws(AnswerError) -> AnswerExpression {
        if let token = peek, case .number(let base, nil, _) = token.kind, index + 1 < tokens.count {
            index += 1
            return .number(base)
        }
        return try argument()
    }

    private mutating func call(_ function: AnswerFunction) throws(AnswerError) -> AnswerExpression {
        let power = accept("^") ? try exponent() : nil
        let outer = isAngle
        isAngle = function.takesAngle
        defer { isAngle = outer }
        let inverse: [AnswerFunction: AnswerFunction] = [.sin: .arcsin, .cos: .arccos, .tan: .arctan]
        if power == .minusOne, let inverse = inverse[function] {
            isAngle = outer
            return .function(inverse, try operand())
        }
        let value = AnswerExpression.function(function, try operand())
        return power.map { .power(value, $0) } ?? value
    }

    /// A function's argument: a bracket, or factors up to the next sign, as in `\sin 2x`.
    private mutating func operand() throws(AnswerError) -> AnswerExpression {
        if let token = peek, token.isMark("(") || token.isMark("{") { return try atom() }
        var factors = [try power()]
        while let token = peek, startsFactor(), !Self.isFunction(token) { factors.append(try power()) }
        return factors.count == 1 ? factors[0] : .product(factors)
    }

    private static func isFunction(_ token: AnswerToken) -> Bool {
        guard case .command(let name) = token.kind else { return false }
        return name == "log" || name == "exp" || AnswerFunction(rawValue: name) != nil
    }

    private mutating func enclosed(by closing: String) throws(AnswerError) -> AnswerExpression {
        let value = try sum()
        guard try next().kind == .command(closing) else { throw .unreadable }
        return value
    }

    /// n over k, for whole numbers that fit.
    private func binomial(_ top: AnswerExpression, _ bottom: AnswerExpression) throws(AnswerError) -> AnswerExpression {
        guard let n = top.literal, let k = bottom.literal, n.isInteger, k.isInteger, (0...64).contains(n.numerator),
            (0...n.numerator).contains(k.numerator)
        else { throw .unreadable }
        var value = ExactRational.one
        for index in 0..<Int64(k.numerator) {
            value = try value.times(n.plus(ExactRational(-index))).times(ExactRational(index + 1).reciprocal())
        }
        return .number(value)
    }

    /// Names of variables that LaTeX writes as commands.
    static let letters: Set<String> = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma",
        "tau",
        "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "ell",
    ]
}
