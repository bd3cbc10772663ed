package import Trajectories

/// The oracle of the shapes task: an annotation is reflected if and only if the response states it and nowhere contradicts it.
///
/// A shape is stated by its kind, its colour and its size at its place, in one sentence or several. "Contradicts" is: another kind, colour
/// or size for the place anywhere, that the place is empty, a hedge ("red or orange", "maybe") on the place, or a denial of one of the
/// three. The number of shapes is stated by that number and contradicted by another. How text becomes statements is written at
/// ``ShapesStatements``. Pure, linear in the response, the same on every machine.
package struct ShapesRules: TaskOracle {
    package let identity = "shapes-rules-1"

    package init() {}

    /// One verdict an annotation, in their order; `unknown` for an annotation that is not of the shapes task.
    package func verdicts(annotations: [String], response: String) -> [Verdict] {
        let statements = ShapesStatements(response: response)
        return annotations.map { annotation in
            switch ShapesAnnotation(text: annotation) {
            case .shape(let shape)?: statements.reflects(shape) ? .reflected : .missing
            case .count(let count)?: statements.reflects(count: count) ? .reflected : .missing
            case nil: .unknown
            }
        }
    }

    package func knows(annotation: String) -> Bool { ShapesAnnotation(text: annotation) != nil }

    package func stated(in response: String) -> [String] { ShapesStatements(response: response).reflected.map(\.text) }

    package func altered(_ annotation: String, _ random: inout KeyedRandom) -> String? {
        ShapesAnnotation.altered(annotation, random: &random)
    }

    package func hedge(on annotation: String, _ random: inout KeyedRandom) -> Hedge? {
        guard let read = ShapesAnnotation(text: annotation), let other = altered(annotation, &random),
            let sibling = ShapesAnnotation(text: other)
        else { return nil }
        let isSwapped = random.chance(percent: 50)
        let (first, second) = isSwapped ? (sibling, read) : (read, sibling)
        return Hedge(sentence: ShapesAnnotation.doubt(first, second), annotations: [annotation, other])
    }

    package func wordings(of annotation: String) -> [String] {
        switch ShapesAnnotation(text: annotation) {
        case nil: []
        case .count(let count)?: [annotation, "The number of shapes is \(count).", "I count \(count) shapes."]
        case .shape(let shape)?:
            [
                annotation, "A \(shape.description) is at the \(shape.place.name).",
                "There is a \(shape.description) at the \(shape.place.name).", "\(shape.place.name): \(shape.description).",
                "I see a \(shape.description) in the \(shape.place.name).",
            ]
        }
    }
}
