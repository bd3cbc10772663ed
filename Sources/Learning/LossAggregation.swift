/// How token losses become one number over the *global* batch.
///
/// Each kind is a weight a token that depends on all response lengths of the batch and on nothing else. The loss is the plain sum of
/// weight * token loss, so cutting the batch into micro-batches, lanes or ranks changes nothing.
package enum LossAggregation: Hashable, Sendable {
    /// Sum over response tokens / number of response tokens.
    case tokenMean
    /// Mean over sequences of the mean over each sequence's tokens; sequences without tokens are not counted.
    case sequenceMean
    /// Sum / (number of sequences * `maximumResponseLength`). Dr. GRPO, arXiv:2503.20783.
    case fixedLength(maximumResponseLength: Int)

    /// The weight of each token of each sequence.
    ///
    /// - Shapes: `responseLengths` `[B]` -> `[B]`; B = all sequences of the global batch, in id order.
    /// - Precision: `Double`.
    /// - Parameter responseLengths: Response tokens of each sequence.
    /// - Returns: The weight that each token of a sequence carries; 0 for a sequence without tokens.
    package func tokenWeights(responseLengths: [Int]) -> [Double] {
        switch self {
        case .tokenMean:
            let total = responseLengths.reduce(0, +)
            return responseLengths.map { $0 > 0 ? 1 / Double(total) : 0 }
        case .sequenceMean:
            let sequenceCount = responseLengths.count { $0 > 0 }
            return responseLengths.map { $0 > 0 ? 1 / (Double(sequenceCount) * Double($0)) : 0 }
        case .fixedLength(let maximum):
            let weight = 1 / (Double(responseLengths.count) * Double(maximum))
            return responseLengths.map { $0 > 0 ? weight : 0 }
        }
    }
}
