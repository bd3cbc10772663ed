package import ConfigurationReading

/// The keys of `type: digits`.
package struct DigitsSettings: TaskSettings {
    package static let word = DigitsTask.word
    package static let embedded: (any EmbeddedTask.Type)? = DigitsTask.self

    /// `split`: which digits the images show. Default `train`.
    package var split = SplitName.train
    /// `problems`: how many problems, 1 ... 10 million. Default 10,000.
    package var problems = 10_000
    /// `seed`: of the placement, the noise and the questions. Default 0.
    package var seed = 0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.choice("split", &split)
        fields.integer("problems", &problems, in: 1...10_000_000)
        fields.integer("seed", &seed, in: 0...Int.max)
    }

    package var name: String { "\(Self.word), split \(split.rawValue), \(problems) problems, seed \(seed)" }

    package func files() throws -> [TaskFile] { try DigitsTask.files() }

    package func open(decoding _: @escaping ImageDecoder) throws -> any ProblemSource {
        try DigitsTask.part(split.split, problems: problems, seed: UInt64(seed))
    }
}

/// The keys of `data.type: digits_policy`.
package struct DigitsPolicyLessons: PolicyLessonsSettings {
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

    package func open() throws -> any EmbeddedTask {
        try DigitsTask(split: .warmStart, problems: problems, seed: UInt64(seed), warmStartDigitsPerClass: digitsPerClass)
    }
}
