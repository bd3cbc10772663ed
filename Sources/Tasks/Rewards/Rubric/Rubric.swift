package import Trajectories

/// The parts that make a reward, in order, each with its weight.
///
/// The four parts of Perception-R1 are always looked at, whatever their weights: records and digests have them. A further part is looked at where it
/// has a weight; so are the parts of a user's own, which come behind all others.
package struct Rubric: Sendable {
    private let parts: [(part: any RewardPart, weight: Double)]
    private let own: [(name: String, weight: Double)]

    /// Parts that every record has.
    private static let permanent: Set<String> = [AccuracyReward.name, FormatReward.name, VisualReward.name, RepetitionPenalty.name]

    /// - Parameter configuration: the weights, and the parts' own keys.
    package init(_ configuration: RewardConfiguration = RewardConfiguration()) {
        own = configuration.parts.map { ($0.name, configuration.weights[$0.name]) }.filter { $0.1 > 0 }
        parts = configuration.builtIn.map { ($0, configuration.weights[type(of: $0).name]) }
            .filter { Self.permanent.contains(type(of: $0.part).name) || $0.weight > 0 }
    }

    /// The names of the parts, in order.
    package var names: [String] { parts.map { type(of: $0.part).name } + ownNames }

    /// The names of the parts of a user's own, in order.
    package var ownNames: [String] { own.map(\.name) }

    /// The values that need no judge: computed where a response is sampled.
    package func sampled(_ subject: RewardSubject) -> RewardVector {
        RewardVector(
            parts.compactMap { entry in
                let kind = type(of: entry.part)
                return kind.needsVerdicts ? nil : RewardVector.Entry(kind.name, entry.part.value(of: subject))
            })
    }

    /// All values, once a judge has answered.
    ///
    /// - Parameters:
    ///   - sampled: the values that need no judge.
    ///   - verdicts: one for each annotation, in their order.
    ///   - annotationCount: how many annotations the problem has.
    ///   - ownValues: what the parts of a user's own say, by name; one that is not there is unknown.
    package func judged(
        _ sampled: RewardVector, verdicts: [Verdict], annotationCount: Int, ownValues: [String: RewardValue] = [:]
    ) -> RewardVector {
        let subject = RewardSubject(
            response: "", tokenCount: 0, maximumTokens: 0, question: "", answer: "", annotationCount: annotationCount, verdicts: verdicts)
        return RewardVector(
            parts.map { entry in
                let kind = type(of: entry.part)
                return RewardVector.Entry(kind.name, kind.needsVerdicts ? entry.part.value(of: subject) : sampled[kind.name])
            } + own.map { RewardVector.Entry($0.name, ownValues[$0.name] ?? .unknown) })
    }

    /// The weighted parts and their sum; nil if a part is unknown.
    package func composition(_ values: RewardVector) -> RewardComposition? {
        values.entries.contains { $0.value == .unknown } ? nil : knownComposition(values)
    }

    /// The same, with 0 for a part that is unknown: for figures about many responses that train nothing.
    package func knownComposition(_ values: RewardVector) -> RewardComposition {
        RewardComposition(
            (parts.map { (type(of: $0.part).name, $0.weight) } + own).map { name, weight in
                RewardComposition.Part(name: name, value: Self.product(weight, values[name].number ?? 0))
            })
    }

    /// Adding 0 turns a negative zero into 0: rewards enter digests as bits.
    ///
    /// - Precision: the product in `Double`, rounded once to `Float`.
    private static func product(_ weight: Double, _ part: Float) -> Float { Float(weight * Double(part)) + 0 }
}
