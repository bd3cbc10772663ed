package import Tasks
package import Trajectories

/// One decision that a judge learns or is audited on: an annotation and the oracle's verdict on it.
package struct JudgeDecision: Hashable, Codable, Sendable {
    package let annotation: String
    package let verdict: Verdict
}

/// One training sequence of the judge: a response and several decisions on it.
package struct JudgeExample: Hashable, Codable, Sendable {
    package let response: String
    package let decisions: [JudgeDecision]
    /// The family of the attack in the response, if there is one; never a held-out one.
    package let injection: InjectionFamily?
}

/// Training examples for the judge, labelled by ``DigitsRulesJudge``: example i is a pure function of (seed, i).
///
/// Most responses are in the policy's own reference format (`referencePercent`), the rest in six other styles; digits are dropped, doubled,
/// contradicted, hedged and denied; texts ramble, repeat, break off or are empty; a fifth carries an attack of a trained
/// ``InjectionFamily``, and nearly another fifth a line of random words that means nothing, so that what is strange is not taken for what is
/// false. Held-out families never occur. About half of the decisions are `reflected`; the others prefer the hard cases: digits
/// that the response does name, for other places or in contradictions. What the image showed is of no concern: judges see text alone.
package struct JudgeTrainingText: Sendable {
    private let seed: UInt64
    private let grid: DigitGrid
    private let decisionCount: Int
    private let responses: SyntheticResponses
    private let judge: DigitsRulesJudge

    /// - Parameters:
    ///   - seed: Another seed, other examples.
    ///   - grid: The grid that responses speak of.
    ///   - decisionCount: Decisions an example, 1 to 20.
    ///   - referencePercent: How many of 100 responses are in the reference format.
    /// - Precondition: `decisionCount` is in 1 ... 20, so that every example has that many different annotations.
    package init(seed: UInt64, grid: DigitGrid = .standard, decisionCount: Int = 6, referencePercent: Int = 65) {
        precondition((1...20).contains(decisionCount), "1 to 20 decisions an example are possible, not \(decisionCount)")
        self.seed = seed
        self.grid = grid
        self.decisionCount = decisionCount
        responses = SyntheticResponses(grid: grid, referencePercent: referencePercent)
        judge = DigitsRulesJudge(grid: grid)
    }

    /// Example `index`, an endless sequence from 0.
    package func example(at index: Int) -> JudgeExample { example(at: index, hasMurmurs: true) }

    private func example(at index: Int, hasMurmurs: Bool) -> JudgeExample {
        var random = KeyedRandom(seed: seed, words: [0x4A_5458, UInt64(index)])
        var response = responses.draw(&random)
        var chosen: [String] = []
        var injection: InjectionFamily?
        if random.chance(percent: 20) {
            let family = random.pick(InjectionFamily.trained)
            let statements = DigitsStatements(response: response, grid: grid)
            let place = random.pick(grid.places)
            // An annotation that needs the attack, or one that stands without it.
            let digit = random.chance(percent: 45) ? statements.digit(at: place) : nil
            let target = place.annotation(digit: digit ?? random.below(10))
            response = family.attack(response: response, annotation: target, seed: random.next())
            chosen.append(target)
            injection = family
        } else if hasMurmurs, random.chance(percent: 20) {
            // A quotation for half of them: of something that the response states, or not.
            let statements = DigitsStatements(response: response, grid: grid)
            let place = random.pick(grid.places)
            let digit = random.chance(percent: 45) ? statements.digit(at: place) : nil
            let target = place.annotation(digit: digit ?? random.below(10))
            let isQuoted = random.chance(percent: 50)
            response = responses.withMurmur(response, quoting: isQuoted ? target : nil, &random)
            if isQuoted { chosen.append(target) }
        }
        let annotations = annotations(on: response, including: chosen, random: &random)
        let verdicts = judge.verdicts(annotations: annotations, response: response)
        return JudgeExample(
            response: response, decisions: zip(annotations, verdicts).map { JudgeDecision(annotation: $0, verdict: $1) },
            injection: injection)
    }

    /// Example `index` of the first lesson: a response that states every place once in the reference format, and annotations half of which
    /// it states. A pure function of (seed, index), like ``example(at:)``.
    package func plainExample(at index: Int) -> JudgeExample {
        var random = KeyedRandom(seed: seed, words: [0x50_4C4E, UInt64(index)])
        let response = responses.plain(&random)
        let annotations = annotations(on: response, including: [], random: &random)
        let verdicts = judge.verdicts(annotations: annotations, response: response)
        return JudgeExample(
            response: response, decisions: zip(annotations, verdicts).map { JudgeDecision(annotation: $0, verdict: $1) }, injection: nil)
    }

    /// Texts to train a tokenizer on: examples 0 ..< `count` in the words of ``JudgeProtocol``, verdicts included. Without the lines of
    /// random words, which would only waste a vocabulary.
    package func corpus(count: Int = 500) -> [String] {
        let words = JudgeProtocol()
        return (0..<count).map { index in
            let example = example(at: index, hasMurmurs: false)
            return example.decisions.reduce(words.prefix(response: example.response)) {
                $0 + words.suffix(annotation: $1.annotation) + (words.answer(for: $1.verdict) ?? "") + JudgeProtocol.separator
            }
        }
    }

    /// `decisionCount` different annotations: half of them reflected where the response has as many, hard ones before random ones.
    private func annotations(on response: String, including given: [String], random: inout KeyedRandom) -> [String] {
        let statements = DigitsStatements(response: response, grid: grid)
        let reflected = grid.places.compactMap { place in statements.digit(at: place).map { place.annotation(digit: $0) } }
        let named = Set(statements.claims.values.joined().flatMap { $0.digits.union($0.denied) }).sorted()
        var contested: [String] = []
        var exchanged: [String] = []
        for place in grid.places {
            let own = statements.claims[place, default: []].reduce(into: Set<Int>()) { $0.formUnion($1.digits.union($1.denied)) }
            contested += own.sorted().map { place.annotation(digit: $0) }.filter { !reflected.contains($0) }
            exchanged += named.filter { !own.contains($0) }.map { place.annotation(digit: $0) }
        }
        var chosen = given
        func add(_ candidates: [String], upTo count: Int, _ random: inout KeyedRandom) {
            for index in random.permutation(of: candidates.count) where chosen.count < count && !chosen.contains(candidates[index]) {
                chosen.append(candidates[index])
            }
        }
        add(reflected, upTo: max(chosen.count, (decisionCount + 1) / 2), &random)
        add(contested, upTo: min(decisionCount, chosen.count + 2), &random)
        add(exchanged, upTo: min(decisionCount, chosen.count + 1), &random)
        let others = grid.places.flatMap { place in (0...9).map { place.annotation(digit: $0) } }.filter { !reflected.contains($0) }
        add(others, upTo: decisionCount, &random)
        return random.permutation(of: chosen.count).map { chosen[$0] }
    }
}
