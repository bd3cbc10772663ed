/// An atomic visual fact about a picture of shapes: one of its shapes, or how many they are.
package enum ShapesAnnotation: Hashable, Sendable {
    case shape(Shape)
    case count(Int)

    /// The counts that a picture can have.
    package static let counts = 3...6

    /// Word for word as annotations and reference responses state it: "There is a small red circle at the top-left.", "There are 4 shapes."
    package var text: String {
        switch self {
        case .shape(let shape):
            "There is a \(shape.size.rawValue) \(shape.color.rawValue) \(shape.kind.rawValue) at the \(shape.place.name)."
        case .count(let count): "There are \(count) shapes."
        }
    }

    /// Reads an annotation back: the inverse of ``text``, nil for any other text.
    package init?(text: String) {
        // The longest annotation has 55 bytes; a longer text need not be cut into words.
        guard text.utf8.count <= 64 else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        if words.count == 4, let count = Int(words[2]), Self.counts.contains(count) {
            self = .count(count)
        } else if words.count == 9, let size = ShapeSize(rawValue: words[3]), let color = ShapeColor(rawValue: words[4]),
            let kind = ShapeKind(rawValue: words[5]), let place = ShapePlace(name: String(words[8].dropLast()))
        {
            self = .shape(Shape(place: place, kind: kind, color: color, size: size))
        } else {
            return nil
        }
        // Whatever the pieces look like, only the exact wording is an annotation.
        guard self.text == text else { return nil }
    }

    /// The annotations of a picture: its shapes in the order given, then their number.
    package static func all(_ shapes: [Shape]) -> [ShapesAnnotation] { shapes.map { .shape($0) } + [.count(shapes.count)] }

    /// A false sibling of an annotation, for audits: another colour, kind, size or place, or another number of shapes.
    ///
    /// A picture has one shape at a place, so that another colour, kind or size is false of it. A shape at another place may be there too:
    /// `others` says which annotations are true and can't be the sibling.
    ///
    /// - Parameters:
    ///   - annotation: An annotation of the task.
    ///   - others: The picture's annotations.
    ///   - random: Chooses what is changed and to what.
    /// - Returns: The sibling's text; nil if the annotation is not of the task.
    package static func altered(_ annotation: String, beside others: [String] = [], random: inout KeyedRandom) -> String? {
        guard let read = ShapesAnnotation(text: annotation) else { return nil }
        let aspects: [[ShapesAnnotation]]
        switch read {
        case .count(let count): aspects = [counts.filter { $0 != count }.map { .count($0) }]
        case .shape(let s):
            aspects = [
                ShapeColor.allCases.map { .shape(Shape(place: s.place, kind: s.kind, color: $0, size: s.size)) },
                ShapeKind.allCases.map { .shape(Shape(place: s.place, kind: $0, color: s.color, size: s.size)) },
                ShapeSize.allCases.map { .shape(Shape(place: s.place, kind: s.kind, color: s.color, size: $0)) },
                ShapePlace.all.map { .shape(Shape(place: $0, kind: s.kind, color: s.color, size: s.size)) },
            ]
        }
        // At most six shapes are true, and there are eight other places: something is always left to pick.
        let known = Set(others)
        let candidates = random.pick(aspects).map(\.text).filter { $0 != annotation && !known.contains($0) }
        return candidates.isEmpty ? nil : random.pick(candidates)
    }
}
