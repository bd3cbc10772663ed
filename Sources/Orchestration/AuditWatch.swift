/// What the audit of one step found, as counts: they add up over steps.
package struct AuditCounts: Hashable, Sendable {
    /// Items that must be judged missing and have a verdict, and those of them judged reflected.
    package var missingItems = 0
    package var falsePositives = 0
    /// Items that must be judged reflected and have a verdict, and those of them judged missing.
    package var reflectedItems = 0
    package var falseNegatives = 0
    /// Pairs judged a second time by the same judge, and those of them with the same verdict.
    package var repeats = 0
    package var agreements = 0
    /// Items without a verdict: they are in no other count.
    package var unknown = 0

    package init() {}

    /// Reflected among what must be missing; nil without items.
    package var falsePositiveRate: Double? { Self.rate(falsePositives, missingItems) }
    /// Missing among what must be reflected; nil without items.
    package var falseNegativeRate: Double? { Self.rate(falseNegatives, reflectedItems) }
    /// Equal verdicts among repeats; nil without repeats.
    package var repeatAgreement: Double? { Self.rate(agreements, repeats) }

    private static func rate(_ count: Int, _ total: Int) -> Double? { total > 0 ? Double(count) / Double(total) : nil }
}

/// Ends a run whose judge can't be trusted: a rate of false positives or false negatives over the latest steps is above a limit.
///
/// Nothing is decided on fewer than a minimum of items of that kind within the window.
package struct AuditStopRule: Sendable {
    /// Why a run should end.
    package struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// "false positives" or "false negatives".
        package let kind: String
        package let count: Int
        package let itemCount: Int
        package let limit: Double
        package let window: Int

        package var rate: Double { Double(count) / Double(itemCount) }

        package var description: String {
            "the judge can't be trusted: \(count) of \(itemCount) audit items of the latest \(window) steps are \(kind), above "
                + "judge.audit.stop_above (\(limit)); see `percept judge-audit`, and change the judge or the limit"
        }
    }

    private let limit: Double
    private let window: Int
    private let minimumItems: Int
    private var latest: [AuditCounts] = []

    /// - Parameters:
    ///   - limit: A rate above it ends the run; 1 never does.
    ///   - window: Steps.
    ///   - minimumItems: Items of one kind that a decision needs.
    /// - Precondition: `window` and `minimumItems` are positive.
    package init(limit: Double, window: Int, minimumItems: Int) {
        precondition(window > 0 && minimumItems > 0, "an audit window needs steps and items")
        self.limit = limit
        self.window = window
        self.minimumItems = minimumItems
    }

    /// Adds the next step.
    ///
    /// - Returns: Why the run should end, or nil.
    package mutating func observe(_ counts: AuditCounts) -> Finding? {
        latest.append(counts)
        if latest.count > window { latest.removeFirst() }
        let kinds: [(String, KeyPath<AuditCounts, Int>, KeyPath<AuditCounts, Int>)] = [
            ("false positives", \.falsePositives, \.missingItems), ("false negatives", \.falseNegatives, \.reflectedItems),
        ]
        for (kind, wrong, items) in kinds {
            let count = latest.reduce(0) { $0 + $1[keyPath: wrong] }
            let itemCount = latest.reduce(0) { $0 + $1[keyPath: items] }
            if itemCount >= minimumItems, Double(count) > limit * Double(itemCount) {
                return Finding(kind: kind, count: count, itemCount: itemCount, limit: limit, window: latest.count)
            }
        }
        return nil
    }
}

/// Tells when the visual reward rises while what validation sees does not: the policy learns the judge in place of seeing.
///
/// Both series are compared between the two halves of the latest steps. Saturated is: the reward's mean rose by at least `rise`, and the
/// validation's by less than a quarter of that.
package struct SaturationAlarm: Sendable {
    private let window: Int
    private let rise: Double
    private var latest: [(reward: Double?, validation: Double?)] = []

    /// - Parameters:
    ///   - window: Steps; at least 4, or 0 for an alarm that never says anything.
    ///   - rise: In units of the reward.
    package init(window: Int, rise: Double) {
        self.window = window
        self.rise = rise
    }

    /// Adds the next step.
    ///
    /// - Parameters:
    ///   - reward: The batch's visual reward before its weight, 0 ... 1.
    ///   - validation: The share that validation saw, where the step has one.
    /// - Returns: Whether the reward is saturated; nil while there are fewer steps than the window has, or a half lacks one of the series.
    package mutating func observe(reward: Double?, validation: Double?) -> Bool? {
        guard window > 0 else { return nil }
        latest.append((reward, validation))
        if latest.count > window { latest.removeFirst() }
        guard latest.count == window else { return nil }
        let halves = [latest.prefix(window / 2), latest.suffix(window / 2)]
        func gain(_ series: (ArraySlice<(reward: Double?, validation: Double?)>) -> [Double]) -> Double? {
            let values = halves.map(series)
            guard values.allSatisfy({ !$0.isEmpty }) else { return nil }
            let means = values.map { $0.reduce(0, +) / Double($0.count) }
            return means[1] - means[0]
        }
        guard let earned = gain({ $0.compactMap(\.reward) }), let seen = gain({ $0.compactMap(\.validation) }) else { return nil }
        return earned >= rise && seen < earned / 4
    }
}
