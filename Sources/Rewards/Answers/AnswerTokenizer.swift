/// Cuts an answer into tokens: LaTeX, plain text and Unicode signs become the same few kinds.
///
/// One pass; braces of wrappers such as `\text{…}` are looked for ahead, which is counted.
struct AnswerTokenizer {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var isSpaced = false
    private var tokens: [AnswerToken] = []
    /// For each open brace, whether it vanishes with its partner.
    private var vanishing: [Bool] = []
    /// Open round, square and set brackets: inside them a comma separates, and is no thousands mark.
    private var bracketDepth = 0

    /// - Throws: ``AnswerError/unreadable`` for a sign that no answer has.
    static func tokens(of text: String, steps: inout StepBudget) throws(AnswerError) -> [AnswerToken] {
        var tokenizer = AnswerTokenizer(scalars: Array(text.unicodeScalars))
        try tokenizer.run(&steps)
        return tokenizer.tokens
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private mutating func run(_ steps: inout StepBudget) throws(AnswerError) {
        while index < scalars.count {
            try steps.spend()
            let scalar = scalars[index]
            if scalar == "\\" {
                try command(&steps)
            } else if Self.isDigit(scalar) || scalar == "." && index + 1 < scalars.count && Self.isDigit(scalars[index + 1]) {
                try number(&steps)
            } else if let signs = AnswerSpelling.signs[scalar] {
                index += 1
                for sign in signs { append(sign) }
            } else if scalar.properties.isAlphabetic {
                letters()
            } else {
                try sign(scalar)
            }
        }
    }

    // MARK: - Signs

    private mutating func sign(_ scalar: Unicode.Scalar) throws(AnswerError) {
        index += 1
        switch scalar {
        case "$", "\u{20AC}", "\u{A3}": break
        case "{": open(vanishes: false)
        case "}":
            guard let vanishes = vanishing.popLast() else { throw .unreadable }
            if !vanishes { append(.mark("}")) }
        case "(", "[":
            bracketDepth += 1
            append(.mark(scalar))
        case ")", "]":
            bracketDepth -= 1
            append(.mark(scalar))
        case "<", ">": append(.relation(relation(scalar)))
        case "!":
            if accept("=") { append(.relation(.unequal)) } else { append(.mark("!")) }
        case "*":
            // `**` is a power.
            if accept("*") { append(.mark("^")) } else { append(.mark("*")) }
        case "=", "+", "-", "/", "^", "_", "|", ",", ":", "%", "'", "&":
            if scalar == "=" {
                _ = accept("=")
                append(.relation(.equal))
            } else {
                append(.mark(scalar))
            }
        case ";": append(.mark(","))
        // A full stop; points inside numbers are read with them.
        case "~", ".": isSpaced = true
        default:
            guard scalar.properties.isWhitespace else { throw .unreadable }
            isSpaced = true
        }
    }

    private mutating func relation(_ scalar: Unicode.Scalar) -> AnswerRelation {
        let orEqual = accept("=")
        return scalar == "<" ? (orEqual ? .lessOrEqual : .less) : (orEqual ? .greaterOrEqual : .greater)
    }

    private mutating func open(vanishes: Bool) {
        vanishing.append(vanishes)
        if !vanishes { append(.mark("{")) }
    }

    private mutating func append(_ kind: AnswerToken.Kind) {
        if kind == .mark("\u{B0}") { takeBackRaising() }
        tokens.append(AnswerToken(kind: kind, isSpaced: isSpaced))
        isSpaced = false
    }

    /// `^\circ` and `^{\circ}` are a degree sign.
    private mutating func takeBackRaising() {
        if tokens.last?.isMark("^") == true {
            tokens.removeLast()
        } else if tokens.count >= 2, tokens[tokens.count - 1].isMark("{"), tokens[tokens.count - 2].isMark("^"), vanishing.last == false {
            tokens.removeLast(2)
            vanishing[vanishing.count - 1] = true
        }
    }

    // MARK: - Words

    private mutating func letters() {
        let run = scalars[index...].prefix { $0.properties.isAlphabetic && AnswerSpelling.signs[$0] == nil }
        index += run.count
        appendWord(String(String.UnicodeScalarView(run)))
    }

    private mutating func appendWord(_ word: String) {
        append(AnswerSpelling.words[word.lowercased()] ?? .letters(word))
    }

    private mutating func command(_ steps: inout StepBudget) throws(AnswerError) {
        index += 1
        guard index < scalars.count else { throw .unreadable }
        let name = scalars[index...].prefix { $0.value < 128 && $0.properties.isAlphabetic }
        guard !name.isEmpty else { return try escaped() }
        index += name.count
        let word = String(String.UnicodeScalarView(name))
        if AnswerSpelling.wrappers.contains(word) { return try wrapper(&steps) }
        if AnswerSpelling.ignored.contains(word) {
            if word == "left" || word == "right" { _ = accept(".") }
            isSpaced = isSpaced || word.hasSuffix("quad")
            return
        }
        if word == "lbrace" || word == "rbrace" { return brace(isOpen: word == "lbrace") }
        append(AnswerSpelling.commands[word] ?? .command(word))
    }

    private mutating func brace(isOpen: Bool) {
        bracketDepth += isOpen ? 1 : -1
        append(.mark(isOpen ? AnswerToken.openSet : AnswerToken.closeSet))
    }

    private mutating func escaped() throws(AnswerError) {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case "(", ")", "[", "]", "!", "$": break
        case ",", ";", ":", " ", ">": isSpaced = true
        case "{", "}": brace(isOpen: scalar == "{")
        case "|": append(.mark("|"))
        case "%": append(.mark("%"))
        case "\\":
            // A doubled backslash before a command is a slip; elsewhere it ends a row.
            if index < scalars.count, scalars[index].properties.isAlphabetic, !tokens.contains(where: { $0.kind == .command("begin") }) {
                index -= 1
            } else {
                append(.mark(AnswerToken.rowEnd))
            }
        default: throw .unreadable
        }
    }

    /// `\text{…}` and its like: words become one token, everything else is read as if the wrapper weren't there.
    private mutating func wrapper(_ steps: inout StepBudget) throws(AnswerError) {
        while index < scalars.count, scalars[index] == " " { index += 1 }
        guard index < scalars.count, scalars[index] == "{" else { return }
        let content = scalars[(index + 1)...].prefix { $0 != "{" && $0 != "}" && $0 != "\\" }
        try steps.spend(content.count)
        let end = index + 1 + content.count
        guard end < scalars.count else { throw .unreadable }
        let isWords =
            scalars[end] == "}"
            && content.allSatisfy { $0.properties.isAlphabetic || $0.properties.isWhitespace || "~-.'".unicodeScalars.contains($0) }
        guard isWords else {
            index += 1
            open(vanishes: true)
            return
        }
        index = end + 1
        let spaced = String(String.UnicodeScalarView(content)).replacing("~", with: " ")
        let words = spaced.lowercased().split { $0.isWhitespace || $0 == "." }.joined(separator: " ")
        if spaced.first?.isWhitespace == true { isSpaced = true }
        if words.isEmpty { return }
        if words.unicodeScalars.count == 1 {
            append(.text(spaced.filter { $0.isLetter }))
        } else if let known = AnswerSpelling.words[words] {
            append(known)
        } else {
            append(.text(words))
        }
        isSpaced = spaced.last?.isWhitespace == true
    }

    // MARK: - Numbers

    /// `12`, `1,234.5`, `1{,}234`, `1\,234`, `.5`, `1.5e-3`.
    private mutating func number(_ steps: inout StepBudget) throws(AnswerError) {
        let start = index
        var digits = run()
        let isLeading = (1...3).contains(digits.count) && digits.first != "0"
        while isLeading, let width = thousandsMark() {
            index += width
            digits += run()
        }
        var places = 0
        var isDecimal = false
        if index + 1 < scalars.count, scalars[index] == ".", Self.isDigit(scalars[index + 1]) {
            index += 1
            isDecimal = true
            var fraction = run()
            // Zeros at the end change nothing, and must not overflow.
            while fraction.last == "0" { fraction.removeLast() }
            places = fraction.count
            digits += fraction
        }
        try steps.spend(index - start)
        let exponent = self.exponent()
        isDecimal = isDecimal || exponent != nil
        let plain = isDecimal || index - start != digits.count ? "" : String(String.UnicodeScalarView(digits))
        var value = try Self.integer(digits)
        let scale = (exponent ?? 0) - places
        if scale != 0, !value.isZero { value = try value.times(ExactRational(10).power(scale)) }
        append(.number(value, isDecimal: isDecimal, digits: plain))
    }

    private mutating func run() -> [Unicode.Scalar] {
        let run = scalars[index...].prefix(while: Self.isDigit)
        index += run.count
        return Array(run)
    }

    /// The width of a thousands mark that stands here before exactly three digits; nil if there is none.
    private func thousandsMark() -> Int? {
        let marks = bracketDepth > 0 ? ["{,}", "\\,", "{,}\\!"] : [",\\!", ",", "{,}", "\\,"]
        for mark in marks where scalars[index...].starts(with: mark.unicodeScalars) {
            let group = scalars[(index + mark.unicodeScalars.count)...].prefix { Self.isDigit($0) }
            return group.count == 3 ? mark.unicodeScalars.count : nil
        }
        return nil
    }

    /// The exponent of `1.5e3`.
    private mutating func exponent() -> Int? {
        guard index + 1 < scalars.count, scalars[index] == "e" || scalars[index] == "E" else { return nil }
        let isSigned = scalars[index + 1] == "-" || scalars[index + 1] == "+"
        let first = index + (isSigned ? 2 : 1)
        guard first < scalars.count, Self.isDigit(scalars[first]) else { return nil }
        let isNegative = scalars[index + 1] == "-"
        index = first
        // Anything of four digits overflows all the same.
        let value = run().prefix(4).reduce(0) { $0 * 10 + Int($1.value - 48) }
        return isNegative ? -value : value
    }

    private static func integer(_ digits: [Unicode.Scalar]) throws(AnswerError) -> ExactRational {
        var value: Int128 = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int128(digit.value - 48))
            if overflow || carry { throw .tooLarge }
            value = sum
        }
        return try ExactRational(value)
    }

    private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard index < scalars.count, scalars[index] == scalar else { return false }
        index += 1
        return true
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 48 && scalar.value <= 57 }
}
