package import Annotation
package import Tasks
import Judging

/// The facts of the digits task by rules: one for each place whose digit the chain of thought states, as ``DigitsStatements`` reads it.
///
/// Exact where chains keep to the language of the digits task, without facts for any other text.
package struct DigitsFactExtractor: FactExtractor {
    package let identity: String
    package let concurrency = 1
    private let grid: DigitGrid

    package init(grid: DigitGrid = .standard) {
        self.grid = grid
        identity = "rules:digits-facts-1:\(grid.rows.count)x\(grid.columns.count)"
    }

    package func reply(to request: ExtractionRequest) -> ExtractionReply {
        let statements = DigitsStatements(response: request.response, grid: grid)
        let facts = grid.places.compactMap { place in statements.digit(at: place).map { place.annotation(digit: $0) } }
        return ExtractionReply(text: FactTags.text(facts))
    }
}
