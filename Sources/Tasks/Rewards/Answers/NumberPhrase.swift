/// Words that act on numbers: `minus 5`, `about 24`, `5 million`, `5 halves`, `5 squared`, `two thirds`, `5 plus six`, `5 and a half`.
///
/// Each word becomes the signs that it stands for; what is left are numbers, signs and perhaps a unit.
struct NumberPhrase {
    private var output: [AnswerToken] = []
    private var rest: ArraySlice<AnswerToken>

    /// The tokens with such words replaced; as they are if there is none.
    ///
    /// - Parameters:
    ///   - tokens: One value, without separators and relations.
    ///   - isUnit: Whether a word is what the question asks for ("how many dozen"), so that it changes nothing.
    static func evaluated(_ tokens: ArraySlice<AnswerToken>, isUnit: (String) -> Bool) -> ArraySlice<AnswerToken> {
        let words = tokens.compactMap { $0.run?.lowercased() }
        guard words.contains(where: isRead) else { return tokens }
        var phrase = NumberPhrase(rest: tokens)
        phrase.run(isUnit)
        return phrase.output[...]
    }

    private init(rest: ArraySlice<AnswerToken>) { self.rest = rest }

    private static func isRead(_ word: String) -> Bool {
        AnswerVocabulary.scales[word] != nil || AnswerVocabulary.fractions[word] != nil || AnswerVocabulary.powers[word] != nil
            || AnswerVocabulary.numbers[word] != nil || AnswerVocabulary.operators[word] != nil || AnswerVocabulary.hedges.contains(word)
    }

    private mutating func run(_ isUnit: (String) -> Bool) {
        while let word = rest.first?.run?.lowercased(), AnswerVocabulary.hedges.contains(word) { rest = rest.dropFirst() }
        while let token = rest.first {
            guard let word = token.run?.lowercased() else {
                // "5 and a half"; lists have been taken apart before.
                if token.isMark(AnswerToken.and) {
                    rest = rest.dropFirst()
                    emit(.mark(output.first?.isMark("-") == true ? "-" : "+"))
                } else {
                    take()
                }
                continue
            }
            if let value = number(word) {
                emit(.number(ExactRational(value), places: nil, digits: String(value)))
                // "two-thirds"
                if rest.first?.isMark("-") == true, let word = rest.dropFirst().first?.run?.lowercased(),
                    AnswerVocabulary.fractions[word] != nil
                {
                    rest = rest.dropFirst()
                }
            } else if followsValue {
                behind(word, isUnit)
            } else {
                before(word)
            }
        }
    }

    /// Whether the "and" at a place joins a number and a fraction: "5 and a half", "2 and one third".
    static func isMixed(_ tokens: ArraySlice<AnswerToken>, at index: Int) -> Bool {
        guard tokens[index].isMark(AnswerToken.and), index > tokens.startIndex, index + 2 < tokens.endIndex, tokens[index - 1].isNumber,
            let article = tokens[index + 1].run?.lowercased(),
            article == "a" || article == "an" || AnswerVocabulary.numbers[article] != nil,
            let word = tokens[index + 2].run?.lowercased()
        else { return false }
        return AnswerVocabulary.fractions[word] != nil
    }

    // MARK: - Words by their place

    /// Before a value, or where one is missing: signs, and `a half`, `a dozen`.
    private mutating func before(_ word: String) {
        if let sign = AnswerVocabulary.operators[word], "-+".unicodeScalars.contains(sign), rest.count > 1 {
            rest = rest.dropFirst()
            // A plus sign before a number is none.
            if sign == "-" { emit(.mark("-")) }
        } else if word == "a" || word == "an", let next = rest.dropFirst().first?.run?.lowercased(),
            AnswerVocabulary.scales[next] != nil || AnswerVocabulary.fractions[next] != nil
        {
            rest = rest.dropFirst()
            emit(.number(.one, places: nil, digits: "1"))
        } else if word == "half", rest.count == 1 {
            rest = rest.dropFirst()
            emit(.number(.one, places: nil, digits: "1"))
            divide(by: 2)
        } else {
            take()
        }
    }

    private mutating func behind(_ word: String, _ isUnit: (String) -> Bool) {
        if let factor = AnswerVocabulary.scales[word] {
            rest = rest.dropFirst()
            if isUnit(word), rest.isEmpty || rest.first?.run != nil { return }
            emit(.mark("*"))
            emit(.number(ExactRational(factor), places: nil, digits: String(factor)))
        } else if let divisor = AnswerVocabulary.fractions[word] {
            rest = rest.dropFirst()
            divide(by: divisor)
        } else if let power = AnswerVocabulary.powers[word] {
            rest = rest.dropFirst()
            emit(.mark("^"))
            emit(.number(ExactRational(power), places: nil, digits: String(power)))
        } else if let sign = AnswerVocabulary.operators[word], sign == "!" || rest.count > 1 && startsValue(rest.dropFirst()) {
            rest = rest.dropFirst()
            emit(.mark(sign))
        } else {
            take()
        }
    }

    /// `five`, `twenty-one`.
    private mutating func number(_ word: String) -> Int64? {
        guard let value = AnswerVocabulary.numbers[word], !followsValue else { return nil }
        let next = rest.dropFirst()
        if value >= 20, next.first?.isMark("-") == true,
            let digit = next.dropFirst().first?.run.flatMap({ AnswerVocabulary.numbers[$0.lowercased()] }),
            (1...9).contains(digit)
        {
            rest = rest.dropFirst(3)
            return value + digit
        }
        rest = rest.dropFirst()
        return value
    }

    // MARK: - Tokens

    /// Whether a value has just ended, which a word can act on. Letters are no such value if they may be a unit.
    private var followsValue: Bool {
        guard let last = output.last else { return false }
        switch last.kind {
        case .number, .command("pi"): return true
        case .letters(let run):
            return run.unicodeScalars.count == 1 && !(AnswerUnit.isNamed(run) && output.dropLast().last?.isNumber == true)
        case .mark(let mark): return [")", "}", "]", "!"].contains(mark)
        default: return false
        }
    }

    private func startsValue(_ tokens: ArraySlice<AnswerToken>) -> Bool {
        guard let first = tokens.first else { return false }
        switch first.kind {
        case .number, .command: return true
        case .mark(let mark): return "({-".unicodeScalars.contains(mark)
        case .letters(let run), .text(let run): return AnswerVocabulary.numbers[run.lowercased()] != nil || run.unicodeScalars.count == 1
        case .relation: return false
        }
    }

    private mutating func divide(by divisor: Int64) {
        emit(.mark("/"))
        emit(.number(ExactRational(divisor), places: nil, digits: String(divisor)))
    }

    private mutating func take() {
        if let token = rest.popFirst() { output.append(token) }
    }

    private mutating func emit(_ kind: AnswerToken.Kind) { output.append(AnswerToken(kind: kind, isSpaced: true)) }
}
