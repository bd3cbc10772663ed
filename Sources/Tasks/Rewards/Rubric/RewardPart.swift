package import ConfigurationReading
package import Trajectories

/// One part of the reward: what a response is worth in one respect, before its weight.
///
/// A part is a file of its own and a line of ``RewardParts``. Configuration (`reward.weights.NAME`), digests, metrics, samples, report and progress
/// go through that list. A part is a pure function of its subject and of its own keys, which stand in its file and are read under `reward.NAME`.
package protocol RewardPart: ConfigurationSection, Hashable {
    /// The name of its weight, its metrics and its values in records: lower-case letters, digits and underscores.
    static var name: String { get }
    /// What it is multiplied by where a configuration does not say.
    static var defaultWeight: Double { get }
    /// Whether it looks at verdicts, so that it is known only once a judge has answered.
    static var needsVerdicts: Bool { get }
    /// Whether its weight alone can make a run worth while: a part that is never above 0 only takes away.
    static var isPositive: Bool { get }

    /// The part's value for one response.
    func value(of subject: RewardSubject) -> RewardValue
    /// Notes what of its keys is in the way of a run, where the part counts.
    ///
    /// - Parameter maximumResponseTokens: `rollout.max_response_tokens`.
    func check(maximumResponseTokens: Int, _ findings: inout ConfigurationFindings)
}

extension RewardPart {
    package static var needsVerdicts: Bool { false }
    package static var isPositive: Bool { true }
    package mutating func visit(_ fields: inout ConfigurationFields) {}
    package func check(maximumResponseTokens: Int, _ findings: inout ConfigurationFindings) {}
}

/// What a part may look at: a response and its problem.
package struct RewardSubject: Sendable {
    /// The decoded response without its end token.
    package let response: String
    /// How many tokens it has, its end token included.
    package let tokenCount: Int
    /// `rollout.max_response_tokens`.
    package let maximumTokens: Int
    /// The problem's text.
    package let question: String
    /// The gold answer.
    package let answer: String
    /// How many annotations the problem has.
    package let annotationCount: Int
    /// One for each annotation, in their order; none as long as nobody has judged.
    package let verdicts: [Verdict]

    /// - Parameters: as the properties.
    package init(
        response: String, tokenCount: Int, maximumTokens: Int, question: String, answer: String, annotationCount: Int = 0,
        verdicts: [Verdict] = []
    ) {
        self.response = response
        self.tokenCount = tokenCount
        self.maximumTokens = maximumTokens
        self.question = question
        self.answer = answer
        self.annotationCount = annotationCount
        self.verdicts = verdicts
    }
}
