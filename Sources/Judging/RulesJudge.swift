package import Trajectories
import Tasks

/// The oracles of all embedded tasks as one judge: each annotation goes to the oracle that knows it, and stays unknown if none does.
///
/// So it judges image folders that hold embedded tasks' problems too.
package struct RulesJudge: ResponseJudge {
    package init() {}

    package var identities: [String] { EmbeddedOracles.all.map(\.identity) }
    /// All of ``identities``.
    package var identity: String { identities.joined(separator: "+") }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        items.map { item in
            var found = item.annotations.map { _ in Judgement(verdict: .unknown, judge: identity) }
            for oracle in EmbeddedOracles.all {
                let places = item.annotations.indices.filter { oracle.knows(annotation: item.annotations[$0]) }
                guard !places.isEmpty else { continue }
                let verdicts = oracle.verdicts(annotations: places.map { item.annotations[$0] }, response: item.response)
                for (place, verdict) in zip(places, verdicts) { found[place] = Judgement(verdict: verdict, judge: oracle.identity) }
            }
            return found
        }
    }
}
