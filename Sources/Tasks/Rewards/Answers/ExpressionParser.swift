/// Reads a formula by recursive descent: `sum → term → factor → power → atom`.
///
/// Every level of brackets, roots and powers is one level of recursion, of which there are at most ``maximumDepth``; every token is a step.
struct ExpressionParser {
    static let maximumDepth = 32

    /// Which sign `±` means; an answer with `±` is read twice.
    enum PlusMinus { case plus, minus }

    private let plusMinus: PlusMinus
    var tokens: [AnswerToken]
    var index = 0
    var steps: StepBudget
    private var depth = 0
    private var barDepth = 0
    /// Whether a degree sign turns degrees into radians: inside trigonometric functions.
    var isAngle = false

    /// The formula that the tokens spell, all of them.
    ///
    /// - Throws: ``AnswerError/unreadable`` if they spell none.
    static func parse(_ tokens: ArraySlice<AnswerToken>, plusMinus: PlusMinus = .plus, steps: inout StepBudget) throws(AnswerError)
        -> AnswerExpression
    {
        var parser = ExpressionParser(tokens: expanded(tokens), plusMinus: plusMinus, steps: steps)
        defer { steps = parser.steps }
        let expression = try parser.sum()
        guard parser.index == parser.tokens.count else { throw .unreadable }
        return expression
    }

    private init(tokens: [AnswerToken], plusMinus: PlusMinus, steps: StepBudget) {
        self.tokens = tokens
        self.plusMinus = plusMinus
        self.steps = steps
    }

    /// Short runs of letters are products of variables: `xy` is `x y`. Longer ones are words, which no formula has.
    private static func expanded(_ tokens: ArraySlice<AnswerToken>) -> [AnswerToken] {
        var expanded: [AnswerToken] = []
        for token in tokens {
            if case .letters(let run) = token.kind, (2...3).contains(run.unicodeScalars.count) {
                for (offset, letter) in run.unicodeScalars.enumerated() {
                    expanded.append(AnswerToken(kind: .letters(String(Character(letter))), isSpaced: offset == 0 && token.isSpaced))
                }
            } else {
                expanded.append(token)
            }
        }
        return expanded
    }

    // MARK: - Sums and products

    mutating func sum() throws(AnswerError) -> AnswerExpression {
        try enter()
        defer { leave() }
        var terms = [try term()]
        while let sign = acceptSign() {
            let next = try term()
            terms.append(sign ? next.negated : next)
        }
        return terms.count == 1 ? terms[0] : .sum(terms)
    }

    private mutating func term() throws(AnswerError) -> AnswerExpression {
        var factors = [try factor()]
        while true {
            if accept("*") {
                factors.append(try factor())
            } else if accept("/") || accept(":") {
                factors.append(try factor().reciprocal)
            } else if startsFactor() {
                factors.append(try power())
            } else {
                break
            }
        }
        return factors.count == 1 ? factors[0] : .product(factors)
    }

    /// A power with at most one sign before it: `--7` is no number.
    private mutating func factor() throws(AnswerError) -> AnswerExpression {
        let isNegative = acceptSign() ?? false
        let value = try power()
        return isNegative ? value.negated : value
    }

    mutating func power() throws(AnswerError) -> AnswerExpression {
        let base = try postfix()
        guard accept("^") else { return base }
        try enter()
        defer { leave() }
        return .power(base, try exponent())
    }

    mutating func exponent() throws(AnswerError) -> AnswerExpression {
        if peek?.isMark("{") == true { return try group("{", "}") }
        let isNegative = acceptSign() ?? false
        let value = try power()
        return isNegative ? value.negated : value
    }

    private mutating func postfix() throws(AnswerError) -> AnswerExpression {
        var value = try atom()
        for _ in 0..<2 {
            if accept("!") {
                value = .function(.factorial, value)
            } else if accept("%") {
                value = .product([value, .power(.number(ExactRational(100)), .minusOne)])
            } else if accept("\u{B0}") {
                if isAngle { value = .product([value, .symbol(AnswerExpression.pi), .power(.number(ExactRational(180)), .minusOne)]) }
            } else {
                break
            }
        }
        return value
    }

    /// Whether a factor begins here without a multiplication sign. Two numbers side by side are none.
    func startsFactor() -> Bool {
        guard let token = peek else { return false }
        switch token.kind {
        case .number:
            if case .number = tokens[index - 1].kind { return false }
            return true
        case .letters: return true
        case .text(let text): return text.unicodeScalars.count == 1
        case .command(let name): return name != "cup" && name != "end"
        case .mark("("), .mark("{"): return true
        case .mark("|"): return barDepth == 0
        default: return false
        }
    }

    // MARK: - Brackets

    mutating func group(_ open: Unicode.Scalar, _ close: Unicode.Scalar) throws(AnswerError) -> AnswerExpression {
        guard accept(open) else { throw .unreadable }
        let outerBars = barDepth
        barDepth = 0
        defer { barDepth = outerBars }
        let value = try sum()
        guard accept(close) else { throw .unreadable }
        return value
    }

    mutating func absolute() throws(AnswerError) -> AnswerExpression {
        guard accept("|") else { throw .unreadable }
        barDepth += 1
        defer { barDepth -= 1 }
        let value = try sum()
        guard accept("|") else { throw .unreadable }
        return .function(.abs, value)
    }

    // MARK: - Tokens

    var peek: AnswerToken? { index < tokens.count ? tokens[index] : nil }

    mutating func accept(_ mark: Unicode.Scalar) -> Bool {
        guard peek?.isMark(mark) == true else { return false }
        index += 1
        return true
    }

    /// The next token, which is a step.
    mutating func next() throws(AnswerError) -> AnswerToken {
        try steps.spend()
        guard let token = peek else { throw .unreadable }
        index += 1
        return token
    }

    /// True for minus, false for plus, nil if there is no sign.
    private mutating func acceptSign() -> Bool? {
        if accept("-") { return true }
        if accept("+") { return false }
        if accept("\u{B1}") { return plusMinus == .minus }
        if peek?.kind == .command("mp") {
            index += 1
            return plusMinus == .plus
        }
        return nil
    }

    mutating func enter() throws(AnswerError) {
        try steps.spend()
        depth += 1
        guard depth <= Self.maximumDepth else { throw .tooLarge }
    }

    mutating func leave() { depth -= 1 }
}
