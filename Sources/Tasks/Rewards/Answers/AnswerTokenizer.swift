/// Cuts an answer, evened out by ``AnswerSigns``, into tokens: LaTeX and plain text become the same few kinds.
///
/// One pass; braces of wrappers such as `\text{…}` are looked for ahead, which is counted.
struct AnswerTokenizer {
    let scalars: [Unicode.Scalar]
    var index = 0
    private var isSpaced = false
    private var tokens: [AnswerToken] = []
    /// For each open brace, whether it vanishes with its partner.
    private var vanishing: [Bool] = []
    /// Open round, square and set brackets: inside them a comma separates, and is no thousands mark.
    var bracketDepth = 0
    /// Whether a comma inside a number ends it: `100,200,300` is read as a list where its other reading is none.
    let separatesThousands: Bool
    /// A lone dollar sign is money; pairs of them enclose formulas.
    private let hasLoneDollar: Bool

    /// - Throws: ``AnswerError/unreadable`` for a sign that no answer has.
    static func tokens(of text: String, separatesThousands: Bool = false, steps: inout StepBudget) throws(AnswerError) -> [AnswerToken] {
        var tokenizer = AnswerTokenizer(scalars: Array(text.unicodeScalars), separatesThousands: separatesThousands)
        try tokenizer.run(&steps)
        return tokenizer.tokens
    }

    private init(scalars: [Unicode.Scalar], separatesThousands: Bool) {
        self.scalars = scalars
        self.separatesThousands = separatesThousands
        let dollars = scalars.indices.count { scalars[$0] == "$" && ($0 == 0 || scalars[$0 - 1] != "\\") }
        hasLoneDollar = dollars == 1
    }

    private mutating func run(_ steps: inout StepBudget) throws(AnswerError) {
        while index < scalars.count {
            try steps.spend()
            let scalar = scalars[index]
            if scalar == "\\" {
                try command(&steps)
            } else if Self.isDigit(scalar) || scalar == "." && index + 1 < scalars.count && Self.isDigit(scalars[index + 1]) {
                try number(&steps)
            } else if let sign = AnswerSpelling.signs[scalar] {
                index += 1
                append(sign)
            } else if scalars[index...].starts(with: "...".unicodeScalars) {
                index = scalars[index...].firstIndex { $0 != "." } ?? scalars.count
                append(.command("ldots"))
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
        case "$": if hasLoneDollar { append(.mark("$")) }
        case "\"": break
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

    mutating func append(_ kind: AnswerToken.Kind) {
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

    /// Letters of one script: in `x或y` the word in the middle stands for itself.
    private mutating func letters() {
        let isIdeographic = scalars[index].properties.isIdeographic
        let run = scalars[index...].prefix { $0.properties.isAlphabetic && $0.properties.isIdeographic == isIdeographic }
        index += run.count
        let word = String(String.UnicodeScalarView(run))
        if isIdeographic {
            ideographs(word)
        } else if word == "OR", isBetweenConditions {
            append(.mark(AnswerToken.or))
        } else {
            appendWord(word)
        }
    }

    /// Whether a word stands behind something and before something else than a relation: "x < 2 OR x > 7", and not "OR = 5".
    private var isBetweenConditions: Bool {
        let isBehind = tokens.last.map { if case .relation = $0.kind { false } else { true } } == true && isSpaced
        let next = scalars[index...].first { $0 != " " }
        return isBehind && next.map { !"=<>\\".unicodeScalars.contains($0) } == true
    }

    private mutating func appendWord(_ word: String) {
        append(AnswerSpelling.word(word) ?? .letters(word))
    }

    /// A scale before a unit, a conjunction behind one: `5万米`, `3厘米或`.
    private mutating func ideographs(_ word: String) {
        let conjunction = ["\u{6216}\u{8005}", "\u{6216}", "\u{548C}", "\u{4E0E}"].first { word.hasSuffix($0) && word != $0 }
        if let conjunction, AnswerUnit.isNamed(String(word.dropLast(conjunction.count))) {
            ideographs(String(word.dropLast(conjunction.count)))
            return appendWord(conjunction)
        }
        if tokens.last?.isNumber == true, word.count > 1, !AnswerUnit.isNamed(word), AnswerVocabulary.scales[String(word.prefix(1))] != nil
        {
            append(.letters(String(word.prefix(1))))
            return ideographs(String(word.dropFirst()))
        }
        appendWord(word)
    }

    private mutating func command(_ steps: inout StepBudget) throws(AnswerError) {
        index += 1
        guard index < scalars.count else { throw .unreadable }
        let name = scalars[index...].prefix { $0.value < 128 && $0.properties.isAlphabetic }
        guard !name.isEmpty else { return try escaped() }
        index += name.count
        let word = String(String.UnicodeScalarView(name))
        if AnswerSpelling.wrappers.contains(word), word != "mathbf" || numberSetWidth() == nil {
            return try wrapper(isText: AnswerSpelling.textWrappers.contains(word), &steps)
        }
        if AnswerSpelling.ignored.contains(word) {
            if word == "left" || word == "right" {
                _ = accept(".")
                // `\left< 1, 2 \right>`
                if accept(word == "left" ? "<" : ">") { append(.mark(word == "left" ? "(" : ")")) }
            }
            isSpaced = isSpaced || word.hasSuffix("quad")
            return
        }
        if word == "lbrace" || word == "rbrace" { return brace(isOpen: word == "lbrace") }
        if word == "mathbb" || word == "mathbf" || word == "Bbb", let set = numberSet() { return append(set) }
        if word == "langle" || word == "rangle" { bracketDepth += word == "langle" ? 1 : -1 }
        append(AnswerSpelling.commands[word] ?? .command(word))
    }

    /// How many scalars `{R}` or ` R` takes here, after `\mathbb`; nil if it names no set of numbers.
    private func numberSetWidth() -> Int? {
        let rest = scalars[index...].drop { $0 == " " }
        let isBraced = rest.first == "{"
        let inner = isBraced ? rest.dropFirst() : rest
        guard let letter = inner.first, AnswerSpelling.numberSets[letter] != nil, !isBraced || inner.dropFirst().first == "}" else {
            return nil
        }
        return inner.startIndex + (isBraced ? 2 : 1) - index
    }

    private mutating func numberSet() -> AnswerToken.Kind? {
        guard let width = numberSetWidth() else { return nil }
        index += width
        return scalars[..<index].last { $0 != "}" }.flatMap { AnswerSpelling.numberSets[$0] }
    }

    private mutating func brace(isOpen: Bool) {
        bracketDepth += isOpen ? 1 : -1
        append(.mark(isOpen ? AnswerToken.openSet : AnswerToken.closeSet))
    }

    private mutating func escaped() throws(AnswerError) {
        let scalar = scalars[index]
        index += 1
        switch scalar {
        case "(", ")", "[", "]", "!": break
        case "$": append(.mark("$"))
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

    /// `\text{…}` and its like: each word becomes a token, everything else is read as if the wrapper weren't there.
    private mutating func wrapper(isText: Bool, _ steps: inout StepBudget) throws(AnswerError) {
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
        let words = String(String.UnicodeScalarView(content)).split { $0.isWhitespace || $0 == "." || $0 == "~" }.map(String.init)
        if content.first.map({ $0.properties.isWhitespace || $0 == "~" }) == true { isSpaced = true }
        for word in words {
            append(AnswerSpelling.word(word) ?? (isText ? .text(word) : .letters(word)))
            isSpaced = true
        }
        if !words.isEmpty { isSpaced = content.last?.properties.isWhitespace == true }
    }

    mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
        guard index < scalars.count, scalars[index] == scalar else { return false }
        index += 1
        return true
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 48 && scalar.value <= 57 }
}
