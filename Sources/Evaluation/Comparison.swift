import Files
package import Foundation
import Trajectories

/// The paired comparison of two evaluations of the same problems: `comparison.json`.
package struct Comparison: Hashable, Codable, Sendable {
    /// One yes/no measure before and after.
    package struct Figure: Hashable, Codable, Sendable {
        /// Share of the problems, 0 ... 1.
        package let before: Double
        package let after: Double
        /// `[lost, gained]`: problems that were right before only, and after only.
        package let discordant: [Int]
        /// Two-sided p of McNemar's exact test.
        package let p: Double
        /// Bounds of the 95 % bootstrap interval of `after - before`, ascending.
        package let interval: [Double]

        package var lost: Int { discordant[0] }
        package var gained: Int { discordant[1] }
        package var gain: Double { after - before }
    }

    /// A mean share before and after.
    package struct Share: Hashable, Codable, Sendable {
        package let before: Double
        package let after: Double
        /// Bounds of the 95 % bootstrap interval of `after - before`, ascending.
        package let interval: [Double]
    }

    /// How much the figures stand on.
    package struct Counts: Hashable, Codable, Sendable {
        package let problems: Int
        /// Problems whose perception is known before and after.
        package let perceptionProblems: Int
        /// Distinct resampled units.
        package let units: Int
        package let replicates: Int

        private enum CodingKeys: String, CodingKey {
            case problems
            case perceptionProblems = "perception_problems"
            case units, replicates
        }
    }

    /// One-sided p of McNemar's exact test against "lower after than before".
    package struct LowerTest: Hashable, Codable, Sendable {
        package let accuracy: Double
        package let perception: Double?
    }

    package let accuracy: Figure
    /// Every annotation reflected; nil if no problem's perception is known on both sides.
    package let perception: Figure?
    /// Share of annotations reflected, by the measuring judge.
    package let perceptionShare: Share?
    /// Share of annotations reflected, by the judge that gives the reward, if it was asked on both sides.
    package let rewardJudgeShare: Share?
    package let pLower: LowerTest
    package let counts: Counts
    /// Ids of problems that only one side has an outcome of: no figure counts them. Each nil if there are none.
    package let onlyBefore: [String]?
    package let onlyAfter: [String]?
    package let judge: String
    package let dataSet: String
    /// The two models' names.
    package let models: [String]

    private enum CodingKeys: String, CodingKey {
        case accuracy, perception
        case perceptionShare = "perception_share"
        case rewardJudgeShare = "reward_judge_share"
        case pLower = "p_lower"
        case counts, judge
        case onlyBefore = "only_before"
        case onlyAfter = "only_after"
        case dataSet = "data_set"
        case models
    }

    /// Pairs the outcomes by problem id; what one side lacks is named and counts nowhere.
    ///
    /// - Parameters:
    ///   - before: The outcomes of the starting model.
    ///   - after: The outcomes of the trained model, on the same problems.
    ///   - bootstrap: Replicates and seed of the intervals.
    /// - Throws: ``EvaluationError/notComparable(reason:)`` if data set, units or judge differ, or no problem is on both sides.
    package init(before: EvaluationResult, after: EvaluationResult, bootstrap: UnitBootstrap = UnitBootstrap()) throws(EvaluationError) {
        let (pairs, onlyBefore, onlyAfter) = try Self.pair(before, after)
        self.onlyBefore = onlyBefore.isEmpty ? nil : onlyBefore
        self.onlyAfter = onlyAfter.isEmpty ? nil : onlyAfter
        accuracy = Self.figure(pairs.map { Pair($0.before.accuracy, $0.after.accuracy, $0.before.units) }, bootstrap)

        let judged = pairs.compactMap { outcomes -> Pair? in
            guard let a = outcomes.before.perception, let b = outcomes.after.perception else { return nil }
            return Pair(a, b, outcomes.before.units)
        }
        perception = judged.isEmpty ? nil : Self.figure(judged, bootstrap)
        perceptionShare = Self.share(pairs, \.perceptionShare, bootstrap)
        rewardJudgeShare = before.rewardJudge == after.rewardJudge ? Self.share(pairs, \.rewardJudgeShare, bootstrap) : nil
        pLower = LowerTest(
            accuracy: McNemar.oneSidedLoss(lost: accuracy.lost, gained: accuracy.gained),
            perception: perception.map { McNemar.oneSidedLoss(lost: $0.lost, gained: $0.gained) })
        counts = Counts(
            problems: pairs.count, perceptionProblems: judged.count,
            units: Set(pairs.flatMap { $0.before.units }).count, replicates: bootstrap.replicateCount)
        judge = before.judge
        dataSet = before.dataSet
        models = [before.model, after.model]
    }

    /// The JSON text: sorted keys, indented.
    package func json() throws -> Data { try EvaluationResult.encode(self) }

    /// Writes the file so that a reader sees the whole of it or none.
    ///
    /// - Throws: ``EvaluationError``.
    package func write(to path: String) throws(EvaluationError) {
        do {
            try json().write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .file(path: path, reason: "can't be written: \(FileFailure.words(of: error))")
        }
    }

    // MARK: - Pairs

    private struct Pair {
        let before: Bool
        let after: Bool
        let units: [Int]
        init(_ before: Bool, _ after: Bool, _ units: [Int]) {
            self.before = before
            self.after = after
            self.units = units
        }
    }

    private typealias Outcomes = (before: OutcomeRecord, after: OutcomeRecord)

    private static func pair(_ before: EvaluationResult, _ after: EvaluationResult) throws(EvaluationError) -> (
        pairs: [Outcomes], onlyBefore: [String], onlyAfter: [String]
    ) {
        guard before.dataSet == after.dataSet else {
            throw .notComparable(reason: "the data sets differ ('\(before.dataSet)' and '\(after.dataSet)')")
        }
        guard before.judge == after.judge else {
            throw .notComparable(reason: "perception was measured by different judges ('\(before.judge)' and '\(after.judge)')")
        }
        var unmatched = Dictionary(after.outcomes.map { ($0.problem, $0) }) { first, _ in first }
        var pairs: [Outcomes] = []
        var onlyBefore: [String] = []
        for outcome in before.outcomes {
            guard let partner = unmatched.removeValue(forKey: outcome.problem) else {
                onlyBefore.append(outcome.problem.rawValue)
                continue
            }
            guard outcome.units == partner.units else {
                throw .notComparable(
                    reason: "problem '\(outcome.problem.rawValue)' shows units \(outcome.units) before and \(partner.units) after")
            }
            pairs.append((outcome, partner))
        }
        let onlyAfter = unmatched.keys.sorted().map(\.rawValue)
        guard !pairs.isEmpty else {
            throw .notComparable(
                reason: "no problem is in both (before has '\(onlyBefore.first ?? "")', after has '\(onlyAfter.first ?? "")')")
        }
        return (pairs, onlyBefore, onlyAfter)
    }

    private static func figure(_ pairs: [Pair], _ bootstrap: UnitBootstrap) -> Figure {
        let lost = pairs.count { $0.before && !$0.after }
        let gained = pairs.count { !$0.before && $0.after }
        let gains = pairs.map { Double($0.after ? 1 : 0) - ($0.before ? 1 : 0) }
        return Figure(
            before: Double(pairs.count { $0.before }) / Double(pairs.count),
            after: Double(pairs.count { $0.after }) / Double(pairs.count), discordant: [lost, gained],
            p: McNemar.exact(lost: lost, gained: gained), interval: bounds(gains, pairs.map(\.units), bootstrap))
    }

    private static func share(
        _ pairs: [Outcomes], _ value: KeyPath<OutcomeRecord, Double?>, _ bootstrap: UnitBootstrap
    ) -> Share? {
        let known = pairs.compactMap { outcomes -> (before: Double, after: Double, units: [Int])? in
            guard let a = outcomes.before[keyPath: value], let b = outcomes.after[keyPath: value] else { return nil }
            return (a, b, outcomes.before.units)
        }
        guard let before = EvaluationResult.mean(known.map(\.before)), let after = EvaluationResult.mean(known.map(\.after)) else {
            return nil
        }
        return Share(before: before, after: after, interval: bounds(known.map { $0.after - $0.before }, known.map(\.units), bootstrap))
    }

    private static func bounds(_ gains: [Double], _ units: [[Int]], _ bootstrap: UnitBootstrap) -> [Double] {
        bootstrap.interval(ofMean: gains, units: units).map { [$0.lowerBound, $0.upperBound] } ?? []
    }
}
