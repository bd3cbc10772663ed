/// An atomic visual fact about a picture of shapes: the size, the colour or the kind of the shape at a place, or how many shapes there are.
package enum ShapesAnnotation: Hashable, Sendable {
    case trait(ShapeTrait, GridPlace)
    case count(Int)

    /// The counts that a picture can have.
    package static let counts = 3...6

    /// Word for word as annotations and reference responses state it: "Size: top-left small.", "Color: top-left red.", "Kind: top-left circle.",
    /// "There are 4 shapes."
    ///
    /// What the value is of stands before it, and its place right before it: a small judge learns soonest to look up what stands behind
    /// a word.
    package var text: String {
        switch self {
        case .trait(let trait, let place): "\(trait.name): \(place.name) \(trait.word)."
        case .count(let count): "There are \(count) shapes."
        }
    }

    /// Reads an annotation back: the inverse of ``text``, nil for any other text.
    package init?(text: String) {
        // The longest annotation has 29 bytes; a longer text need not be cut into words.
        guard text.utf8.count <= 32, let read = Self.likely(text.split(separator: " ").map(String.init)), read.text == text else {
            return nil
        }
        self = read
    }

    /// The annotation whose number, or whose place and value, stand where a text has them.
    private static func likely(_ words: [String]) -> ShapesAnnotation? {
        guard words.count > 2 else { return nil }
        if let count = Int(words[2]), counts.contains(count) { return .count(count) }
        guard let place = GridPlace(name: words[1]), let trait = ShapeTrait.all.first(where: { $0.word == words[2].dropLast() }) else {
            return nil
        }
        return .trait(trait, place)
    }

    /// The annotations of a picture: each shape's size, colour and kind, shapes in the order given, then their number.
    package static func all(_ shapes: [Shape]) -> [ShapesAnnotation] {
        shapes.flatMap(all(of:)) + [.count(shapes.count)]
    }

    /// The annotations of one shape.
    package static func all(of shape: Shape) -> [ShapesAnnotation] { shape.traits.map { .trait($0, shape.place) } }

    /// What contradicts the fact: another size, colour or kind at the place, or another number. A picture has one shape at a place, so that
    /// each is false wherever the annotation is true.
    package var siblings: [ShapesAnnotation] {
        switch self {
        case .trait(let trait, let place): trait.rivals.map { .trait($0, place) }
        case .count(let count): Self.counts.filter { $0 != count }.map { .count($0) }
        }
    }

    /// A sentence that leaves open which of two siblings holds: "Color: top-left red or blue."
    static func doubt(_ a: ShapesAnnotation, _ b: ShapesAnnotation) -> String {
        switch (a, b) {
        case (.trait, .trait(let other, _)) where a.siblings.contains(b): "\(a.text.dropLast()) or \(other.word)."
        case (.count(let a), .count(let b)): "There are \(a) or \(b) shapes."
        default: "\(a.text.dropLast()) or not."
        }
    }
}
