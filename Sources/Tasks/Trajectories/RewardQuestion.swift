/// What a reward of a user's own is asked about one response: all that its value may be a function of.
package struct RewardQuestion: Hashable, Codable, Sendable {
    package let problem: ProblemID
    /// The problem's text.
    package let question: String
    /// The decoded response without its end token.
    package let response: String
    /// The gold answer.
    package let answer: String
    package let annotations: [String]
    /// One for each annotation, in their order; none where no judge was asked.
    package let verdicts: [Verdict]
    /// A pure function of the run's seed and the trajectory, below 2^53: whatever draws numbers draws the same ones again.
    package let seed: UInt64

    /// - Parameters: as the properties.
    package init(
        problem: ProblemID, question: String, response: String, answer: String, annotations: [String], verdicts: [Verdict], seed: UInt64
    ) {
        self.problem = problem
        self.question = question
        self.response = response
        self.answer = answer
        self.annotations = annotations
        self.verdicts = verdicts
        self.seed = seed
    }
}

/// What a reward of a user's own says of a response.
package enum OwnRewardValue: Hashable, Codable, Sendable {
    /// In the part's own units: finite, within ``OwnRewardValue/bounds``, never the negative zero.
    case known(Float)
    /// There is none, and why. The trajectory leaves its group; it is never a 0.
    case unknown(String)

    /// Values outside of these are no values.
    package static let bounds = -1_000.0...1_000.0

    /// The value that a number is; unknown, with the reason, for one that is none.
    package init(_ number: Double) {
        guard number.isFinite, Self.bounds.contains(number) else {
            self = .unknown("its value \(number) is not a number from -1000 to 1000")
            return
        }
        // Adding 0 turns a negative zero into 0: rewards enter digests as bits.
        self = .known(Float(number) + 0)
    }

    /// The same as a part of a reward.
    package var value: RewardValue { if case .known(let number) = self { .known(number) } else { .unknown } }
}
