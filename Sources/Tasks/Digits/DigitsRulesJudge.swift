package import Trajectories

/// The oracle of the digits task: an annotation is reflected if and only if the response states its digit for its place and nowhere
/// contradicts that.
///
/// "Contradicts" is: another digit for the place anywhere, a hedge ("3 or 5", "maybe 3") on the place, or a denial of the digit ("is not 3").
/// How text becomes statements is written at ``DigitsStatements``. Pure, linear in the response, the same on every machine.
package struct DigitsRulesJudge: TaskOracle {
    package let identity = "digits-rules-1"
    package let grid: DigitGrid

    package init(grid: DigitGrid = .standard) {
        self.grid = grid
    }

    /// One verdict an annotation, in their order; `unknown` for an annotation that is not of the digits task.
    package func verdicts(annotations: [String], response: String) -> [Verdict] {
        let statements = DigitsStatements(response: response, grid: grid)
        return annotations.map { annotation in
            guard let (place, digit) = DigitsAnnotation.parse(annotation) else { return .unknown }
            return statements.digit(at: place) == digit ? .reflected : .missing
        }
    }

    package func knows(annotation: String) -> Bool { DigitsAnnotation.parse(annotation) != nil }

    package func stated(in response: String) -> [String] {
        let statements = DigitsStatements(response: response, grid: grid)
        return grid.places.compactMap { place in statements.digit(at: place).map { place.annotation(digit: $0) } }
    }

    package func altered(_ annotation: String, _ random: inout KeyedRandom) -> String? {
        guard let (place, digit) = DigitsAnnotation.parse(annotation) else { return nil }
        return place.annotation(digit: Self.other(than: digit, &random))
    }

    package func hedge(on annotation: String, _ random: inout KeyedRandom) -> Hedge? {
        guard let (place, digit) = DigitsAnnotation.parse(annotation) else { return nil }
        let other = Self.other(than: digit, &random)
        let pair = random.chance(percent: 50) ? (digit, other) : (other, digit)
        return Hedge(
            sentence: "The \(place.name) digit is \(pair.0) or \(pair.1).",
            annotations: [digit, other].map { place.annotation(digit: $0) })
    }

    package func wordings(of annotation: String) -> [String] {
        guard let (place, digit) = DigitsAnnotation.parse(annotation) else { return [] }
        return [
            annotation, "The digit in the \(place.name) is \(digit).", "In the \(place.name) I see a \(digit).",
            "\(place.name): \(digit).", "There is a \(digit) at the \(place.name).",
        ]
    }

    private static func other(than digit: Int, _ random: inout KeyedRandom) -> Int { (digit + 1 + random.below(9)) % 10 }
}
