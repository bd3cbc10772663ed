import Configuration
package import Judging
import Trajectories

extension JudgeAudit {
    /// Whether attacks pay with this judge: ``HostileSuite`` over responses of both policies.
    ///
    /// - Parameters:
    ///   - count: how many pairs.
    ///   - progressed: told what is being done, a line at a time.
    /// - Throws: as ``report(items:progressed:)``.
    package func hostileReport(
        pairs count: Int, progressed: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> HostileReport {
        let judge = LoggedJudge(try Judges.open(configuration.judge, cluster: configuration.cluster, threads: threads), log: verdicts)
        try await judge.reach()
        let (before, after) = try await responses(progressed)
        let pairs = try HostileSuite(responses: before + after, seed: seed).pairs(count: count)
        let report = try await HostileReport(pairs: pairs, seed: seed, judge: judge)
        try verdicts.synchronize()
        return report
    }
}
