import Synchronization
package import Trajectories

/// A judge that is asked only what a ``VerdictLog`` does not know; its answers are recorded there.
package final class LoggedJudge: ResponseJudge {
    private let judge: any ResponseJudge
    private let log: VerdictLog
    private let hits = Mutex(0)

    package init(_ judge: any ResponseJudge, log: VerdictLog) {
        self.judge = judge
        self.log = log
    }

    package var identity: String { judge.identity }
    package var identities: [String] { judge.identities }
    /// Verdicts that came from the log.
    package var hitCount: Int { hits.withLock { $0 } }

    package func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        var found = items.map { log.known($0.annotations, response: $0.response, judges: identities) }
        hits.withLock { $0 += found.reduce(0) { $0 + $1.count { $0 != nil } } }
        // Equal questions are asked once.
        var open: [JudgeItem] = []
        var seen: Set<JudgeItem> = []
        for (item, known) in zip(items, found) {
            let rest = JudgeItem(response: item.response, annotations: zip(item.annotations, known).filter { $1 == nil }.map(\.0))
            if !rest.annotations.isEmpty, seen.insert(rest).inserted { open.append(rest) }
        }
        guard !open.isEmpty else { return found.map { $0.compactMap { $0 } } }
        let answers = try await judge.judgements(on: open)
        var settled: [JudgeItem: [Judgement]] = [:]
        for (item, answer) in zip(open, answers) {
            settled[item] = try log.settle(answer, annotations: item.annotations, response: item.response, judges: identities)
        }
        for (index, item) in items.enumerated() {
            let places = found[index].indices.filter { found[index][$0] == nil }
            let rest = JudgeItem(response: item.response, annotations: places.map { item.annotations[$0] })
            for (place, judgement) in zip(places, settled[rest] ?? []) { found[index][place] = judgement }
        }
        return zip(items, found).map { item, judgements in
            // A judge that gave too few leaves the rest unknown.
            judgements.map { $0 ?? Judgement(verdict: .unknown, judge: identity) }
        }
    }
}
