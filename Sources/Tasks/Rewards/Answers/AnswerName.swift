/// What the left side of an equation names, so that the equation states its right side: `x`, `x_1`, `f(2)`, `AB`, `m\angle 1`, `\sin\theta`,
/// `\frac{AB}{CD}`, `[ABC]`, `x^\circ`, `\text{area}`.
///
/// `2x`, `x + y` and `x^2` name nothing: an equation with them says something about x, and not what x is.
struct AnswerName {
    /// The name in one spelling: without bars over it, the `m` of `m\angle`, the degree sign behind it.
    let text: String

    private static let maximumTokenCount = 24

    init?(_ tokens: ArraySlice<AnswerToken>) {
        guard tokens.count <= Self.maximumTokenCount else { return nil }
        var tokens = tokens
        if tokens.last?.isMark("\u{B0}") == true { tokens = tokens.dropLast() }
        guard let text = Self.ratio(tokens) ?? Self.scalarProduct(tokens) ?? Self.spelling(tokens) else { return nil }
        self.text = text
    }

    /// `a/b`, `a:b`, `\frac{a}{b}` of two names.
    private static func ratio(_ tokens: ArraySlice<AnswerToken>) -> String? {
        if tokens.first?.kind == .command("frac") {
            let groups = groups(tokens.dropFirst())
            guard groups.count == 2, let top = spelling(groups[0]), let bottom = spelling(groups[1]) else { return nil }
            return "\(top)/\(bottom)"
        }
        let signs = tokens.topLevelIndices { $0.isMark("/") || $0.isMark(":") }
        guard signs.count == 1 else { return nil }
        let sides = tokens.split(at: signs)
        guard let top = spelling(sides[0]), let bottom = spelling(sides[1]) else { return nil }
        return "\(top)/\(bottom)"
    }

    /// `\vec{a} \cdot \vec{b}`.
    private static func scalarProduct(_ tokens: ArraySlice<AnswerToken>) -> String? {
        let signs = tokens.topLevelIndices { $0.isMark("*") }
        guard signs.count == 1 else { return nil }
        let sides = tokens.split(at: signs)
        guard sides.allSatisfy(isVector), let first = spelling(sides[0]), let second = spelling(sides[1]) else { return nil }
        return "\(first)*\(second)"
    }

    private static func isVector(_ tokens: ArraySlice<AnswerToken>) -> Bool {
        [.command("vec"), .command("overrightarrow")].contains(tokens.first?.kind)
    }

    /// The contents of braces that stand side by side; empty if there is anything else.
    private static func groups(_ tokens: ArraySlice<AnswerToken>) -> [ArraySlice<AnswerToken>] {
        var groups: [ArraySlice<AnswerToken>] = []
        var rest = tokens
        while let first = rest.first {
            guard first.isMark("{"), let end = rest.closing else { return [] }
            groups.append(rest[(rest.startIndex + 1)..<end])
            rest = rest[(end + 1)...]
        }
        return groups
    }

    /// Letters first; then numbers in an index, behind an angle sign, or in a function's bracket.
    private static func spelling(_ tokens: ArraySlice<AnswerToken>) -> String? {
        var text = ""
        var hasLetter = false
        var bracketDepth = 0
        var isCall = false
        for (offset, token) in tokens.enumerated() {
            switch token.kind {
            case .letters(let run), .text(let run):
                // "m∠1" and "∠1" are one angle.
                let isMeasure = offset == 0 && run == "m" && tokens.dropFirst().first.map(isAngle) == true
                hasLetter = true
                if !isMeasure { text += text.last?.isLetter == true && token.isSpaced ? " " + run : run }
            case .command(let name):
                if decorations.contains(name) { continue }
                if let function = AnswerFunction(rawValue: name) {
                    guard function.takesAngle else { return nil }
                    isCall = true
                } else if name == "angle" || name == "triangle" {
                    hasLetter = true
                } else if name == "pi" {
                    guard bracketDepth > 0 || isCall else { return nil }
                } else {
                    guard letters.contains(name) || ["cap", "cup", "mid"].contains(name) && bracketDepth > 0 else { return nil }
                    hasLetter = true
                }
                text += name
            case .mark(let mark):
                let isOperator = bracketDepth > 0 && "+-,^/*".unicodeScalars.contains(mark)
                let isPower = isCall && mark == "^"
                let isInverse = mark == "^" || mark == "-"
                guard "_'(){}[]|\u{B0}".unicodeScalars.contains(mark) || isOperator || isPower || isInverse && isInverseCall(tokens) else {
                    return nil
                }
                if mark == "(" || mark == "[" { bracketDepth += 1 }
                if mark == ")" || mark == "]" { bracketDepth -= 1 }
                if !"{}|\u{B0}".unicodeScalars.contains(mark) { text.unicodeScalars.append(mark) }
            case .number(let value, _, let digits):
                let isPlaced =
                    text.hasSuffix("_") || text.hasSuffix("angle") || text.hasSuffix("arc") || bracketDepth > 0 && hasLetter
                    || text.hasSuffix("^")
                    || isCall || isInverseCall(tokens)
                guard isPlaced else { return nil }
                text += digits.isEmpty ? "\(value.numerator)/\(value.denominator)" : digits
            case .relation: guard bracketDepth > 0 else { return nil }
            }
        }
        // "|AB|" and the norm of a vector are lengths; "|x| = 5" says that x is 5 or -5.
        if tokens.contains(where: { $0.isMark("|") }), text.count < 2, !isVector(tokens.dropFirst()) { return nil }
        return hasLetter ? text : nil
    }

    /// `f^{-1}(3)`.
    private static func isInverseCall(_ tokens: ArraySlice<AnswerToken>) -> Bool {
        guard tokens.count >= 6, tokens.first?.run?.unicodeScalars.count == 1 else { return false }
        let marks = tokens.dropFirst().prefix(4)
        guard marks.first?.isMark("^") == true, marks.dropFirst().first?.isMark("{") == true, marks.dropFirst(2).first?.isMark("-") == true
        else {
            return false
        }
        return tokens.last?.isMark(")") == true
    }

    private static func isAngle(_ token: AnswerToken) -> Bool {
        [.command("angle"), .command("widehat"), .command("overarc"), .command("arc"), .command("overset")].contains(token.kind)
    }

    /// What stands over letters.
    private static let decorations: Set<String> = [
        "overline", "bar", "hat", "widehat", "vec", "overrightarrow", "overleftrightarrow", "overarc", "wideparen", "arc", "overset",
        "frown",
        "measuredangle", "operatorname",
    ]

    private static let letters: Set<String> = ExpressionParser.letters.union(["perp", "parallel", "odot", "square"])
}

extension ArraySlice<AnswerToken> {
    /// Where the bracket that the first token opens is closed.
    var closing: Int? {
        var depth = 0
        for index in indices {
            depth += self[index].nesting
            if depth == 0 { return index }
        }
        return nil
    }
}
