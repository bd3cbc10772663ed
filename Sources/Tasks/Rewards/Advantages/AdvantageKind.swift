/// A rule by its name in `advantage.kind`.
package struct AdvantageKind: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// Every rule that there is.
    private static let rules: [any AdvantageRule.Type] = [
        GRPOAdvantage.self,
        DrGRPOAdvantage.self,
        RLOOAdvantage.self,
        ReinforcePPBaselineAdvantage.self,
    ]

    package static var allCases: [Self] { rules.map { Self(unchecked: $0.name) } }

    package let rawValue: String

    private init(unchecked name: String) { rawValue = name }

    /// - Returns: nil if no rule has the name.
    package init?(rawValue: String) {
        guard Self.rules.contains(where: { $0.name == rawValue }) else { return nil }
        self.rawValue = rawValue
    }

    /// The kind of a rule.
    package init(_ rule: (some AdvantageRule).Type) { rawValue = rule.name }

    /// The advantages of a batch.
    ///
    /// - Parameters:
    ///   - groups: `[group][sibling]`; no group is empty, every reward is finite.
    ///   - epsilon: `advantage.epsilon`; most rules don't use it.
    /// - Returns: one advantage a reward, in the same shape.
    package func advantages(of groups: [[Float]], epsilon: Double = 1e-6) -> [[Float]] {
        let rule = Self.rules.first { $0.name == rawValue }
        guard let rule else { preconditionFailure("\(rawValue) is no rule") }
        return rule.advantages(of: groups, epsilon: epsilon)
    }
}
