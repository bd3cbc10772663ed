/// An atomic visual fact about a picture of shapes: one of its shapes, or how many they are.
package enum ShapesAnnotation: Hashable, Sendable {
    case shape(Shape)
    case count(Int)

    /// The counts that a picture can have.
    package static let counts = 3...6

    /// Word for word as annotations and reference responses state it: "The top-left shape is a small red circle.", "There are 4 shapes."
    package var text: String {
        switch self {
        case .shape(let shape):
            "The \(shape.place.name) shape is a \(shape.description)."
        case .count(let count): "There are \(count) shapes."
        }
    }

    /// Reads an annotation back: the inverse of ``text``, nil for any other text.
    package init?(text: String) {
        // The longest annotation has 53 bytes; a longer text need not be cut into words.
        guard text.utf8.count <= 64 else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        if words.count == 4, let count = Int(words[2]), Self.counts.contains(count) {
            self = .count(count)
        } else if words.count == 8, let size = ShapeSize(rawValue: words[5]), let color = ShapeColor(rawValue: words[6]),
            let kind = ShapeKind(rawValue: String(words[7].dropLast())), let place = GridPlace(name: words[1])
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

    /// A false sibling of an annotation: another colour, kind or size of the shape, or another number of shapes. A picture has one shape at a
    /// place, so that the sibling is false wherever the annotation is true.
    ///
    /// - Parameters:
    ///   - annotation: An annotation of the task.
    ///   - random: Chooses what is changed and to what.
    /// - Returns: The sibling's text; nil if the annotation is not of the task.
    package static func altered(_ annotation: String, random: inout KeyedRandom) -> String? {
        guard let read = ShapesAnnotation(text: annotation) else { return nil }
        return random.pick(random.pick(read.siblings)).text
    }

    /// What contradicts the fact, by what is changed of it.
    package var siblings: [[ShapesAnnotation]] {
        switch self {
        case .count(let count): [Self.counts.filter { $0 != count }.map { .count($0) }]
        case .shape(let shape):
            [
                ShapeColor.allCases.map { Shape(place: shape.place, kind: shape.kind, color: $0, size: shape.size) },
                ShapeKind.allCases.map { Shape(place: shape.place, kind: $0, color: shape.color, size: shape.size) },
                ShapeSize.allCases.map { Shape(place: shape.place, kind: shape.kind, color: shape.color, size: $0) },
            ].map { $0.filter { $0 != shape }.map { .shape($0) } }
        }
    }

    /// A sentence that leaves open which of two siblings holds: "The top-left shape is a small red or blue circle."
    static func doubt(_ a: ShapesAnnotation, _ b: ShapesAnnotation) -> String {
        switch (a, b) {
        case (.shape(let a), .shape(let b)):
            func either(_ one: String, _ other: String) -> String { one == other ? one : "\(one) or \(other)" }
            return "The \(a.place.name) shape is a \(either(a.size.rawValue, b.size.rawValue)) "
                + "\(either(a.color.rawValue, b.color.rawValue)) \(either(a.kind.rawValue, b.kind.rawValue))."
        case (.count(let a), .count(let b)): return "There are \(a) or \(b) shapes."
        default: return "\(a.text.dropLast()) or not."
        }
    }
}
