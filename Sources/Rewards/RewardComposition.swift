package import Trajectories

/// How much each part of a reward counts: r = accuracy + format + visual + repetition, each times its weight.
package struct RewardWeights: Hashable, Codable, Sendable {
    /// Of the accuracy, 0 or 1.
    package let accuracy: Double
    /// Of the format, 0 or 1.
    package let format: Double
    /// Of the visual reward, 0 ... 1.
    package let visual: Double
    /// Of the repetition penalty, which is negative itself.
    package let repetition: Double

    /// The defaults are those of the released run of Perception-R1 (arXiv 2506.07218).
    ///
    /// - Precondition: All are finite.
    package init(accuracy: Double = 0.9, format: Double = 0.1, visual: Double = 0.7, repetition: Double = 1) {
        precondition([accuracy, format, visual, repetition].allSatisfy(\.isFinite), "reward weights must be finite")
        self.accuracy = accuracy
        self.format = format
        self.visual = visual
        self.repetition = repetition
    }
}

/// A reward as the sum of its weighted parts.
///
/// - Invariant: `overall == ((accuracy + format) + visual) + repetition`, bit for bit: what is logged adds up to what trains.
///   Example: accuracy 1, format 1, visual 0.5 and no repetition at the default weights are 0.9 + 0.1 + 0.35 + 0 = 1.35.
package struct RewardComposition: Hashable, Codable, Sendable {
    /// Weight times accuracy, in reward units, as are the next three.
    package let accuracy: Float
    /// Weight times format.
    package let format: Float
    /// 0 where the problem has no annotations.
    package let visual: Float
    /// Weight times penalty, 0 or below.
    package let repetition: Float

    /// - Parameters:
    ///   - rules: The parts that need no judge.
    ///   - visual: The visual part; nil for a problem without annotations.
    ///   - weights: The weights.
    /// - Precision: Each product in `Double`, rounded once to `Float`; sums in `Float`.
    package init(rules: RuleRewards, visual: Float?, weights: RewardWeights) {
        accuracy = Self.product(weights.accuracy, rules.accuracy)
        format = Self.product(weights.format, rules.format)
        self.visual = Self.product(weights.visual, visual ?? 0)
        repetition = Self.product(weights.repetition, rules.repetition)
    }

    /// The reward that trains.
    package var overall: Float { ((accuracy + format) + visual) + repetition }

    /// Adding 0 turns a negative zero into 0: rewards enter digests as bits.
    private static func product(_ weight: Double, _ part: Float) -> Float { Float(weight * Double(part)) + 0 }
}

extension RuleRewards {
    /// Scores a response by the rules.
    ///
    /// - Parameters:
    ///   - response: The decoded response without its end token.
    ///   - question: The problem's text.
    ///   - gold: The gold answer.
    ///   - repetition: The penalty's settings.
    package init(response: String, question: String, gold: String, repetition: RepetitionPenalty = RepetitionPenalty()) {
        self.init(
            accuracy: AnswerChecker.accuracy(of: response, gold: gold, question: question), format: FormatReward.value(of: response),
            repetition: repetition.value(of: response))
    }
}
