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
        case reference, thereIs, list, prose, placeFirst, article, properties
    }

    package init() {}

    package func plainResponse(_ random: inout KeyedRandom) -> String {
        let shapes = ShapesTask.draw(&random)
        let solution = question(shapes, &random).solve(shapes)
        let sentences = ShapesAnnotation.all(shapes).map(\.text) + solution.reasoning
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
            // A shape goes unsaid, or is said of another place, which makes a gap and at times a contradiction.
            if random.chance(percent: 7) { continue }
            let said =
                random.chance(percent: 5)
                ? Shape(place: random.pick(GridPlace.all), kind: shape.kind, color: shape.color, size: shape.size) : shape
            statements.append(statement(said, style))
            if random.chance(percent: 3) { statements.append(statement(said, style)) }
        }
        if random.chance(percent: 85) {
            let count = random.chance(percent: 15) ? random.pick(Array(ShapesAnnotation.counts)) : shapes.count
            let number = ShapesAnnotation.count(count).text
            statements.append(style == .reference ? number : random.pick([number, "The number of shapes is \(count)."]))
        }
        return statements
    }

    private func statement(_ shape: Shape, _ style: Style) -> String {
        let place = "\(shape.place.row.rawValue) \(shape.place.column.rawValue)"
        return switch style {
        case .reference: ShapesAnnotation.shape(shape).text
        case .thereIs: "There is a \(shape.description) at the \(shape.place.name)."
        case .list: "\(shape.place.name): \(shape.description)."
        case .prose: "I see a \(shape.description) in the \(shape.place.name)."
        case .placeFirst: "In the \(place) there is a \(shape.description)."
        case .article: "A \(shape.description) is at the \(place)."
        case .properties: "The \(shape.kind.rawValue) at the \(shape.place.name) is \(shape.size.rawValue) and \(shape.color.rawValue)."
        }
    }

    /// Adds contradictions, hedges, denials and talk.
    private func disturb(_ sentences: inout [String], _ shapes: [Shape], _ style: Style, _ random: inout KeyedRandom) {
        let fact = random.pick(ShapesAnnotation.all(shapes))
        let sibling = random.pick(random.pick(fact.siblings))
        func sentence(_ fact: ShapesAnnotation) -> String {
            if case .shape(let shape) = fact { statement(shape, style) } else { fact.text }
        }
        switch random.below(100) {
        case 0..<15: CarelessWriting.insert(sentence(sibling), into: &sentences, &random)
        case 15..<18:
            let start = random.pick(["No, ", "Wait, "])
            CarelessWriting.insert(start + sentence(sibling).lowercasedStart, into: &sentences, &random)
        case 18..<21:
            guard case .shape(let shape) = fact else { break }
            sentences += [
                statement(shape, style), random.pick(["No, it is empty.", "Wait, it is \(random.pick(ShapeColor.allCases).rawValue)."]),
            ]
        case 21..<25: CarelessWriting.insert("There is no \(denied(fact)).", into: &sentences, &random)
        case 25..<28: CarelessWriting.insert("There is no \(denied(sibling)).", into: &sentences, &random)
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

    private func denied(_ fact: ShapesAnnotation) -> String {
        if case .shape(let shape) = fact { "\(shape.description) at the \(shape.place.name)" } else { "other shape" }
    }

    package func target(in response: String, _ random: inout KeyedRandom) -> String {
        let reflected = ShapesStatements(response: response).reflected
        if random.chance(percent: 45), !reflected.isEmpty { return random.pick(reflected).text }
        let fact = random.pick(ShapesAnnotation.all(ShapesTask.draw(&random)))
        guard random.chance(percent: 50), !reflected.isEmpty else { return fact.text }
        return random.pick(random.pick(random.pick(reflected).siblings)).text
    }

    package func candidates(on response: String, _ random: inout KeyedRandom) -> JudgeCandidates {
        let statements = ShapesStatements(response: response)
        let reflected = statements.reflected
        let named = GridPlace.all.filter { statements.places[$0] != nil }
        func unreflected(_ facts: [ShapesAnnotation]) -> [String] { facts.filter { !reflected.contains($0) }.map(\.text) }
        let contested =
            named.flatMap { place in statements.places[place]?.combinations(at: place) ?? [] }.map { ShapesAnnotation.shape($0) }
            + statements.count.affirmed.union(statements.count.denied).sorted().filter(ShapesAnnotation.counts.contains).map { .count($0) }
        let shapes = reflected.compactMap { if case .shape(let shape) = $0 { shape } else { nil } }
        let moved = shapes.flatMap { shape in
            named.map { ShapesAnnotation.shape(Shape(place: $0, kind: shape.kind, color: shape.color, size: shape.size)) }
        }
        // A word that the response has not at all would give a false fact away: the changed property is another shape's, if there is one.
        let altered = reflected.flatMap { fact in
            fact.siblings.map { siblings in
                let near = siblings.filter { sibling in
                    guard case .shape(let shape) = sibling else { return true }
                    return (shapes.contains { $0.kind == shape.kind }) && (shapes.contains { $0.color == shape.color })
                        && (shapes.contains { $0.size == shape.size })
                }
                return random.pick(near.isEmpty ? siblings : near)
            }
        }
        let all =
            (named.isEmpty ? GridPlace.all : named).flatMap { Shape.all(at: $0) }.map { ShapesAnnotation.shape($0) }
            + ShapesAnnotation.counts.map { .count($0) }
        return JudgeCandidates(
            reflected: reflected.map(\.text), contested: unreflected(contested),
            exchanged: unreflected(moved), altered: unreflected(altered), others: unreflected(all))
    }
}

extension Shape {
    /// Every shape that can stand at a place.
    fileprivate static func all(at place: GridPlace) -> [Shape] {
        ShapeKind.allCases.flatMap { kind in
            ShapeColor.allCases.flatMap { color in ShapeSize.allCases.map { Shape(place: place, kind: kind, color: color, size: $0) } }
        }
    }
}

extension ShapesStatements.Claim<ShapesProperty> {
    /// The shapes whose kind, colour and size are all named for the place, affirmed or denied.
    fileprivate func combinations(at place: GridPlace) -> [Shape] {
        let named = affirmed.union(denied)
        return Shape.all(at: place).filter {
            named.isSuperset(of: [.kind($0.kind), .color($0.color), .size($0.size)])
        }
    }
}

extension String {
    /// The text with its first letter small.
    fileprivate var lowercasedStart: String { prefix(1).lowercased() + dropFirst() }
}
