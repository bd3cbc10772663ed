/// How the rewards of a batch become advantages: a file of its own and a line of ``AdvantageKind``.
///
/// Pure. Sums are in `Double` in the order of groups and siblings, rounded once to `Float`.
package protocol AdvantageRule: Sendable {
    /// The word for `advantage.kind`.
    static var name: String { get }

    /// One advantage a reward, in the same shape.
    ///
    /// - Parameters:
    ///   - groups: `[group][sibling]`; no group is empty, every reward is finite.
    ///   - epsilon: `advantage.epsilon`.
    /// - Complexity: O(rewards).
    static func advantages(of groups: [[Float]], epsilon: Double) -> [[Float]]
}

/// A rule that looks at one group at a time.
package protocol GroupAdvantageRule: AdvantageRule {
    /// One advantage a sibling; the rewards are not all equal.
    static func advantages(of rewards: [Float], epsilon: Double) -> [Float]
}

extension GroupAdvantageRule {
    /// A group whose rewards are all equal yields zeros, exactly; so does a lone sibling.
    package static func advantages(of groups: [[Float]], epsilon: Double) -> [[Float]] {
        groups.map { group in
            group.allSatisfy { $0 == group[0] } ? [Float](repeating: 0, count: group.count) : advantages(of: group, epsilon: epsilon)
        }
    }
}

/// Mean and deviation as all rules compute them.
enum Moments {
    static func sum(_ values: some Sequence<Float>) -> Double { values.reduce(0) { $0 + Double($1) } }

    /// The standard deviation with n - 1 in the denominator.
    static func deviation(_ values: [Double], mean: Double) -> Double {
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}
