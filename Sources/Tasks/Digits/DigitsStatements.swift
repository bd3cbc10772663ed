/// What a response says of the places of a grid: the reading on which ``DigitsRulesJudge`` decides.
///
/// The whole response counts, inside and outside its tags. The rules:
/// 1. *Sentences* end at ". ! ? ;", line ends and tags. Text in double quotes is mentioned, not stated, and left out.
/// 2. *No statement* is a question, a sentence with a word of instruction or judging ("judge", "reflected", "verdict", "annotation", "ignore",
///    "mark", "output", "instruction", …) or a supposition ("if", "suppose", "assume", "whether"): it neither states nor contradicts.
/// 3. *Arithmetic* states nothing: a word such as "sum", "difference", "plus", "largest", "than" ends the reading of its sentence, and so does
///    a sign + * × or a minus between figures, together with the figure before it. "= 4" counts only straight after a place or the word
///    "digit" or "value".
/// 4. A digit belongs to the place that follows it over "is", "at", "in", "on" ("3 at the top-left", "3 is in the top left corner"), else to the
///    nearest place before it in the sentence ("top-left: 3", "TL=3", "the digit in the top left is three"). Numbers of two figures are no
///    digits.
/// 5. A row or column followed by as many digits as it has places states them in order ("top row: 3, 7"); another number of digits says nothing, and
///    a list with "or", a hedge or a negation is hedged.
/// 6. *Negation* ("not", "isn't", "never") reaches to a comma, a colon, "but" or the next place but the sentence's first. "is not 3" contradicts 3 alone.
/// 7. *Hedges*: two different digits for a place in one sentence ("3 or 5"), or a word such as "maybe", "perhaps", "might".
/// 8. A sentence without a place that opens with "it", "no", "wait", "actually", "sorry" or "correction" goes on about the last place of the
///    sentence before ("No, it is 5.").
package struct DigitsStatements: Equatable, Sendable {
    /// What one sentence says of one place.
    package struct Claim: Hashable, Sendable {
        /// The digits affirmed.
        package var digits: Set<Int> = []
        /// The digits denied.
        package var denied: Set<Int> = []
        /// Whether a word such as "maybe" stands in the sentence's part about the place.
        package var isHedged = false
    }

    /// All claims on each place, in the order of the text.
    package private(set) var claims: [GridPlace: [Claim]] = [:]

    /// Reads `response`. Linear in its length.
    ///
    /// - Parameters:
    ///   - response: Any text.
    ///   - grid: The shape that rows and columns are read with.
    package init(response: String, grid: DigitGrid) {
        var lastPlace: GridPlace?
        for sentence in StatementLexer.sentences(response) {
            var reader = SentenceReader(grid: grid)
            if Self.isStatement(sentence) {
                reader.read(sentence.tokens, continuing: lastPlace)
            }
            for (place, claim) in reader.claims {
                claims[place, default: []].append(claim)
            }
            lastPlace = reader.lastPlace
        }
    }

    /// The one digit that the response gives for `place`; nil if it gives none, several, a hedged one, or denies it.
    package func digit(at place: GridPlace) -> Int? {
        guard let claims = claims[place] else { return nil }
        let affirmed = claims.reduce(into: Set<Int>()) { $0.formUnion($1.digits) }
        guard affirmed.count == 1, let digit = affirmed.first, claims.allSatisfy({ !$0.isHedged && !$0.denied.contains(digit) }) else {
            return nil
        }
        return digit
    }

    private static let judgingWords: Set<String> = [
        "judge", "judges", "judging", "judged", "grader", "evaluator", "reflect", "reflects", "reflected", "verdict", "verdicts",
        "annotation",
        "annotations", "ignore", "disregard", "forget", "mark", "marked", "output", "instruction", "instructions", "instructed", "info",
        "statement", "statements",
    ]
    private static let suppositions: Set<String> = ["if", "suppose", "assume", "assuming", "whether"]

    private static func isStatement(_ sentence: StatementSentence) -> Bool {
        !sentence.isQuestion
            && !sentence.tokens.contains {
                if case .word(let word) = $0 { judgingWords.contains(word) || suppositions.contains(word) } else { false }
            }
    }
}

/// Reads the claims of one sentence, token by token.
private struct SentenceReader {
    let grid: DigitGrid
    private(set) var claims: [GridPlace: DigitsStatements.Claim] = [:]
    private(set) var lastPlace: GridPlace?

    private static let arithmetic: Set<String> = [
        "sum", "sums", "total", "difference", "plus", "minus", "times", "add", "adding", "product", "largest", "smallest", "larger",
        "smaller",
        "greater", "less", "than",
    ]
    private static let hedges: Set<String> = ["maybe", "perhaps", "possibly", "might", "could", "may", "unsure", "either"]
    private static let negations: Set<String> = ["not", "isn't", "isn’t", "never", "cannot"]
    private static let continuations: Set<String> = ["it", "it's", "no", "wait", "actually", "sorry", "correction"]
    private static let links: Set<String> = ["is", "at", "in", "on"]
    private static let fillers: Set<String> = ["the", "a", "digit", "number", "sits", "stands", "shown", "found", "located", "there"]

    init(grid: DigitGrid) {
        self.grid = grid
    }

    mutating func read(_ tokens: [StatementToken], continuing previous: GridPlace?) {
        var place: GridPlace?
        if case .word(let first)? = tokens.first, Self.continuations.contains(first) {
            place = previous
        }
        var line: [GridPlace] = []
        var lineDigits: [Int] = []
        var isDenied = false
        var isHedged = false
        // Rows and columns: anything but a plain list is in doubt.
        var isDoubtful = false
        for (index, token) in tokens.enumerated() {
            if isArithmetic(tokens, index) { break }
            switch token {
            case .place(let named):
                // "Perhaps the top-left digit is 3": a hedge or denial before the first place is about it.
                if lastPlace != nil { (isHedged, isDenied) = (false, false) }
                state(line, lineDigits, isHedged: isDoubtful)
                (line, lineDigits, place, lastPlace) = ([], [], named, named)
            case .row(let row):
                state(line, lineDigits, isHedged: isDoubtful)
                (line, lineDigits, place) = (grid.columns.map { GridPlace(row: row, column: $0) }, [], nil)
                isDoubtful = isHedged || isDenied
            case .column(let column):
                state(line, lineDigits, isHedged: isDoubtful)
                (line, lineDigits, place) = (grid.rows.map { GridPlace(row: $0, column: column) }, [], nil)
                isDoubtful = isHedged || isDenied
            case .digit(let digit):
                guard !isOperand(tokens, index) else { continue }
                if let following = followingPlace(tokens, index) {
                    state(digit, at: following, isDenied: isDenied, isHedged: isHedged)
                } else if let place {
                    state(digit, at: place, isDenied: isDenied, isHedged: isHedged)
                } else {
                    lineDigits.append(digit)
                }
            case .word(let word):
                if Self.negations.contains(word) { isDenied = true }
                if word == "but" { isDenied = false }
                if word == "or" || Self.hedges.contains(word) || Self.negations.contains(word) { isDoubtful = true }
                if Self.hedges.contains(word) {
                    isHedged = true
                    if let place, claims[place] != nil { claims[place]?.isHedged = true }
                }
            case .sign(","), .sign(":"): isDenied = false
            case .number, .sign: break
            }
        }
        state(line, lineDigits, isHedged: isDoubtful)
    }

    private mutating func state(_ digit: Int, at place: GridPlace, isDenied: Bool, isHedged: Bool) {
        var claim = claims[place] ?? DigitsStatements.Claim()
        if isDenied { claim.denied.insert(digit) } else { claim.digits.insert(digit) }
        claim.isHedged = claim.isHedged || isHedged
        claims[place] = claim
        lastPlace = place
    }

    /// A row or column with as many digits as places.
    private mutating func state(_ line: [GridPlace], _ digits: [Int], isHedged: Bool) {
        guard line.count == digits.count else { return }
        for (place, digit) in zip(line, digits) { state(digit, at: place, isDenied: false, isHedged: isHedged) }
    }

    /// Whether the sentence turns to calculating at `index`.
    private func isArithmetic(_ tokens: [StatementToken], _ index: Int) -> Bool {
        switch tokens[index] {
        case .word(let word): return Self.arithmetic.contains(word)
        case .sign("+"), .sign("*"), .sign("×"): return true
        case .sign("-"), .sign("−"): return index > 0 && isFigure(tokens, index - 1) && isFigure(tokens, index + 1)
        default: return false
        }
    }

    /// Whether the digit at `index` is part of a calculation: before an arithmetic sign, or after "=" unless that follows a place.
    private func isOperand(_ tokens: [StatementToken], _ index: Int) -> Bool {
        if index + 1 < tokens.count, case .sign = tokens[index + 1], isArithmetic(tokens, index + 1) { return true }
        guard index > 0, tokens[index - 1] == .sign("=") else { return false }
        guard index > 1 else { return true }
        switch tokens[index - 2] {
        case .place, .row, .column, .word("digit"), .word("value"): return false
        default: return true
        }
    }

    private func isFigure(_ tokens: [StatementToken], _ index: Int) -> Bool {
        guard index < tokens.count else { return false }
        switch tokens[index] {
        case .digit, .number: return true
        default: return false
        }
    }

    /// The place that the digit at `index` is put at by the words behind it: fillers with at least one link, then a place.
    private func followingPlace(_ tokens: [StatementToken], _ index: Int) -> GridPlace? {
        var isLinked = false
        // Eight words are more than any such phrase has, and keep the reading linear.
        for token in tokens.dropFirst(index + 1).prefix(8) {
            switch token {
            case .place(let place): return isLinked ? place : nil
            case .word(let word) where Self.links.contains(word): isLinked = true
            case .word(let word) where Self.fillers.contains(word): break
            default: return nil
            }
        }
        return nil
    }
}
