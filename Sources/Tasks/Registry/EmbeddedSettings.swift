package import ConfigurationReading

/// The keys of an embedded task beside its `type`.
package struct EmbeddedSettings<Task: EmbeddedTask>: TaskSettings {
    package static var word: String { Task.word }
    package static var embedded: (any EmbeddedTask.Type)? { Task.self }

    /// `split`: which part of the task the pictures are of. Default `train`.
    package var split = SplitName.train
    /// `problems`: how many problems, 1 ... 10 million. Default 10,000.
    package var problems = 10_000
    /// `seed`: of what the pictures show, the noise and the questions. Default 0.
    package var seed = 0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.choice("split", &split)
        fields.integer("problems", &problems, in: 1...10_000_000)
        fields.integer("seed", &seed, in: 0...Int.max)
    }

    package var name: String { "\(Task.word), split \(split.rawValue), \(problems) problems, seed \(seed)" }

    package func files() throws -> [TaskFile] { try Task.files() }

    package func open(decoding _: @escaping ImageDecoder) throws -> any ProblemSource {
        try Task.part(split.split, problems: problems, seed: UInt64(seed))
    }
}
