/// What a judge says of one annotation and one response. Unknown is never counted as missing.
package enum Verdict: UInt8, Codable, Sendable {
    case missing = 0
    case reflected = 1
    case unknown = 2
}

/// A verdict with how sure the judge was, and who it was. Rewards heed the verdict alone.
package struct Judgement: Hashable, Codable, Sendable {
    package let verdict: Verdict
    /// The judge's probability that the annotation is reflected, in 0 ... 1, where it is known.
    package let probability: Float?
    /// `ResponseJudge.identity` of the judge that said it; of the last one that could not say, for an unknown verdict.
    package let judge: String

    package init(verdict: Verdict, probability: Float? = nil, judge: String) {
        self.verdict = verdict
        self.probability = probability
        self.judge = judge
    }
}
