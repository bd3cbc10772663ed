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
            guard let (place, digit) = DigitPlace.parse(annotation: annotation) else { return .unknown }
            return statements.digit(at: place) == digit ? .reflected : .missing
        }
    }

    package func knows(annotation: String) -> Bool { DigitPlace.parse(annotation: annotation) != nil }
}
