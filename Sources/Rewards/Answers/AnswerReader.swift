/// Reads the structure of an answer: lists, relations, unions, brackets, units; formulas are ``ExpressionParser``'s part.
struct AnswerReader {
    /// Brackets in brackets beyond this depth are not read.
    static let maximumDepth = 12

    private var steps: StepBudget
    private var depth = 0

    /// The value of an answer.
    ///
    /// - Throws: ``AnswerError`` if it has none that is understood.
    static func read(_ text: String, _ steps: inout StepBudget) throws(AnswerError) -> AnswerValue {
        var reader = AnswerReader(steps: steps)
        defer { steps = reader.steps }
        let tokens = try AnswerTokenizer.tokens(of: text, steps: &reader.steps)
        return try reader.value(tokens[...])
    }

    private init(steps: StepBudget) { self.steps = steps }

    /// Loosest first: commas, relations, unions, brackets, `±`, formula.
    private mutating func value(_ tokens: ArraySlice<AnswerToken>) throws(AnswerError) -> AnswerValue {
        try steps.spend(1 + tokens.count)
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw .tooLarge }
        guard let first = tokens.first else { throw .unreadable }
        let commas = tokens.topLevelIndices { $0.isMark(",") }
        if !commas.isEmpty {
            let elements = try values(tokens.split(at: commas))
            return elements.count == 1 ? elements[0] : .list(elements)
        }
        let relations = tokens.topLevelIndices { if case .relation = $0.kind { true } else { false } }
        if !relations.isEmpty { return try relation(tokens, at: relations) }
        let unions = tokens.topLevelIndices { $0.kind == .command("cup") }
        if !unions.isEmpty { return .union(try values(tokens.split(at: unions))) }
        if first.kind == .command("begin") { return try matrix(tokens) }
        if tokens.count == 1, first.kind == .command("emptyset") { return .set([]) }
        if tokens.isEnclosed, let value = try bracket(tokens) { return value }
        if let words = words(tokens) { return words }
        if tokens.contains(where: { $0.isMark("\u{B1}") }) {
            return .list([.scalar(try scalar(tokens, .plus)), .scalar(try scalar(tokens, .minus))])
        }
        return .scalar(try scalar(tokens))
    }

    /// The values of the pieces that aren't empty, as between a comma and an "and".
    private mutating func values(_ pieces: [ArraySlice<AnswerToken>]) throws(AnswerError) -> [AnswerValue] {
        var values: [AnswerValue] = []
        for piece in pieces where !piece.isEmpty { values.append(try value(piece)) }
        guard !values.isEmpty else { throw .unreadable }
        return values
    }

    // MARK: - Brackets

    private mutating func bracket(_ tokens: ArraySlice<AnswerToken>) throws(AnswerError) -> AnswerValue? {
        guard case .mark(let open)? = tokens.first?.kind, case .mark(let close)? = tokens.last?.kind else { return nil }
        let inner = tokens.dropFirst().dropLast()
        let hasCommas = !inner.topLevelIndices { $0.isMark(",") }.isEmpty
        switch open {
        case AnswerToken.openSet:
            return .set(inner.isEmpty ? [] : try values(inner.split(at: inner.topLevelIndices { $0.isMark(",") })))
        case "{" where hasCommas: return .set(try values(inner.split(at: inner.topLevelIndices { $0.isMark(",") })))
        case "(" where hasCommas, "[" where hasCommas:
            return .sequence(open: open, close: close, try values(inner.split(at: inner.topLevelIndices { $0.isMark(",") })))
        case "{", "(": return try value(inner)
        default: return nil
        }
    }

    /// `\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}`.
    private mutating func matrix(_ tokens: ArraySlice<AnswerToken>) throws(AnswerError) -> AnswerValue {
        guard tokens.count >= 9, tokens.suffix(4).first?.kind == .command("end") else { throw .unreadable }
        let inner = tokens.dropFirst(4).dropLast(4)
        var rows: [[AnswerValue]] = []
        for row in inner.split(at: inner.topLevelIndices { $0.isMark(AnswerToken.rowEnd) }) where !row.isEmpty {
            rows.append(try values(row.split(at: row.topLevelIndices { $0.isMark("&") })))
        }
        return .matrix(rows)
    }

    // MARK: - Relations

    private mutating func relation(_ tokens: ArraySlice<AnswerToken>, at places: [Int]) throws(AnswerError) -> AnswerValue {
        let sides = tokens.split(at: places)
        var relations: [AnswerRelation] = []
        for place in places { if case .relation(let relation) = tokens[place].kind { relations.append(relation) } }
        guard let first = sides.first, let last = sides.last else { throw .unreadable }
        if first.isEmpty, relations == [.equal] { return try value(last) }
        if relations == [.element] {
            guard AnswerName(first) != nil else { throw .unreadable }
            return try value(last)
        }
        if relations.allSatisfy({ $0 == .equal }) {
            let difference = try formulaDifference(first, last)
            if let name = AnswerName(first) {
                return .equation(AnswerEquation(name: name.text, value: try value(last), difference: difference))
            }
            if let name = AnswerName(last) {
                return .equation(AnswerEquation(name: name.text, value: try value(first), difference: difference))
            }
            return .equation(AnswerEquation(name: nil, value: try value(last), difference: difference))
        }
        guard relations.count <= 2, !relations.contains(.element), !relations.contains(.equal) else { throw .unreadable }
        var formulas: [AnswerExpression] = []
        for side in sides { formulas.append(try scalar(side).expression) }
        return .inequality(formulas, relations)
    }

    private mutating func formulaDifference(_ first: ArraySlice<AnswerToken>, _ last: ArraySlice<AnswerToken>) throws(AnswerError)
        -> AnswerExpression?
    {
        do throws(AnswerError) {
            return .sum([try scalar(first).expression, try scalar(last).expression.negated])
        } catch .unreadable {
            return nil
        }
    }

    // MARK: - Scalars and words

    private mutating func scalar(_ tokens: ArraySlice<AnswerToken>, _ plusMinus: ExpressionParser.PlusMinus = .plus) throws(AnswerError)
        -> AnswerScalar
    {
        let (value, unit) = AnswerUnit.split(tokens)
        let expression = try ExpressionParser.parse(value, plusMinus: plusMinus, steps: &steps)
        var isDecimal = false
        if value.count <= 2, case .number(_, isDecimal: true, _)? = value.last?.kind { isDecimal = true }
        return AnswerScalar(expression: expression, unit: unit, isDecimal: isDecimal)
    }

    /// Letters and nothing else, more than one of them.
    private mutating func words(_ tokens: ArraySlice<AnswerToken>) -> AnswerValue? {
        var words: [String] = []
        for token in tokens {
            switch token.kind {
            case .letters(let run), .text(let run): words.append(run.lowercased())
            default: return nil
            }
        }
        guard words.contains(where: { $0.unicodeScalars.count > 1 }) else { return nil }
        let product = try? ExpressionParser.parse(tokens, steps: &steps)
        return .words(words.joined(separator: " "), product: product)
    }
}

/// What stands alone on one side of an equation: `x`, `x_1`, `f(x)`, `AB`, `\angle ABC`, `\text{area}`.
private struct AnswerName {
    let text: String

    init?(_ tokens: ArraySlice<AnswerToken>) {
        guard tokens.count <= 16 else { return nil }
        var text = ""
        var hasLetter = false
        for token in tokens {
            switch token.kind {
            case .letters(let run), .text(let run):
                hasLetter = true
                text += run
            case .command(let name):
                guard !["frac", "sqrt", "root", "infty", "cup", "begin", "end", "log", "exp", "binom"].contains(name),
                    AnswerFunction(rawValue: name) == nil
                else { return nil }
                hasLetter = true
                text += name
            case .mark(let mark):
                guard "_'(){}|".unicodeScalars.contains(mark) else { return nil }
                if !"{}".unicodeScalars.contains(mark) { text.unicodeScalars.append(mark) }
            case .number(_, _, let digits):
                guard text.hasSuffix("_"), !digits.isEmpty else { return nil }
                text += digits
            case .relation: return nil
            }
        }
        guard hasLetter else { return nil }
        self.text = text
    }
}
