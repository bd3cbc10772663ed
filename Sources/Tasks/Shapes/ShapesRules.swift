package import Trajectories

/// The oracle of the shapes task: an annotation is reflected if and only if the response states it and nowhere contradicts it.
///
/// "Contradicts" is: of a size, another size for the place anywhere, and likewise of colours and kinds; that the place is empty; a hedge
/// ("maybe") on the place; or a denial of the very property. The number of shapes is stated by that number and contradicted by another. How
/// text becomes statements is written at ``ShapesStatements``. Pure, linear in the response, the same on every machine.
package struct ShapesRules: TaskOracle {
    package let identity = "shapes-rules-2"

    package init() {}

    /// One verdict an annotation, in their order; `unknown` for an annotation that is not of the shapes task.
    package func verdicts(annotations: [String], response: String) -> [Verdict] {
        let statements = ShapesStatements(response: response)
        return annotations.map { annotation in
            guard let read = ShapesAnnotation(text: annotation) else { return .unknown }
            return statements.reflects(read) ? .reflected : .missing
        }
    }

    package func knows(annotation: String) -> Bool { ShapesAnnotation(text: annotation) != nil }

    package func stated(in response: String) -> [String] { ShapesStatements(response: response).reflected.map(\.text) }

    package func altered(_ annotation: String, _ random: inout KeyedRandom) -> String? {
        ShapesAnnotation(text: annotation).map { random.pick($0.siblings).text }
    }

    package func hedge(on annotation: String, _ random: inout KeyedRandom) -> Hedge? {
        guard let read = ShapesAnnotation(text: annotation) else { return nil }
        let other = random.pick(read.siblings)
        let isSwapped = random.chance(percent: 50)
        let (first, second) = isSwapped ? (other, read) : (read, other)
        return Hedge(sentence: ShapesAnnotation.doubt(first, second), annotations: [annotation, other.text])
    }

    package func wordings(of annotation: String) -> [String] {
        switch ShapesAnnotation(text: annotation) {
        case nil: []
        case .count(let count)?: [annotation, "The number of shapes is \(count).", "I count \(count) shapes."]
        case .trait(.kind(let kind), let place)?:
            [
                annotation, "A \(kind.rawValue) is at the \(place.name).", "There is a \(kind.rawValue) at the \(place.name).",
                "\(place.name): \(kind.rawValue).", "I see a \(kind.rawValue) in the \(place.name).",
            ]
        case .trait(let trait, let place)?:
            [
                annotation, "A \(trait.word) shape is at the \(place.name).", "There is a \(trait.word) shape at the \(place.name).",
                "\(place.name): \(trait.word).", "I see something \(trait.word) in the \(place.name).",
            ]
        }
    }
}
