/// A question about a picture of shapes. Its answer is a number or a word, and the annotations determine it.
package enum ShapesQuestion: Hashable, Sendable {
    /// How many shapes have a colour.
    case colorCount(ShapeColor)
    /// How many shapes are of a kind.
    case kindCount(ShapeKind)
    /// The colour of the shape that is so and stands there.
    case color(Shape)
    /// The kind of the shape at a place.
    case kind(GridPlace)
    /// Whether the first shape is larger than the second.
    case larger(Shape, Shape)
    /// How many shapes are larger than one of them.
    case largerCount(Shape)

    /// The forms that a question can have.
    package enum Family: String, CaseIterable, Codable, Sendable {
        case colorCount = "color_count"
        case kindCount = "kind_count"
        case color
        case kind
        case larger
        case largerCount = "larger_count"
    }

    /// A question of `family` on a picture.
    ///
    /// Three of four counts are of a colour or kind that the picture has, and half of the counts of larger shapes are of a shape that some
    /// are larger than, so that 0 is not the usual answer. Of two sizes that differ the larger stands first in three of four questions, so
    /// that "yes" and "no" are as likely.
    ///
    /// - Parameters:
    ///   - family: The question's form.
    ///   - shapes: The picture's shapes, at least two.
    ///   - random: Chooses colours, kinds and places.
    package static func draw(_ family: Family, shapes: [Shape], from random: inout KeyedRandom) -> ShapesQuestion {
        switch family {
        case .colorCount:
            return .colorCount(random.chance(percent: 75) ? random.pick(shapes).color : random.pick(ShapeColor.allCases))
        case .kindCount:
            return .kindCount(random.chance(percent: 75) ? random.pick(shapes).kind : random.pick(ShapeKind.allCases))
        case .color: return .color(random.pick(shapes))
        case .kind: return .kind(random.pick(shapes).place)
        case .larger:
            let order = random.permutation(of: shapes.count)
            let (a, b) = (shapes[order[0]], shapes[order[1]])
            return random.chance(percent: 50) && a.size < b.size ? .larger(b, a) : .larger(a, b)
        case .largerCount:
            let topped = shapes.filter { shape in shapes.contains { $0.size > shape.size } }
            return .largerCount(random.pick(random.chance(percent: 50) && !topped.isEmpty ? topped : shapes))
        }
    }

    /// The prompt's text.
    package var text: String {
        switch self {
        case .colorCount(let color): "How many shapes are \(color.rawValue)?"
        case .kindCount(let kind): "How many \(kind.rawValue)s are there?"
        case .color(let shape): "What color is the \(shape.phrase)?"
        case .kind(let place): "Which shape is at the \(place.name)?"
        case .larger(let a, let b): "Is the \(a.phrase) larger than the \(b.phrase)?"
        case .largerCount(let shape): "How many shapes are larger than the \(shape.phrase)?"
        }
    }

    /// The gold answer and the sentences that lead to it from the annotations. No sentence names a place, so that none states or
    /// contradicts an annotation.
    ///
    /// - Parameter shapes: The picture's shapes in reading order.
    package func solve(_ shapes: [Shape]) -> (answer: String, reasoning: [String]) {
        switch self {
        case .colorCount(let color):
            return Self.count("These are \(color.rawValue)", shapes.filter { $0.color == color }.map(\.kind.rawValue))
        case .kindCount(let kind):
            return Self.count("These are \(kind.rawValue)s", shapes.filter { $0.kind == kind }.map(\.color.rawValue))
        case .color(let shape):
            let answer = shapes.first { $0.place == shape.place }?.color.rawValue ?? "none"
            return (answer, ["The color is \(answer)."])
        case .kind(let place):
            let answer = shapes.first { $0.place == place }?.kind.rawValue ?? "none"
            return (answer, ["The shape is a \(answer)."])
        case .larger(let a, let b):
            let isLarger = a.size > b.size
            let sentence = "A \(a.size.rawValue) shape is \(isLarger ? "" : "not ")larger than a \(b.size.rawValue) one."
            return (isLarger ? "yes" : "no", [sentence])
        case .largerCount(let shape):
            return Self.count("Larger than \(shape.size.rawValue)", shapes.filter { $0.size > shape.size }.map(\.size.rawValue))
        }
    }

    /// Names what is counted before it counts.
    private static func count(_ title: String, _ found: [String]) -> (answer: String, reasoning: [String]) {
        let list = found.isEmpty ? "none" : found.joined(separator: ", ")
        return ("\(found.count)", ["\(title): \(list).", "Count: \(found.count)."])
    }
}
