package import ConfigurationReading

/// `data` of `percept sft`, by `type`.
package enum FineTuningDataConfiguration: ConfigurationSection, Codable, Hashable {
    /// `type: digits_policy`: worked responses to the digits task.
    case digitsPolicy(DigitsPolicyDataConfiguration)
    /// `type: digits_judge`: judging decisions on the digits task.
    case digitsJudge(DigitsJudgeDataConfiguration)
    /// `type: jsonl`: prompts and responses in a file.
    case jsonLines(JSONLinesDataConfiguration)

    /// The words after `type:`.
    package enum Kind: String, CaseIterable, Sendable {
        case digitsPolicy = "digits_policy"
        case digitsJudge = "digits_judge"
        case jsonLines = "jsonl"
    }

    package init() { self = .digitsPolicy(DigitsPolicyDataConfiguration()) }

    /// The word after `type:` of this value.
    package var kind: Kind {
        switch self {
        case .digitsPolicy: .digitsPolicy
        case .digitsJudge: .digitsJudge
        case .jsonLines: .jsonLines
        }
    }

    package mutating func visit(_ fields: inout ConfigurationFields) {
        var kind = kind
        fields.choice("type", &kind, isRequired: true)
        switch kind {
        case .digitsPolicy:
            var data = DigitsPolicyDataConfiguration()
            if case .digitsPolicy(let present) = self { data = present }
            data.visit(&fields)
            self = .digitsPolicy(data)
        case .digitsJudge:
            var data = DigitsJudgeDataConfiguration()
            if case .digitsJudge(let present) = self { data = present }
            data.visit(&fields)
            self = .digitsJudge(data)
        case .jsonLines:
            var data = JSONLinesDataConfiguration()
            if case .jsonLines(let present) = self { data = present }
            data.visit(&fields)
            self = .jsonLines(data)
        }
    }
}

/// The keys of `type: digits_policy`.
package struct DigitsPolicyDataConfiguration: ConfigurationSection, Codable, Hashable {
    /// `digits_per_class`: how many handwritten pictures of each digit the images show, 1 ... 1,000. Default 8.
    package var digitsPerClass = 8
    /// `problems`: how many different problems, 1 ... 10 million. Default 10,000.
    package var problems = 10_000
    /// `look_up_weight`: of the mean loss on the digits that the annotations state, beside the mean loss on all other tokens, 0 ... 10.
    /// Default 1.
    package var lookUpWeight = 1.0
    /// `seed`: of the problems. Default 0.
    package var seed = 0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("digits_per_class", &digitsPerClass, in: 1...1_000)
        fields.integer("problems", &problems, in: 1...10_000_000)
        fields.real("look_up_weight", &lookUpWeight, .closed(0, 10))
        fields.integer("seed", &seed, in: 0...Int.max)
    }
}

/// The keys of `type: digits_judge`.
package struct DigitsJudgeDataConfiguration: ConfigurationSection, Codable, Hashable {
    /// `decisions`: judging decisions in one training sequence, 1 ... 20, as many as there are different annotations. Default 4.
    package var decisions = 4
    /// `language_model_weight`: of the mean loss on the response's tokens, 0 ... 1. Default 0.2.
    package var languageModelWeight = 0.2
    /// `look_up_weight`: of the mean loss on the digits of annotations that the response reflects, 0 ... 10: predicting them from the
    /// response is the look-up that a verdict needs. Default 1.
    package var lookUpWeight = 1.0
    /// `plain_examples`: how many examples at the start are of the first lesson: plain responses without disturbances. Default 0.
    package var plainExamples = 0
    /// `seed`: of the responses and annotations. Default 0.
    package var seed = 0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("decisions", &decisions, in: 1...20)
        fields.real("language_model_weight", &languageModelWeight, .closed(0, 1))
        fields.real("look_up_weight", &lookUpWeight, .closed(0, 10))
        fields.integer("plain_examples", &plainExamples, in: 0...Int.max)
        fields.integer("seed", &seed, in: 0...Int.max)
    }
}

/// The keys of `type: jsonl`.
package struct JSONLinesDataConfiguration: ConfigurationSection, Codable, Hashable {
    /// `path`: the file. Required.
    package var path = ""
    /// `max_bad_share`: the largest share of the lines that may be left out because they are no example, 0 ... 1. Default 0.05.
    package var maxBadShare = 0.05

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.path("path", &path, isRequired: true)
        fields.real("max_bad_share", &maxBadShare, .closed(0, 1))
    }
}
