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

/// One thing that is so about a shape: its size, its colour or its kind.
package enum ShapeTrait: Hashable, Sendable {
    case size(ShapeSize)
    case color(ShapeColor)
    case kind(ShapeKind)

    /// What it is a value of: "Size", "Color", "Kind".
    package var name: String {
        switch self {
        case .size: "Size"
        case .color: "Color"
        case .kind: "Kind"
        }
    }

    /// "small", "red", "circle".
    package var word: String {
        switch self {
        case .size(let size): size.rawValue
        case .color(let color): color.rawValue
        case .kind(let kind): kind.rawValue
        }
    }

    /// Every trait: sizes, colours, kinds.
    package static let all: [ShapeTrait] =
        ShapeSize.allCases.map { .size($0) } + ShapeColor.allCases.map { .color($0) } + ShapeKind.allCases.map { .kind($0) }

    /// The traits that a shape with this one has not: the other sizes, colours or kinds.
    package var rivals: [ShapeTrait] {
        Self.all.filter { other in self != other && name == other.name }
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

    /// Its size, colour and kind.
    package var traits: [ShapeTrait] { [.size(size), .color(color), .kind(kind)] }

    /// "small red circle".
    package var description: String { "\(size.rawValue) \(color.rawValue) \(kind.rawValue)" }

    /// "circle at the top-left": how a question speaks of the shape.
    package var phrase: String { "\(kind.rawValue) at the \(place.name)" }

    /// The same shape with another size, colour or kind.
    package func with(_ trait: ShapeTrait) -> Shape {
        switch trait {
        case .size(let size): Shape(place: place, kind: kind, color: color, size: size)
        case .color(let color): Shape(place: place, kind: kind, color: color, size: size)
        case .kind(let kind): Shape(place: place, kind: kind, color: color, size: size)
        }
    }

    /// The same shape somewhere else.
    package func at(_ place: GridPlace) -> Shape { Shape(place: place, kind: kind, color: color, size: size) }
}
