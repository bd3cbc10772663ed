/// What a shape is.
package enum ShapeKind: String, CaseIterable, Sendable {
    case circle, square, triangle, diamond, star
}

/// What a shape is painted with. Red and orange are near each other, and so are blue and purple.
package enum ShapeColor: String, CaseIterable, Sendable {
    case red, orange, yellow, green, blue, purple
}

/// How large a shape is. Every shape of a size covers more pixels than any shape of a smaller one, whatever their kinds.
package enum ShapeSize: String, CaseIterable, Comparable, Sendable {
    case small, medium, large

    package static func < (a: ShapeSize, b: ShapeSize) -> Bool { a.number < b.number }

    private var number: Int {
        switch self {
        case .small: 0
        case .medium: 1
        case .large: 2
        }
    }
}

/// A shape of a picture: everything that is asked and annotated of it.
package struct Shape: Hashable, Sendable {
    package let place: GridPlace
    package let kind: ShapeKind
    package let color: ShapeColor
    package let size: ShapeSize

    package init(place: GridPlace, kind: ShapeKind, color: ShapeColor, size: ShapeSize) {
        self.place = place
        self.kind = kind
        self.color = color
        self.size = size
    }

    /// "small red circle".
    package var description: String { "\(size.rawValue) \(color.rawValue) \(kind.rawValue)" }

    /// "circle at the top-left": how a question speaks of the shape.
    package var phrase: String { "\(kind.rawValue) at the \(place.name)" }
}
