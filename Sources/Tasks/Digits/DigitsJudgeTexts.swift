/// Responses to the digits task of many kinds, and annotations on them.
///
/// Most responses are in the policy's own reference format (`referencePercent`), the rest in six other styles; digits are dropped, doubled,
/// contradicted, hedged and denied; texts ramble, repeat, break off or are empty.
package struct DigitsJudgeTexts: JudgeTexts {
    private let grid: DigitGrid
    private let referencePercent: Int
    private let rules: DigitsRulesJudge

    /// - Parameters:
    ///   - grid: The grid that responses speak of.
    ///   - referencePercent: How many of 100 responses are in the reference format.
    package init(grid: DigitGrid = .standard, referencePercent: Int = 65) {
        self.grid = grid
        self.referencePercent = referencePercent
        rules = DigitsRulesJudge(grid: grid)
    }

    /// How a response words its statements.
    private enum Style: CaseIterable {
        case reference, list, abbreviations, prose, placeFirst, rows, words
    }

    private static let numberWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    private static let ramblings = [
        "Let me look at the image.", "The image has four digits.", "I can see the digits.", "I think this is right.",
        "The digits are small.", "There are 4 digits.", "Step 1.", "I count 2 rows and 2 columns.", "The answer is \\boxed{3}.",
        "Now the question.", "Let me check again.", "The image is not sharp.",
    ]

    package func plainResponse(_ random: inout KeyedRandom) -> String {
        let digits = Dictionary(uniqueKeysWithValues: grid.places.map { ($0, random.below(10)) })
        let question = DigitsQuestion.draw(random.pick(DigitsQuestion.Family.standard), grid: grid, from: &random)
        let solution = question.solve(digits, grid: grid)
        let sentences = statements(at: grid.places, digits) + solution.reasoning
        return ResponseFormat.response(thought: sentences.joined(separator: " "), answer: solution.answer)
    }

    package func target(in response: String, _ random: inout KeyedRandom) -> String {
        let statements = DigitsStatements(response: response, grid: grid)
        let place = random.pick(grid.places)
        let digit = random.chance(percent: 45) ? statements.digit(at: place) : nil
        return place.annotation(digit: digit ?? random.below(10))
    }

    package func candidates(on response: String, _ random: inout KeyedRandom) -> JudgeCandidates {
        let statements = DigitsStatements(response: response, grid: grid)
        let reflected = rules.stated(in: response)
        let named = Set(statements.claims.values.joined().flatMap { $0.digits.union($0.denied) }).sorted()
        var contested: [String] = []
        var exchanged: [String] = []
        for place in grid.places {
            let own = statements.claims[place, default: []].reduce(into: Set<Int>()) { $0.formUnion($1.digits.union($1.denied)) }
            contested += own.sorted().map { place.annotation(digit: $0) }.filter { !reflected.contains($0) }
            exchanged += named.filter { !own.contains($0) }.map { place.annotation(digit: $0) }
        }
        let all = grid.places.flatMap { place in (0...9).map { place.annotation(digit: $0) } }
        return JudgeCandidates(
            reflected: reflected, contested: contested, exchanged: exchanged, others: all.filter { !reflected.contains($0) })
    }

    private func statements(at places: [GridPlace], _ digits: [GridPlace: Int]) -> [String] {
        places.map { $0.annotation(digit: digits[$0] ?? 0) }
    }

    package func response(_ random: inout KeyedRandom) -> String {
        if random.chance(percent: 2) {
            return random.pick(["", "<think>\n", "<think>\n</think>", "The", "<answer>\n\\boxed{7}\n</answer>"])
        }
        let digits = Dictionary(uniqueKeysWithValues: grid.places.map { ($0, random.below(10)) })
        let style = random.chance(percent: referencePercent) ? Style.reference : random.pick(Style.allCases)
        var sentences = statements(of: digits, style: style, &random)
        // Policies often reason with other digits than they state: what is reasoned states nothing.
        var reasoned = digits
        if random.chance(percent: 35) {
            for place in grid.places where random.chance(percent: 50) { reasoned[place] = random.below(10) }
        }
        let question = DigitsQuestion.draw(random.pick(DigitsQuestion.Family.standard), grid: grid, from: &random)
        let solution = question.solve(reasoned, grid: grid)
        if random.chance(percent: 85) { sentences += solution.reasoning }
        disturb(&sentences, digits: digits, style: style, &random)
        if random.chance(percent: 6) { CarelessWriting.slip(&sentences, &random) }
        let separator = style == .reference || random.chance(percent: 50) ? " " : "\n"
        var thought = sentences.joined(separator: separator)
        if random.chance(percent: 6) { thought = CarelessWriting.stuttered(thought, &random) }
        return CarelessWriting.finished(thought: thought, answer: solution.answer, &random)
    }

    private func statements(of digits: [GridPlace: Int], style: Style, _ random: inout KeyedRandom) -> [String] {
        if style == .rows {
            let form = random.below(2)
            return grid.rows.map { row in
                let values = grid.columns.map { String(digits[GridPlace(row: row, column: $0)] ?? 0) }
                return form == 0
                    ? "\(row.rawValue) row: \(values.joined(separator: ", "))."
                    : "The \(row.rawValue) row is \(values.joined(separator: " and "))."
            }
        }
        var statements: [String] = []
        var order = grid.places
        if random.chance(percent: 10) { order = random.permutation(of: order.count).map { order[$0] } }
        for place in order {
            // A place goes unnamed, or another one is named in its stead, which makes a gap and mostly a contradiction.
            if random.chance(percent: 7) { continue }
            let named = random.chance(percent: 5) ? random.pick(grid.places) : place
            statements.append(statement(named, digits[place] ?? 0, style))
            if random.chance(percent: 3) { statements.append(statement(named, digits[place] ?? 0, style)) }
        }
        return statements
    }

    private func statement(_ place: GridPlace, _ digit: Int, _ style: Style) -> String {
        let spaced = "\(place.row.rawValue) \(place.column.rawValue)"
        switch style {
        case .reference, .rows: return place.annotation(digit: digit)
        case .list: return "\(place.name): \(digit)."
        case .abbreviations:
            guard place.row != .middle, place.column != .center else { return "\(place.name) = \(digit)." }
            return "\(place.row == .top ? "T" : "B")\(place.column == .left ? "L" : "R") = \(digit)."
        case .prose: return "I see a \(digit) at the \(place.name)."
        case .placeFirst: return "In the \(spaced) there is a \(digit)."
        case .words: return "The digit in the \(spaced) is \(Self.numberWords[digit])."
        }
    }

    /// Adds contradictions, hedges, denials and talk.
    private func disturb(_ sentences: inout [String], digits: [GridPlace: Int], style: Style, _ random: inout KeyedRandom) {
        let place = random.pick(grid.places)
        let digit = digits[place] ?? 0
        let other = (digit + 1 + random.below(9)) % 10
        switch random.below(100) {
        case 0..<15: CarelessWriting.insert(statement(place, other, style), into: &sentences, &random)
        case 15..<18:
            let start = random.pick(["No,", "Wait,"])
            CarelessWriting.insert("\(start) the \(place.name) digit is \(other).", into: &sentences, &random)
        case 18..<21: sentences += [statement(place, digit, style), random.pick(["No, it is \(other).", "Wait, it is \(other)."])]
        case 21..<25: CarelessWriting.insert("The \(place.name) digit is not \(digit).", into: &sentences, &random)
        case 25..<28: CarelessWriting.insert("The \(place.name) digit is not \(other).", into: &sentences, &random)
        case 28..<42:
            // The hedge stands where the statement stood.
            let pair = random.chance(percent: 50) ? (digit, other) : (other, digit)
            let hedge = hedge(on: place, pair, digit: digit, &random)
            if let index = sentences.firstIndex(of: statement(place, digit, style)) {
                sentences[index] = hedge
            } else {
                CarelessWriting.insert(hedge, into: &sentences, &random)
            }
        default: break
        }
        if random.chance(percent: 10) {
            for _ in 0...random.below(3) { CarelessWriting.insert(random.pick(Self.ramblings), into: &sentences, &random) }
        }
    }

    /// Two digits for a place, or one in doubt.
    private func hedge(on place: GridPlace, _ pair: (Int, Int), digit: Int, _ random: inout KeyedRandom) -> String {
        let start = "The \(place.name) digit is"
        return switch random.below(10) {
        case 0..<5: "\(start) \(pair.0) or \(pair.1)."
        case 5: "\(start) either \(pair.0) or \(pair.1)."
        case 6: "\(start) maybe \(digit)."
        case 7: "\(start) \(pair.0)\(random.pick([" ", ", ", " and ", "/"]))\(pair.1)."
        case 8: "\(start) \(pair.0) or \(pair.1) or \(random.below(10))."
        // A number of two figures is no digit at all.
        default: "\(start) \(pair.0)\(pair.1)."
        }
    }
}
