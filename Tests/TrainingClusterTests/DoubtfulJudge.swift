import Tasks
import Judging
import Synchronization
import Trajectories

/// The rules judge of the digits task, who leaves everything unknown the first times that it is asked: what it knows in the end does not
/// depend on them. One response a call, several calls at a time, as an endpoint's judge.
final class DoubtfulJudge: ResponseJudge {
    private let rules = OracleJudge(DigitsRulesJudge())
    private let doubts: Int
    private let counts = Mutex<[JudgeItem: Int]>([:])

    /// - Parameter doubts: How often an item stays unknown.
    init(doubts: Int = 1) { self.doubts = doubts }

    let identity = "doubtful-rules"
    let concurrency = 4

    func judgements(on items: [JudgeItem]) async throws -> [[Judgement]] {
        let known = try await rules.judgements(on: items)
        return zip(items, known).map { item, judgements in
            let count = counts.withLock { counts in
                counts[item, default: 0] += 1
                return counts[item, default: 0]
            }
            return judgements.map { Judgement(verdict: count > doubts ? $0.verdict : .unknown, judge: identity) }
        }
    }
}
