package import Endpoints
package import Trajectories

/// Judges in the order in which they are asked: what one leaves unknown goes to the next.
///
/// Each judgement says which judge gave it; one that stays unknown names the last.
package struct JudgeChain: ResponseJudge {
    private let judges: [any ResponseJudge]

    /// - Precondition: At least one judge.
    package init(_ judges: [any ResponseJudge]) {
        precondition(!judges.isEmpty, "a chain of judges needs a judge")
        self.judges = judges
    }

    /// The judges' identities in their order.
    package var identity: String { judges.map(\.identity).joined(separator: " > ") }

    package var identities: [String] { judges.flatMap(\.identities) }

    package var concurrency: Int { judges[0].concurrency }

    package var endpointCounters: EndpointCounters {
        judges.reduce(into: EndpointCounters()) { $0.add($1.endpointCounters) }
    }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        var result = try await judges[0].judgements(on: items)
        for judge in judges.dropFirst() {
            // By item, the annotations that are still open.
            let open = result.enumerated().compactMap { index, judgements in
                let places = judgements.indices.filter { judgements[$0].verdict == .unknown }
                return places.isEmpty ? nil : (index: index, places: places)
            }
            guard !open.isEmpty else { break }
            let answers = try await judge.judgements(
                on: open.map { entry in
                    JudgeItem(
                        response: items[entry.index].response, annotations: entry.places.map { items[entry.index].annotations[$0] })
                })
            for (entry, answer) in zip(open, answers) {
                for (place, judgement) in zip(entry.places, answer) { result[entry.index][place] = judgement }
            }
        }
        return result
    }
}
