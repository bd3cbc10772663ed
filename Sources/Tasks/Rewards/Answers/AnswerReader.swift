/// Reads the structure of an answer: lists, relations, unions, brackets, units; formulas are ``ExpressionParser``'s part.
struct AnswerReader {
    /// Brackets in brackets beyond this depth are not read.
    static let maximumDepth = 12

    private let question: AnswerQuestion
    private let unit: AnswerUnit
    private var steps: StepBudget
    private var depth = 0

    /// The value of an answer.
    ///
    /// - Parameters:
    ///   - text: The answer, evened out by ``AnswerSigns``.
    ///   - question: What the question tells.
    ///   - goldWords: The words of the gold answer, lower-case: they may be units.
    ///   - separatesThousands: Whether commas inside numbers separate members of a list.
    ///   - steps: Counts the work.
    /// - Throws: ``AnswerError`` if it has none that is understood.
    static func read(
        _ text: String, question: AnswerQuestion, goldWords: Set<String>, separatesThousands: Bool = false, _ steps: inout StepBudget
    ) throws(AnswerError) -> AnswerValue {
        let unit = AnswerUnit { word in question.names(word) || AnswerUnit.forms(of: word).contains { goldWords.contains($0) } }
        var reader = AnswerReader(question: question, unit: unit, steps: steps)
        defer { steps = reader.steps }
        let tokens = try AnswerTokenizer.tokens(of: text, separatesThousands: separatesThousands, steps: &reader.steps)
        return try reader.value(tokens[...])
    }

    private init(question: AnswerQuestion, unit: AnswerUnit, steps: StepBudget) {
        self.question = question
        self.unit = unit
        self.steps = steps
    }

    /// Loosest first: commas, relations, unions, brackets, `±`, formula.
    private mutating func value(_ tokens: ArraySlice<AnswerToken>) throws(AnswerError) -> AnswerValue {
        try steps.spend(1 + tokens.count)
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw .tooLarge }
        guard let first = tokens.first else { throw .unreadable }
        let separators = tokens.topLevelIndices(where: \.isSeparator).filter { !NumberPhrase.isMixed(tokens, at: $0) }
        if !separators.isEmpty { return try list(tokens, at: separators) }
        let relations = tokens.topLevelIndices { if case .relation = $0.kind { true } else { false } }
        if !relations.isEmpty { return try relation(tokens, at: relations) }
        if let structure = try structure(tokens, first) { return structure }
        if tokens.isEnclosed, let value = try bracket(tokens) { return value }
        if let number = BasedNumber(tokens) { return .scalar(AnswerScalar(expression: number.expression)) }
        if let words = words(tokens) { return words }
        if tokens.contains(where: { $0.isMark("\u{B1}") }) {
            return .list([.scalar(try scalar(tokens, .plus)), .scalar(try scalar(tokens, .minus))], .and)
        }
        return .scalar(try scalar(tokens))
    }

    private mutating func list(_ tokens: ArraySlice<AnswerToken>, at separators: [Int]) throws(AnswerError) -> AnswerValue {
        let elements = try values(tokens.split(at: separators))
        if elements.count == 1 { return elements[0] }
        let words = Set(separators.filter { !tokens[$0].isMark(",") }.map { tokens[$0].isMark(AnswerToken.or) ? AnswerJoint.or : .and })
        return .list(elements, words.count == 1 ? words.first ?? .comma : .comma)
    }

    /// Sets of numbers and what is built of sets, matrices.
    private mutating func structure(_ tokens: ArraySlice<AnswerToken>, _ first: AnswerToken) throws(AnswerError) -> AnswerValue? {
        let unions = tokens.topLevelIndices { $0.kind == .command("cup") }
        if !unions.isEmpty {
            var parts: [AnswerValue] = []
            for part in tokens.split(at: unions) where !part.isEmpty {
                // Beside a union sign, braces without commas are a set as well.
                let isBraced = part.isEnclosed && part.first?.isMark("{") == true
                let inner = try value(part)
                if isBraced, case .scalar = inner { parts.append(.set([inner])) } else { parts.append(inner) }
            }
            var members: [AnswerValue] = []
            for part in parts {
                guard case .set(let some) = part else { return .union(parts) }
                members += some
            }
            return .set(members)
        }
        let differences = tokens.topLevelIndices { $0.kind == .command("setminus") || $0.kind == .command("backslash") }
        if differences.count == 1 {
            let sides = tokens.split(at: differences)
            return .difference(try value(sides[0]), try value(sides[1]))
        }
        if first.kind == .command("reals"), tokens.count > 3, tokens[tokens.startIndex + 1].isMark("-") {
            return .difference(.reals, try value(tokens.dropFirst(2)))
        }
        if first.kind == .command("begin") { return try matrix(tokens) }
        guard tokens.count == 1 else { return Self.isAllReals(tokens) ? .reals : nil }
        switch first.kind {
        case .command("emptyset"): return .set([])
        case .command("reals"): return .reals
        default: return nil
        }
    }

    /// "all real numbers", "all reals".
    private static func isAllReals(_ tokens: ArraySlice<AnswerToken>) -> Bool {
        let words = tokens.compactMap { $0.run?.lowercased() }
        return words.count == tokens.count && [["all", "real", "numbers"], ["all", "reals"], ["real", "numbers"]].contains(words)
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
            if let solutions = try solutions(inner) { return solutions }
            return .set(inner.isEmpty ? [] : try values(inner.split(at: inner.topLevelIndices { $0.isMark(",") })))
        case "{" where hasCommas: return .set(try values(inner.split(at: inner.topLevelIndices { $0.isMark(",") })))
        case "(" where hasCommas, "[" where hasCommas:
            return .sequence(open: open, close: close, try values(inner.split(at: inner.topLevelIndices { $0.isMark(",") })))
        case "{", "(": return try value(inner)
        default: return nil
        }
    }

    /// `x \mid x > 2`, `x \in \mathbb{R} : x > 2`; nil if there is no condition. Other sets than the reals are not read.
    private mutating func solutions(_ inner: ArraySlice<AnswerToken>) throws(AnswerError) -> AnswerValue? {
        guard let bar = inner.topLevelIndices(where: { $0.isMark("|") || $0.isMark(":") }).first else { return nil }
        let (variable, condition) = (inner[..<bar], inner[(bar + 1)...])
        guard variable.first?.run?.unicodeScalars.count == 1 else { return nil }
        let domain = variable.dropFirst()
        guard domain.isEmpty || domain.map(\.kind) == [.relation(.element), .command("reals")] else { throw .unreadable }
        return .solutions(try value(condition))
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
        var sides = tokens.split(at: places)
        var relations: [AnswerRelation] = []
        for place in places { if case .relation(let relation) = tokens[place].kind { relations.append(relation) } }
        guard let first = sides.first, let last = sides.last else { throw .unreadable }
        if relations == [.element] {
            guard AnswerName(first) != nil else { throw .unreadable }
            return try value(last)
        }
        // <1, 2> is a vector.
        if relations == [.less, .greater], first.isEmpty, last.isEmpty {
            return .sequence(open: "(", close: ")", try values(sides[1].split(at: sides[1].topLevelIndices { $0.isMark(",") })))
        }
        if relations.allSatisfy({ $0 == .equal || $0 == .approximate }) {
            if first.isEmpty {
                sides.removeFirst()
                relations.removeFirst()
                if relations.isEmpty { return try value(last) }
            }
            return try equation(sides, relations)
        }
        guard relations.count <= 2, relations.allSatisfy({ $0 != .element && $0 != .equal && $0 != .approximate }) else {
            throw .unreadable
        }
        var formulas: [AnswerExpression] = []
        for side in sides { formulas.append(try scalar(side).expression) }
        return .inequality(formulas, relations)
    }

    /// Names first, then values: `BC = 5\sqrt2 \approx 7.07`; or a value and a name, `5 = x`.
    private mutating func equation(_ sides: [ArraySlice<AnswerToken>], _ relations: [AnswerRelation]) throws(AnswerError) -> AnswerValue {
        let (first, last) = (sides[0], sides[sides.count - 1])
        if sides.count == 2, let named = try namedParts(first, last) { return named }
        let difference = try formulaDifference(first, last)
        var (values, signs) = (sides, relations.map { $0 == .approximate })
        var name: String?
        while values.count > 1, let next = self.name(of: values[0]) {
            name = name ?? next
            values.removeFirst()
            signs.removeFirst()
        }
        if name == nil, let next = self.name(of: last) {
            name = next
            values.removeLast()
            signs.removeLast()
        }
        var members: [AnswerValue] = []
        for side in values { members.append(try value(side)) }
        return .equation(AnswerEquation(name: name, members: members, isApproximate: signs, difference: difference))
    }

    private func name(of side: ArraySlice<AnswerToken>) -> String? {
        if let name = AnswerName(side) { return name.text }
        let formula = side.map(\.spelling).joined()
        return question.asks(forFormula: formula) ? formula : nil
    }

    /// `(x, y) = (3, 4)` says `x = 3, y = 4`.
    private mutating func namedParts(_ first: ArraySlice<AnswerToken>, _ last: ArraySlice<AnswerToken>) throws(AnswerError) -> AnswerValue?
    {
        guard first.isEnclosed, first.first?.isMark("(") == true, last.isEnclosed, last.first?.isMark("(") == true else { return nil }
        let (names, values) = (first.dropFirst().dropLast().parts, last.dropFirst().dropLast().parts)
        guard names.count > 1, names.count == values.count else { return nil }
        var equations: [AnswerValue] = []
        for (side, part) in zip(names, values) {
            guard let name = AnswerName(side) else { return nil }
            equations.append(
                .equation(
                    AnswerEquation(
                        name: name.text, members: [try value(part)], isApproximate: [], difference: try formulaDifference(side, part))))
        }
        return .list(equations, .comma)
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
        let spoken = NumberPhrase.evaluated(tokens) { question.asks(for: $0) }
        let (value, unit) = unit.split(spoken)
        let expression = try ExpressionParser.parse(value, plusMinus: plusMinus, steps: &steps)
        return AnswerScalar(expression: expression, unit: unit, places: Self.places(value))
    }

    /// How many places a lone decimal shows: `7.07`, `-7.07`, `1.5 \times 10^3`.
    private static func places(_ value: ArraySlice<AnswerToken>) -> Int? {
        let unsigned = value.first?.isMark("-") == true || value.first?.isMark("+") == true ? value.dropFirst() : value
        guard case .number(_, let places?, _)? = unsigned.first?.kind else { return nil }
        if unsigned.count == 1 { return places }
        let rest = unsigned.dropFirst().filter { !$0.isMark("{") && !$0.isMark("}") }
        guard rest.count >= 4, rest.count <= 5, rest[0].isMark("*"), case .number(_, nil, "10") = rest[1].kind, rest[2].isMark("^"),
            case .number(let exponent, nil, _)? = rest.last?.kind, rest.count == 4 || rest[3].isMark("-")
        else { return nil }
        let power = Int(clamping: exponent.numerator)
        return places - (rest.count == 5 ? -power : power)
    }

    /// Letters and nothing else, more than one of them; nil if they spell a number.
    private mutating func words(_ tokens: ArraySlice<AnswerToken>) -> AnswerValue? {
        var words: [AnswerWord] = []
        for token in tokens {
            switch token.kind {
            case .letters(let run): words.append(AnswerWord(text: run, isWord: AnswerVocabulary.isWord(run)))
            case .text(let run): words.append(AnswerWord(text: run, isWord: true))
            default: return nil
            }
        }
        guard words.contains(where: { $0.text.unicodeScalars.count > 1 }) else { return nil }
        let spoken = NumberPhrase.evaluated(tokens) { question.asks(for: $0) }
        if spoken != tokens, spoken.first?.run == nil, let scalar = try? scalar(tokens) { return .scalar(scalar) }
        let product = try? ExpressionParser.parse(tokens, steps: &steps)
        return .words(words, product: product)
    }
}

extension ArraySlice<AnswerToken> {
    /// The pieces between commas outside all brackets.
    fileprivate var parts: [ArraySlice<AnswerToken>] { split(at: topLevelIndices { $0.isMark(",") }) }
}

extension AnswerToken {
    /// The token in LaTeX, as a question would spell it.
    fileprivate var spelling: String {
        switch kind {
        case .number(let value, _, let digits): digits.isEmpty ? "\(value.approximate)" : digits
        case .letters(let run), .text(let run): run
        case .command(let name): "\\\(name)"
        case .mark(let mark): mark == "\u{B0}" ? "^\\circ" : String(Character(mark))
        case .relation: "="
        }
    }
}
