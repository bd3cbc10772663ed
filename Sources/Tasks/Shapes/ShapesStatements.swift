/// What a response says of the places of a picture and of the number of its shapes: the reading on which ``ShapesRules`` decides.
///
/// The whole response counts, inside and outside its tags. The rules:
/// 1. *Sentences* end at ". ! ? ;", line ends and tags. Text in double quotes is mentioned, not stated, and left out.
/// 2. *No statement* is a question, a sentence with a word of instruction or judging ("judge", "reflected", "ignore", …), a supposition
///    ("if", "suppose", "whether") or "respectively": it neither states nor contradicts.
/// 3. *Comparisons* state nothing: a word such as "larger", "than", "same", "as", "below" or "left of" ends the reading of its sentence.
/// 4. *Properties* are kinds, colours, sizes and emptiness ("nothing", "empty"), with common synonyms; kinds and colours that the task
///    hasn't ("rectangle", "pink") are properties that no shape has. A property belongs to the place behind it if only properties of the
///    same shape, fillers and a link ("at", "in", "is", …) stand between ("a small red circle at the top-left"), else to the nearest place
///    before it in the sentence ("top-left: small red circle", "the shape in the top left is red"). A comma or "and" ends what belongs
///    together behind a kind.
/// 5. *Several places* ("the top-left and the bottom-right") share what is said in the plural ("circles", "are", "both"); in the singular
///    the nearest one has it. A row or column is no place.
/// 6. *Negation* ("not", "no", "isn't", "never", "instead") reaches to a comma, a colon, "but", or behind the place that it speaks of.
///    "Not a red circle" denies both properties. "No shape at the top-left" says that nothing is there.
/// 7. *Hedges*: a word such as "maybe", "or", "might" on the place; "wrong", "false" or "mistake" put the whole sentence in doubt.
/// 8. A sentence without a place that opens with "it", "its", "that", "no", "wait", "actually", … goes on about the last place before it.
/// 9. *The number* is stated by "4 shapes" or "the number of shapes is 4" where nothing narrows the shapes ("2 red shapes", "4 shapes in
///    the top row") and no place or property stands before it in the sentence; "about", "at least" and "or" hedge it.
package struct ShapesStatements: Equatable, Sendable {
    /// What one sentence says of one place, or of the number of shapes.
    package struct Claim<Value: Hashable & Sendable>: Hashable, Sendable {
        package var affirmed: Set<Value> = []
        package var denied: Set<Value> = []
        /// Whether a word such as "maybe" stands in the sentence's part about it.
        package var isHedged = false

        mutating func state(_ value: Value, isDenied: Bool, isHedged: Bool) {
            if isDenied { denied.insert(value) } else { affirmed.insert(value) }
            self.isHedged = self.isHedged || isHedged
        }

        mutating func add(_ other: Claim) {
            affirmed.formUnion(other.affirmed)
            denied.formUnion(other.denied)
            isHedged = isHedged || other.isHedged
        }
    }

    /// What all sentences together say of each place.
    package private(set) var places: [GridPlace: Claim<ShapesProperty>] = [:]
    /// What all sentences together say of the number of shapes.
    package private(set) var count = Claim<Int>()

    /// Reads `response`. Linear in its length.
    package init(response: String) {
        var lastPlace: GridPlace?
        for sentence in ShapesLexer.sentences(response) {
            guard sentence.isStatement else {
                lastPlace = nil
                continue
            }
            var reader = ShapesSentenceReader(sentence.tokens, continuing: lastPlace)
            reader.read()
            let isTakenBack = sentence.contains(ShapesVocabulary.retractions)
            if isTakenBack, let lastPlace, reader.isContinuation { places[lastPlace]?.isHedged = true }
            for (place, var claim) in reader.places {
                claim.isHedged = claim.isHedged || isTakenBack
                places[place, default: Claim()].add(claim)
            }
            count.add(reader.count)
            if isTakenBack, reader.count != Claim() { count.isHedged = true }
            lastPlace = reader.lastPlace
        }
    }

    /// Whether the response says of `shape`'s place exactly its kind, colour and size, without another word on them, a hedge or a denial.
    package func reflects(_ shape: Shape) -> Bool {
        guard let claim = places[shape.place] else { return false }
        let stated: Set<ShapesProperty> = [.kind(shape.kind), .color(shape.color), .size(shape.size)]
        return claim.affirmed == stated && claim.denied.isDisjoint(with: stated) && !claim.isHedged
    }

    /// Whether the response says that there are `number` shapes, and no other number.
    package func reflects(count number: Int) -> Bool {
        count.affirmed == [number] && !count.denied.contains(number) && !count.isHedged
    }

    /// What the response reflects: shapes in reading order of their places, then their number.
    package var reflected: [ShapesAnnotation] {
        var found: [ShapesAnnotation] = GridPlace.all.compactMap { place in
            guard let shape = places[place]?.shape(at: place), reflects(shape) else { return nil }
            return .shape(shape)
        }
        if let number = count.affirmed.first, reflects(count: number), ShapesAnnotation.counts.contains(number) {
            found.append(.count(number))
        }
        return found
    }
}

extension ShapesStatements.Claim<ShapesProperty> {
    /// The shape that has what is affirmed; nil if that is not one kind, one colour and one size.
    fileprivate func shape(at place: GridPlace) -> Shape? {
        var (kind, color, size) = (ShapeKind?.none, ShapeColor?.none, ShapeSize?.none)
        guard affirmed.count == 3 else { return nil }
        for property in affirmed {
            switch property {
            case .kind(let found): kind = found
            case .color(let found): color = found
            case .size(let found): size = found
            case .nothing: return nil
            }
        }
        guard let kind, let color, let size else { return nil }
        return Shape(place: place, kind: kind, color: color, size: size)
    }
}
