package import ConfigurationReading

/// `reward`: what a response is worth. Its keys are those of ``RewardParts``.
package struct RewardConfiguration: ConfigurationSection, Hashable {
    /// `weights`: of the parts, each 0 ... 1,000. The defaults of accuracy, format, visual and repetition are those of the released run of
    /// Perception-R1 (arXiv 2506.07218).
    package struct Weights: ConfigurationSection, Hashable {
        private var values: [String: Double]

        /// The defaults.
        package init() { values = Dictionary(uniqueKeysWithValues: RewardParts.all.map { ($0.name, $0.defaultWeight) }) }

        /// The weight of a part by name; 0 of one that there is not.
        package subscript(name: String) -> Double {
            get { values[name] ?? 0 }
            set { values[name] = newValue }
        }

        /// The weight of a part.
        package subscript<Part: RewardPart>(_ part: Part.Type) -> Double {
            get { self[part.name] }
            set { self[part.name] = newValue }
        }

        package mutating func visit(_ fields: inout ConfigurationFields) {
            for part in RewardParts.all { fields.real(part.name, &self[part.name], .closed(0, 1_000)) }
        }
    }

    /// `weights`: of the parts.
    package var weights = Weights()
    /// The parts with their own keys, in their order.
    private(set) var parts: [any RewardPart] = RewardParts.all.map { $0.init() }

    /// The defaults.
    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.section("weights", &weights)
        for index in parts.indices { Self.visit(&parts[index], &fields) }
    }

    private static func visit<Part: RewardPart>(_ part: inout Part, _ fields: inout ConfigurationFields) {
        if fields.hasKeys(part) { fields.section(Part.name, &part) }
    }

    /// Notes what is wrong with the reward as a whole.
    ///
    /// - Parameter maximumResponseTokens: `rollout.max_response_tokens`.
    package func checkAcross(maximumResponseTokens: Int, _ findings: inout ConfigurationFindings) {
        let positive = RewardParts.all.filter { $0.isPositive }
        let names = positive.map { $0.name }
        let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        findings.require(
            positive.contains { weights[$0.name] > 0 }, "reward.weights", "\(list) are all 0, so nothing is rewarded; give one a weight")
        for part in parts where weights[type(of: part).name] > 0 {
            part.check(maximumResponseTokens: maximumResponseTokens, &findings)
        }
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.weights == b.weights && a.parts.map { AnyHashable($0) } == b.parts.map { AnyHashable($0) }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(weights)
        for part in parts { hasher.combine(AnyHashable(part)) }
    }
}
