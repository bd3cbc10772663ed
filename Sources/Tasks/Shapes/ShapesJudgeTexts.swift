/// Responses to the shapes task of many kinds, and annotations on them.
///
/// Most responses are in the policy's own reference format, the rest in six other styles; shapes are left out, said twice, moved, contradicted,
/// hedged and denied; texts ramble, repeat, break off or are empty.
package struct ShapesJudgeTexts: JudgeTexts {
    /// How many of 100 responses are in the reference format.
    private static let referencePercent = 65
    private static let ramblings = [
        "Let me look at the picture.", "I can see the shapes.", "I think this is right.", "The colors are bright.", "Step 1.",
        "The picture has 9 places.", "The answer is \\boxed{2}.", "Now the question.", "Let me check again.", "The picture is not sharp.",
    ]

    /// How a response words its shapes.
    private enum Style: CaseIterable {
        case reference, thereIs, list, prose, placeFirst, article, properties, whole
    }

    package init() {}

    /// Of one shape, of all, or of any number between: with few of them, what a place is for is learned first.
    package func plainResponse(_ random: inout KeyedRandom) -> String {
        let shapes = ShapesTask.draw(&random)
        let said = random.permutation(of: shapes.count).prefix(1 + random.below(shapes.count)).sorted().map { shapes[$0] }
        let solution = question(shapes, &random).solve(shapes)
        let facts = said.flatMap(ShapesAnnotation.all(of:)) + [.count(shapes.count)]
        let sentences = facts.map(\.text) + solution.reasoning
        return ResponseFormat.response(thought: sentences.joined(separator: " "), answer: solution.answer)
    }

    private func question(_ shapes: [Shape], _ random: inout KeyedRandom) -> ShapesQuestion {
        ShapesQuestion.draw(random.pick(ShapesQuestion.Family.allCases), shapes: shapes, from: &random)
    }

    package func response(_ random: inout KeyedRandom) -> String {
        if random.chance(percent: 2) {
            return random.pick(["", "<think>\n", "<think>\n</think>", "There", "<answer>\n\\boxed{red}\n</answer>"])
        }
        let shapes = ShapesTask.draw(&random)
        let style = random.chance(percent: Self.referencePercent) ? Style.reference : random.pick(Style.allCases)
        var sentences = statements(of: shapes, style, &random)
        let solution = question(shapes, &random).solve(shapes)
        if random.chance(percent: 85) { sentences += solution.reasoning }
        disturb(&sentences, shapes, style, &random)
        if random.chance(percent: 6) { CarelessWriting.slip(&sentences, &random) }
        let separator = style == .reference || random.chance(percent: 50) ? " " : "\n"
        var thought = sentences.joined(separator: separator)
        if random.chance(percent: 6) { thought = CarelessWriting.stuttered(thought, &random) }
        return CarelessWriting.finished(thought: thought, answer: solution.answer, &random)
    }

    private func statements(of shapes: [Shape], _ style: Style, _ random: inout KeyedRandom) -> [String] {
        var statements: [String] = []
        var order = shapes
        if random.chance(percent: 10) { order = random.permutation(of: order.count).map { order[$0] } }
        for shape in order {
            // A shape is said of another place, or a sentence goes unsaid, which makes a gap and at times a contradiction.
            let said = random.chance(percent: 5) ? shape.at(random.pick(GridPlace.all)) : shape
            for sentence in self.statements(of: said, style) where !random.chance(percent: 7) {
                statements.append(sentence)
                if random.chance(percent: 2) { statements.append(sentence) }
            }
        }
        if random.chance(percent: 85) {
            let count = random.chance(percent: 15) ? random.pick(Array(ShapesAnnotation.counts)) : shapes.count
            let number = ShapesAnnotation.count(count).text
            statements.append(style == .reference ? number : random.pick([number, "The number of shapes is \(count)."]))
        }
        return statements
    }

    /// The sentences that state a shape: three in the reference format, else one.
    private func statements(of shape: Shape, _ style: Style) -> [String] {
        let place = "\(shape.place.row.rawValue) \(shape.place.column.rawValue)"
        return switch style {
        case .reference: ShapesAnnotation.all(of: shape).map(\.text)
        case .whole: ["The \(shape.place.name) shape is a \(shape.description)."]
        case .thereIs: ["There is a \(shape.description) at the \(shape.place.name)."]
        case .list: ["\(shape.place.name): \(shape.description)."]
        case .prose: ["I see a \(shape.description) in the \(shape.place.name)."]
        case .placeFirst: ["In the \(place) there is a \(shape.description)."]
        case .article: ["A \(shape.description) is at the \(place)."]
        case .properties: ["The \(shape.kind.rawValue) at the \(shape.place.name) is \(shape.size.rawValue) and \(shape.color.rawValue)."]
        }
    }

    /// Adds contradictions, hedges, denials and talk.
    private func disturb(_ sentences: inout [String], _ shapes: [Shape], _ style: Style, _ random: inout KeyedRandom) {
        let shape = random.pick(shapes)
        let facts = ShapesAnnotation.all(of: shape)
        let number = random.below(facts.count + 1)
        let fact = number < facts.count ? facts[number] : .count(shapes.count)
        let sibling = random.pick(fact.siblings)
        /// The sentence that states a fact, and more where the style has one sentence a shape.
        func sentence(_ fact: ShapesAnnotation) -> String {
            guard style != .reference, case .trait(let trait, _) = fact else { return fact.text }
            return statements(of: shape.with(trait), style)[0]
        }
        func denial(_ fact: ShapesAnnotation, _ random: inout KeyedRandom) -> String {
            guard case .trait(let trait, let place) = fact else { return "There is no other shape." }
            return random.pick([
                "There is no \(shape.with(trait).description) at the \(place.name).", "\(trait.name): \(place.name) not \(trait.word).",
            ])
        }
        switch random.below(100) {
        case 0..<15: CarelessWriting.insert(random.pick([sentence(sibling), sibling.text]), into: &sentences, &random)
        case 15..<18:
            let start = random.pick(["No, ", "Wait, "])
            CarelessWriting.insert(start + sentence(sibling).lowercasedStart, into: &sentences, &random)
        case 18..<21:
            sentences += [
                sentence(facts[1]), random.pick(["No, it is empty.", "Wait, it is \(random.pick(ShapeColor.allCases).rawValue)."]),
            ]
        case 21..<25: CarelessWriting.insert(denial(fact, &random), into: &sentences, &random)
        case 25..<28: CarelessWriting.insert(denial(sibling, &random), into: &sentences, &random)
        case 28..<42:
            // The hedge stands where the statement stood.
            let isSwapped = random.chance(percent: 50)
            let hedge = isSwapped ? ShapesAnnotation.doubt(sibling, fact) : ShapesAnnotation.doubt(fact, sibling)
            if let index = sentences.firstIndex(of: sentence(fact)) {
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

    package func target(in response: String, _ random: inout KeyedRandom) -> String {
        let reflected = ShapesStatements(response: response).reflected
        if random.chance(percent: 45), !reflected.isEmpty { return random.pick(reflected).text }
        let fact = random.pick(ShapesAnnotation.all(ShapesTask.draw(&random)))
        guard random.chance(percent: 50), !reflected.isEmpty else { return fact.text }
        return random.pick(random.pick(reflected).siblings).text
    }

    package func candidates(on response: String, _ random: inout KeyedRandom) -> JudgeCandidates {
        let statements = ShapesStatements(response: response)
        let reflected = Set(statements.reflected)
        let places = GridPlace.all.filter { statements.places[$0] != nil }
        let named = Dictionary(uniqueKeysWithValues: places.map { ($0, statements.places[$0]?.traits ?? []) })
        let somewhere = ShapeTrait.all.filter { trait in named.values.contains { $0.contains(trait) } }
        func unreflected(_ facts: [ShapesAnnotation]) -> [String] { facts.filter { !reflected.contains($0) }.map(\.text) }
        let contested =
            places.flatMap { place in named[place, default: []].map { ShapesAnnotation.trait($0, place) } }
            + statements.count.affirmed.union(statements.count.denied).sorted().filter(ShapesAnnotation.counts.contains).map { .count($0) }
        let exchanged = places.flatMap { place in
            somewhere.filter { !named[place, default: []].contains($0) }.map { ShapesAnnotation.trait($0, place) }
        }
        func all(at places: [GridPlace]) -> [ShapesAnnotation] {
            places.flatMap { place in ShapeTrait.all.map { ShapesAnnotation.trait($0, place) } }
        }
        return JudgeCandidates(
            reflected: statements.reflected.map(\.text), contested: unreflected(contested), exchanged: unreflected(exchanged),
            others: unreflected(all(at: places.isEmpty ? GridPlace.all : places) + ShapesAnnotation.counts.map { .count($0) }),
            distant: places.isEmpty ? [] : unreflected(all(at: GridPlace.all.filter { !places.contains($0) })))
    }
}

extension ShapesStatements.Claim<ShapesProperty> {
    /// The sizes, colours and kinds that are named for the place, affirmed or denied.
    fileprivate var traits: [ShapeTrait] {
        let named = affirmed.union(denied)
        return ShapeTrait.all.filter { named.contains(ShapesProperty($0)) }
    }
}

extension String {
    /// The text with its first letter small.
    fileprivate var lowercasedStart: String { prefix(1).lowercased() + dropFirst() }
}
