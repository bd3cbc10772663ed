import ConfigurationReading
import Rewards

/// What of a configuration bears on what a run computes: everything but time, place, and how much is kept.
///
/// Files are compared by their content, so where they stand is a place too. A value that is its default says nothing: a key that comes with a later build
/// changes no run that doesn't name it.
extension RunConfiguration {
    /// One value by its dotted key; elements of lists count from 0, as in `judge.pools[1].model`.
    package struct Answer: Hashable, Sendable {
        package let key: String
        /// As canonical JSON.
        package let value: String

        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// The values on which a run's digests depend, but for defaults: in the order of their keys.
    package var answers: [Answer] {
        let own = answering
        let usual = Dictionary(own.standard.resolved.answers) { first, _ in first }
        return own.resolved.answers.filter { key, value in Self.saysWhatStandsThere(key) || usual[key] != value }
            .map { Answer(key: $0, value: $1) }
    }

    /// Every such value, defaults included, by its dotted key.
    package var everyAnswer: [String: String] { Dictionary(answering.resolved.answers) { first, _ in first } }

    /// The answers, and what the ranks of one attempt must agree on beside them, though a continuation may change it.
    package var sharedAnswers: [Answer] {
        let shared = [("training.steps", training.steps)]
        let places = [("learner", placement.learner), ("rollout", placement.rollout), ("judge", placement.judge)]
        return answers.filter { $0.key != "training.steps" }
            + (shared + places.map { ("placement." + $0, $1) }).map { Answer(key: $0, value: "\($1)") }
    }

    /// The same run with everything that bears on no digest as it is by default.
    private var answering: Self {
        let defaults = Self()
        var copy = self
        copy.output = ""
        copy.placement = defaults.placement
        copy.cluster = defaults.cluster
        copy.checkpoint = defaults.checkpoint
        // A schedule that ends with the run makes its length part of every step.
        if optimizer.schedule == .constant { copy.training.steps = defaults.training.steps }
        copy.training.threads = defaults.training.threads
        copy.judge = judge.answering.placeless
        copy.judge.leaseSeconds = defaults.judge.leaseSeconds
        copy.judge.audit = defaults.judge.audit
        copy.reward = reward.answering
        copy.data.maxBadShare = defaults.data.maxBadShare
        copy.model.policy = ""
        copy.model.reference = model.reference.map { _ in "" }
        copy.data.train = data.train.placeless
        copy.data.validation = data.validation?.placeless
        // Of `percept evaluate`.
        copy.data.test = nil
        return copy
    }

    /// The defaults beside the variants that this configuration has chosen.
    private var standard: Self {
        var copy = Self()
        copy.data.train = data.train.standard
        copy.data.validation = data.validation?.standard
        copy.judge.endpoint = judge.endpoint.map { _ in EndpointConfiguration() }
        copy.judge.pools = judge.pools.map { pool in
            var standard = JudgePoolConfiguration()
            standard.endpoint = pool.endpoint.map { _ in EndpointConfiguration() }
            return standard
        }
        copy.reward.parts = reward.parts.map { _ in OwnRewardConfiguration() }
        copy.optimizer.learningRateScales = optimizer.learningRateScales.map { _ in OptimizerConfiguration.LearningRateScale() }
        return copy
    }

    /// Whether a key names a variant: it counts even where its word is the default's, or a section that is there would look like none.
    private static func saysWhatStandsThere(_ key: String) -> Bool {
        guard let dot = key.lastIndex(of: ".") else { return false }
        return ["type", "name"].contains(key[key.index(after: dot)...])
    }
}

extension JudgeConfiguration {
    /// The same judges wherever their models stand.
    fileprivate var placeless: Self {
        var copy = self
        copy.model = model.map { _ in "" }
        for index in copy.pools.indices where copy.pools[index].model != nil { copy.pools[index].model = "" }
        return copy
    }
}

extension ConfigurationValue {
    /// The leaves by dotted key, with the elements of lists of sections as leaves too.
    fileprivate var answers: [(String, String)] {
        leaves.flatMap { leaf -> [(String, String)] in
            guard case .list(let elements) = leaf.value, elements.contains(where: { if case .mapping = $0 { true } else { false } }) else {
                let json = leaf.value.json
                return [(leaf.path, json.hasSuffix("\n") ? String(json.dropLast()) : json)]
            }
            return elements.enumerated().flatMap { index, element in
                element.answers.map { ("\(leaf.path)[\(index)].\($0.0)", $0.1) }
            }
        }
    }
}
