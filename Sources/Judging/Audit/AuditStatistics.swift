import Tasks
import Foundation
package import Trajectories

/// How often a judge was right on one kind of item, with lower bounds of the rate at 95 % confidence (two-sided intervals).
package struct AuditRate: Hashable, Codable, Sendable {
    package let correct: Int
    package let total: Int
    /// `correct / total`; 0 without items.
    package let rate: Double
    /// Lower end of Wilson's score interval.
    package let wilsonLower: Double
    /// Lower end of the exact interval of Clopper and Pearson: the p for which `P(X >= correct) = 0.025`.
    package let exactLower: Double

    /// - Precondition: `0 <= correct <= total`.
    package init(correct: Int, total: Int) {
        precondition(correct >= 0 && correct <= total, "\(correct) of \(total) can't be right")
        self.correct = correct
        self.total = total
        rate = total == 0 ? 0 : Double(correct) / Double(total)
        wilsonLower = Self.wilson(correct, total)
        exactLower = Self.clopperPearson(correct, total)
    }

    private static func wilson(_ correct: Int, _ total: Int) -> Double {
        guard total > 0 else { return 0 }
        let z = 1.959963984540054
        let n = Double(total)
        let p = Double(correct) / n
        let centre = p + z * z / (2 * n)
        let spread = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, (centre - spread) / (1 + z * z / n))
    }

    /// By bisection: `P(X >= k)` rises with p.
    private static func clopperPearson(_ correct: Int, _ total: Int) -> Double {
        guard correct > 0 else { return 0 }
        var (low, high) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if upperTail(correct, total, middle) < 0.025 { low = middle } else { high = middle }
        }
        return low
    }

    private static func upperTail(_ correct: Int, _ total: Int, _ p: Double) -> Double {
        let n = Double(total)
        return (correct...total).reduce(0) { sum, successes in
            let k = Double(successes)
            let choose = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
            return sum + exp(choose + k * log(p) + (n - k) * log1p(-p))
        }
    }
}

/// The outcome of a judge audit. Reported, never part of a training result.
package struct AuditStatistics: Hashable, Codable, Sendable {
    /// Right and wrong on the items of one family.
    package struct Family: Hashable, Codable, Sendable {
        /// The name of an ``AuditFamily``.
        package let name: String
        /// For injections: whether judge training data lacks the family.
        package let isHeldOut: Bool
        package let sensitivity: AuditRate
        package let specificity: AuditRate
        /// Items left without a verdict; they count as wrong.
        package let unknown: Int
    }

    /// Reflected items judged reflected.
    package let sensitivity: AuditRate
    /// Missing items judged missing.
    package let specificity: AuditRate
    /// Items left without a verdict; they count as wrong.
    package let unknown: Int
    /// In the order of ``AuditFamily``.
    package let families: [Family]

    /// - Parameters:
    ///   - items: The audit.
    ///   - verdicts: The judge's verdict on each, in their order.
    /// - Throws: ``AuditError`` if the counts differ.
    package init(items: [AuditItem], verdicts: [Verdict]) throws {
        guard items.count == verdicts.count else {
            throw AuditError(description: "an audit of \(items.count) items has \(verdicts.count) verdicts: judge each item once")
        }
        let pairs = Array(zip(items, verdicts))
        func rate(_ expected: Verdict, _ pairs: [(AuditItem, Verdict)]) -> AuditRate {
            let relevant = pairs.filter { $0.0.expected == expected }
            return AuditRate(correct: relevant.count { $0.1 == expected }, total: relevant.count)
        }
        sensitivity = rate(.reflected, pairs)
        specificity = rate(.missing, pairs)
        unknown = verdicts.count { $0 == .unknown }
        families = (AuditFamily.allCases + [.planted]).compactMap { family in
            let own = pairs.filter { $0.0.family == family }
            guard !own.isEmpty else { return nil }
            let isHeldOut = if case .injection(let injection) = family { injection.isHeldOut } else { false }
            return Family(
                name: family.description, isHeldOut: isHeldOut, sensitivity: rate(.reflected, own), specificity: rate(.missing, own),
                unknown: own.count { $0.1 == .unknown })
        }
    }
}
