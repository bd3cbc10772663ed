package import Endpoints
package import Tasks
package import Trajectories

/// A response, and the annotations that a judge is asked about.
package struct JudgeItem: Hashable, Sendable {
    package let response: String
    package let annotations: [String]

    package init(response: String, annotations: [String]) {
        self.response = response
        self.annotations = annotations
    }
}

/// g(judge, annotation, response): says which annotations a response reflects.
package protocol ResponseJudge: Sendable {
    /// Names the judge, its protocol and its weights: equal names give equal verdicts.
    var identity: String { get }
    /// The identities that its judgements may name, in the order in which they are asked: its own, or those of a fallback chain.
    var identities: [String] { get }

    /// Sees that it can be asked, and waits for what is away for now. To be called once, before the first response; work of minutes.
    ///
    /// - Throws: ``JudgeLoss``.
    func reach() async throws

    /// One judgement an annotation, in order, for each item. A judgement depends on its own annotation and response only.
    ///
    /// - Isolation: any executor; math runs on compute threads.
    /// - Throws: ``JudgeLoss`` once it can't be asked any more.
    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]]

    /// How many calls of one item each it works on at the same time; 1 for a judge that is quicker with many items in one call.
    var concurrency: Int { get }

    /// Whether it waits for somebody outside of this process, for as long as limits of its own allow.
    var isRemote: Bool { get }

    /// What its endpoints were asked since it was opened; zeros for a judge in process.
    var endpointCounters: EndpointCounters { get }
}

extension ResponseJudge {
    package func reach() async throws {}
    package var identities: [String] { [identity] }
    package var concurrency: Int { 1 }
    package var isRemote: Bool { false }
    package var endpointCounters: EndpointCounters { EndpointCounters() }

    /// The verdicts alone.
    package func verdicts(on items: [JudgeItem]) async throws -> [[Verdict]] {
        try await judgements(on: items).map { $0.map(\.verdict) }
    }
}

/// An oracle as a judge of responses.
package struct OracleJudge: ResponseJudge {
    private let oracle: any TaskOracle

    package init(_ oracle: any TaskOracle) { self.oracle = oracle }

    package var identity: String { oracle.identity }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        items.map { item in
            oracle.verdicts(annotations: item.annotations, response: item.response).map { Judgement(verdict: $0, judge: identity) }
        }
    }
}
