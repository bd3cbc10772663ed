package import Endpoints
import Synchronization
package import Telemetry
package import Trajectories

/// Judges in the order in which they are asked: what one leaves unknown goes to the next, and so does everything once one is lost.
///
/// Each judgement says which judge gave it; one that stays unknown names the last that was asked.
package final class JudgeChain: ResponseJudge {
    private let judges: [any ResponseJudge]
    private let log: Log
    private let lost = Mutex<[String: JudgeLoss]>([:])

    /// - Parameter log: Where it is said that a judge is lost.
    /// - Precondition: At least one judge.
    package init(_ judges: [any ResponseJudge], log: Log = Log()) {
        precondition(!judges.isEmpty, "a chain of judges needs a judge")
        self.judges = judges
        self.log = log
    }

    /// The judges' identities in their order.
    package var identity: String { judges.map(\.identity).joined(separator: " > ") }

    package var identities: [String] { judges.flatMap(\.identities) }

    package var concurrency: Int { judges[0].concurrency }

    package var isRemote: Bool { judges.contains(where: \.isRemote) }

    package var endpointCounters: EndpointCounters {
        var total = judges.reduce(into: EndpointCounters()) { $0.add($1.endpointCounters) }
        total.abandoned = lost.withLock { $0.mapValues(\.description) }
        return total
    }

    /// A judge that refuses for good is a fault of the configuration; one that is away leaves the chain, unless it is the last.
    package func reach() async throws {
        for judge in judges {
            do { try await judge.reach() } catch let loss as JudgeLoss where !loss.isForGood { try leave(judge, loss) }
        }
    }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        var result = items.map { item in item.annotations.map { _ in Judgement(verdict: .unknown, judge: identities[0]) } }
        for judge in judges where !isLost(judge) {
            // By item, the annotations that are still open.
            let open = result.enumerated().compactMap { index, judgements in
                let places = judgements.indices.filter { judgements[$0].verdict == .unknown }
                return places.isEmpty ? nil : (index: index, places: places)
            }
            guard !open.isEmpty else { break }
            let asked = open.map { entry in
                JudgeItem(response: items[entry.index].response, annotations: entry.places.map { items[entry.index].annotations[$0] })
            }
            do {
                for (entry, answer) in zip(open, try await judge.judgements(on: asked)) {
                    for (place, judgement) in zip(entry.places, answer) { result[entry.index][place] = judgement }
                }
            } catch let loss as JudgeLoss {
                try leave(judge, loss)
            }
        }
        return result
    }

    private func isLost(_ judge: any ResponseJudge) -> Bool { lost.withLock { $0[judge.identity] != nil } }

    /// A judge leaves the chain.
    ///
    /// - Throws: its loss, if it was the last.
    private func leave(_ judge: any ResponseJudge, _ loss: JudgeLoss) throws(JudgeLoss) {
        let (isNew, remaining) = lost.withLock { lost in
            let isNew = lost.updateValue(loss, forKey: judge.identity) == nil
            return (isNew, judges.count { lost[$0.identity] == nil })
        }
        guard remaining > 0 else { throw loss }
        if isNew { log.error("a judge leaves the chain", ["judge": judge.identity, "remaining": remaining, "reason": loss]) }
    }
}
