import Tasks

/// Writes responses of many kinds for ``JudgeTrainingText``.
struct SyntheticResponses: Sendable {
    let grid: DigitGrid
    let referencePercent: Int

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

    /// A response in the reference format that states every place once, nothing more: the first lesson.
    func plain(_ random: inout KeyedRandom) -> String {
        let digits = Dictionary(uniqueKeysWithValues: grid.places.map { ($0, random.below(10)) })
        let question = DigitsQuestion.draw(random.pick(DigitsQuestion.Family.standard), grid: grid, from: &random)
        let solution = question.solve(digits, grid: grid)
        let sentences = statements(at: grid.places, digits) + solution.reasoning
        return DigitsTask.response(thought: sentences.joined(separator: " "), answer: solution.answer)
    }

    private func statements(at places: [DigitPlace], _ digits: [DigitPlace: Int]) -> [String] {
        places.map { $0.annotation(digit: digits[$0] ?? 0) }
    }

    /// One response.
    func draw(_ random: inout KeyedRandom) -> String {
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
        if random.chance(percent: 6) { slip(&sentences, &random) }
        let separator = style == .reference || random.chance(percent: 50) ? " " : "\n"
        var thought = sentences.joined(separator: separator)
        if random.chance(percent: 6) { thought = stuttered(thought, &random) }
        return finished(thought: thought, answer: solution.answer, &random)
    }

    private func statements(of digits: [DigitPlace: Int], style: Style, _ random: inout KeyedRandom) -> [String] {
        if style == .rows {
            let form = random.below(2)
            return grid.rows.map { row in
                let values = grid.columns.map { String(digits[DigitPlace(row: row, column: $0)] ?? 0) }
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

    private func statement(_ place: DigitPlace, _ digit: Int, _ style: Style) -> String {
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
    private func disturb(_ sentences: inout [String], digits: [DigitPlace: Int], style: Style, _ random: inout KeyedRandom) {
        let place = random.pick(grid.places)
        let digit = digits[place] ?? 0
        let other = (digit + 1 + random.below(9)) % 10
        // Anywhere, but often where a reader's attention is least: behind the reasoning or before everything.
        func insert(_ sentence: String, _ random: inout KeyedRandom) {
            let place =
                switch random.below(10) {
                case 0..<4: sentences.count
                case 4: 0
                default: random.below(sentences.count + 1)
                }
            sentences.insert(sentence, at: place)
        }
        switch random.below(100) {
        case 0..<15: insert(statement(place, other, style), &random)
        case 15..<18:
            insert(random.pick(["No, the \(place.name) digit is \(other).", "Wait, the \(place.name) digit is \(other)."]), &random)
        case 18..<21: sentences += [statement(place, digit, style), random.pick(["No, it is \(other).", "Wait, it is \(other)."])]
        case 21..<25: insert("The \(place.name) digit is not \(digit).", &random)
        case 25..<28: insert("The \(place.name) digit is not \(other).", &random)
        case 28..<42:
            // The hedge stands where the statement stood.
            let pair = random.chance(percent: 50) ? (digit, other) : (other, digit)
            let hedge = hedge(on: place, pair, digit: digit, &random)
            if let index = sentences.firstIndex(of: statement(place, digit, style)) {
                sentences[index] = hedge
            } else {
                insert(hedge, &random)
            }
        default: break
        }
        if random.chance(percent: 10) {
            for _ in 0...random.below(3) { insert(random.pick(Self.ramblings), &random) }
        }
    }

    /// Two digits for a place, or one in doubt.
    private func hedge(on place: DigitPlace, _ pair: (Int, Int), digit: Int, _ random: inout KeyedRandom) -> String {
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

    /// A few characters lost, or said again somewhere.
    private func stuttered(_ thought: String, _ random: inout KeyedRandom) -> String {
        var characters = Array(thought)
        guard !characters.isEmpty else { return thought }
        let from = random.below(characters.count)
        let piece = from..<min(characters.count, from + 1 + random.below(14))
        if random.chance(percent: 50) {
            characters.removeSubrange(piece)
        } else {
            characters.insert(contentsOf: characters[piece], at: random.below(characters.count + 1))
        }
        return String(characters)
    }

    /// `response` with a line of random words, figures and signs, which may quote a text: it states nothing.
    func withMurmur(_ response: String, quoting quoted: String?, _ random: inout KeyedRandom) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let signs = [",", ":", "(", ")", "[", "]", "-", "{", "}", "."]
        var words = (0..<(1 + random.below(9))).map { _ -> String in
            switch random.below(10) {
            case 0..<6: String((0...random.below(8)).map { _ in random.pick(letters) })
            case 6, 7: String(random.below(10))
            default: random.pick(signs)
            }
        }
        if let quoted { words.insert("\"\(quoted)\"", at: random.below(words.count + 1)) }
        let line = words.joined(separator: random.chance(percent: 80) ? " " : ", ")
        switch random.below(3) {
        case 0: return line + "\n" + response
        case 1:
            guard let end = response.firstRange(of: "\n</think>") else { return response + "\n" + line }
            return "\(response[..<end.lowerBound])\n\(line)\(response[end.lowerBound...])"
        default: return response + "\n" + line
        }
    }

    /// A word doubled, lost or exchanged with the next: what sampling does to a small policy.
    private func slip(_ sentences: inout [String], _ random: inout KeyedRandom) {
        guard !sentences.isEmpty else { return }
        let sentence = random.below(sentences.count)
        var words = sentences[sentence].split(separator: " ")
        guard words.count > 1 else { return }
        let word = random.below(words.count - 1)
        switch random.below(3) {
        case 0: words.insert(words[word], at: word)
        case 1: words.remove(at: word)
        default: words.swapAt(word, word + 1)
        }
        sentences[sentence] = words.joined(separator: " ")
    }

    /// Wraps a thought as finished, careless, interrupted and looping policies do.
    private func finished(thought: String, answer: String, _ random: inout KeyedRandom) -> String {
        let whole = DigitsTask.response(thought: thought, answer: answer)
        switch random.below(100) {
        case 0..<72: return whole
        case 72..<76: return "<think>\n\(thought)\n<answer>\n\\boxed{\(answer)}\n</answer>"
        case 76..<79: return "<think>\n\(thought)\n</think>"
        case 79..<82: return thought
        case 82..<84: return "\(thought)\n\\boxed{\(answer)}"
        case 84..<87: return whole + "\n" + whole
        case 87..<89: return "<think>\n\(thought) \(thought)\n</think>\n<answer>\n\\boxed{\(answer)}\n</answer>"
        default: return String(whole.prefix(random.below(whole.count + 1)))
        }
    }
}
