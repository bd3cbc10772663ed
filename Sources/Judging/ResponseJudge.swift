package import Trajectories

/// g(judge, annotation, response): says which annotations a response reflects.
package protocol ResponseJudge: Sendable {
    /// Names the judge, its protocol and its weights: equal names give equal verdicts.
    var identity: String { get }

    /// One verdict an annotation, in order, for each response. A verdict depends on its own annotation and response only.
    func verdicts(_ items: [(response: String, annotations: [String])]) throws -> [[Verdict]]
}

/// ``DigitsRulesJudge`` as a judge of responses.
package struct RulesJudge: ResponseJudge {
    private let rules: DigitsRulesJudge

    package init(_ rules: DigitsRulesJudge = DigitsRulesJudge()) { self.rules = rules }

    package var identity: String { "digits-rules-1" }

    package func verdicts(_ items: [(response: String, annotations: [String])]) throws -> [[Verdict]] {
        items.map { rules.verdicts(annotations: $0.annotations, response: $0.response) }
    }
}
