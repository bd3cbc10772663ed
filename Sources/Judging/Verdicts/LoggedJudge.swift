package import Endpoints
import Synchronization
package import Trajectories

/// A judge that is asked only what a ``VerdictLog`` does not know; its answers are recorded there.
package final class LoggedJudge: ResponseJudge {
    private let judge: any ResponseJudge
    private let log: VerdictLog
    private let hits = Mutex(0)

    /// Responses in one call: their verdicts are recorded before others are asked about, so that an interruption loses few.
    private static let itemsTogether = 256

    package init(_ judge: any ResponseJudge, log: VerdictLog) {
        self.judge = judge
        self.log = log
    }

    package var identity: String { judge.identity }
    package var identities: [String] { judge.identities }
    package var concurrency: Int { judge.concurrency }
    package var isRemote: Bool { judge.isRemote }
    package var endpointCounters: EndpointCounters { judge.endpointCounters }
    /// Verdicts that came from the log.
    package var hitCount: Int { hits.withLock { $0 } }

    package func reach() async throws { try await judge.reach() }

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
        var settled: [JudgeItem: [Judgement]] = [:]
        for start in stride(from: 0, to: open.count, by: Self.itemsTogether) {
            let asked = Array(open[start..<min(start + Self.itemsTogether, open.count)])
            let answers = try await judge.judgements(on: asked)
            for (item, answer) in zip(asked, answers) {
                settled[item] = try log.settle(answer, annotations: item.annotations, response: item.response, judges: identities)
            }
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
