package import ConfigurationReading

/// `reward`: what a response is worth. Its keys are those of ``RewardParts``, and `parts` of a user's own.
package struct RewardConfiguration: ConfigurationSection, Hashable {
    /// `weights`: of the parts, each 0 ... 1,000. The defaults of accuracy, format, visual and repetition are those of the released run of
    /// Perception-R1 (arXiv 2506.07218).
    package struct Weights: ConfigurationSection, Hashable {
        private var values: [String: Double]
        /// The names of the parts of a user's own: they have no default.
        fileprivate var ownNames: [String] = []

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
            for name in ownNames where fields.hasValue(name) || values[name] != nil { fields.real(name, &self[name], .closed(0, 1_000)) }
        }

        /// Whether a part of a user's own was given a weight.
        fileprivate func isGiven(_ name: String) -> Bool { values[name] != nil }
    }

    /// `weights`: of the parts.
    package var weights = Weights()
    /// The parts with their own keys, in their order.
    private(set) var builtIn: [any RewardPart] = RewardParts.all.map { $0.init() }
    /// `parts`: parts of a user's own, behind the others. Default none.
    package var parts: [OwnRewardConfiguration] = []

    /// The defaults.
    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.sections("parts", &parts)
        // Their names are keys of the weights.
        let builtInNames = Set(RewardParts.all.map { $0.name })
        var seen: Set<String> = []
        weights.ownNames = parts.map(\.name).filter { !$0.isEmpty && !builtInNames.contains($0) && seen.insert($0).inserted }
        fields.section("weights", &weights)
        for index in builtIn.indices { Self.visit(&builtIn[index], &fields) }
    }

    private static func visit<Part: RewardPart>(_ part: inout Part, _ fields: inout ConfigurationFields) {
        if fields.hasKeys(part) { fields.section(Part.name, &part) }
    }

    /// What bears on rewards: parts of a user's own without their patience.
    package var answering: Self {
        var copy = self
        copy.parts = parts.map(\.answering)
        return copy
    }

    /// Parts of a user's own at most.
    private static let partLimit = 16

    private func checkParts(_ findings: inout ConfigurationFindings) {
        findings.require(parts.count <= Self.partLimit, "reward.parts", "must be at most \(Self.partLimit) parts, not \(parts.count)")
        for (index, part) in parts.enumerated() {
            let path = "reward.parts[\(index)]"
            part.checkAcross(&findings, path: path)
            findings.require(
                !parts[..<index].contains { $0.name == part.name }, "\(path).name", "'\(part.name)' names another part already")
            findings.require(
                weights.isGiven(part.name) || part.name.isEmpty, "reward.weights.\(part.name)",
                "is required beside \(path); give the part a weight, or 0 to leave it out")
        }
    }

    /// Notes what is wrong with the reward as a whole.
    ///
    /// - Parameter maximumResponseTokens: `rollout.max_response_tokens`.
    package func checkAcross(maximumResponseTokens: Int, _ findings: inout ConfigurationFindings) {
        checkParts(&findings)
        let names = RewardParts.all.filter { $0.isPositive }.map { $0.name } + parts.map(\.name)
        let list = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        findings.require(
            names.contains { weights[$0] > 0 }, "reward.weights", "\(list) are all 0, so nothing is rewarded; give one a weight")
        for part in builtIn where weights[type(of: part).name] > 0 {
            part.check(maximumResponseTokens: maximumResponseTokens, &findings)
        }
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.weights == b.weights && a.parts == b.parts && a.builtIn.map { AnyHashable($0) } == b.builtIn.map { AnyHashable($0) }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(weights)
        hasher.combine(parts)
        for part in builtIn { hasher.combine(AnyHashable(part)) }
    }
}
