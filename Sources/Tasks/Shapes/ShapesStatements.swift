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
/// 7. *Hedges*: a word such as "maybe", "or", "might" on the place, but for an "or" between two sizes, colours or kinds ("red or blue"),
///    which leaves these two in doubt; "wrong", "false" or "mistake" put the whole sentence in doubt.
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

    /// Whether the response states an annotation and nowhere contradicts it.
    package func reflects(_ annotation: ShapesAnnotation) -> Bool {
        switch annotation {
        case .trait(let trait, let place): places[place]?.reflects(trait) ?? false
        case .count(let number): count.affirmed == [number] && !count.denied.contains(number) && !count.isHedged
        }
    }

    /// What the response reflects: places in reading order, each one's size, colour and kind, then the number of shapes.
    package var reflected: [ShapesAnnotation] {
        let stated =
            GridPlace.all.flatMap { place in (places[place]?.traits ?? []).map { ShapesAnnotation.trait($0, place) } }
            + count.affirmed.filter(ShapesAnnotation.counts.contains).map { .count($0) }
        return stated.filter(reflects)
    }
}

extension ShapesStatements.Claim<ShapesProperty> {
    /// Sizes, colours and kinds that are affirmed, in this order.
    fileprivate var traits: [ShapeTrait] { ShapeTrait.all.filter { affirmed.contains(ShapesProperty($0)) } }

    /// Whether the trait is affirmed, alone of its kind, and neither denied nor hedged, and the place is not said to be empty.
    fileprivate func reflects(_ trait: ShapeTrait) -> Bool {
        let stated = ShapesProperty(trait)
        return affirmed.contains(stated) && !affirmed.contains { $0 != stated && $0.contests(stated) } && !denied.contains(stated)
            && !isHedged
    }
}
