package import ConfigurationReading

/// The keys of `data.type: shapes_policy`.
package struct ShapesPolicyLessons: PolicyLessonsSettings {
    /// `problems`: how many different problems, 1 ... 10 million. Default 10,000.
    package var problems = 10_000
    /// `look_up_weight`: of the mean loss on the words that the annotations state, beside the mean loss on all other tokens, 0 ... 10.
    /// Default 1.
    package var lookUpWeight = 1.0
    /// `seed`: of the problems. Default 0.
    package var seed = 0

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.integer("problems", &problems, in: 1...10_000_000)
        fields.real("look_up_weight", &lookUpWeight, .closed(0, 10))
        fields.integer("seed", &seed, in: 0...Int.max)
    }

    package func open() throws -> any EmbeddedTask {
        try ShapesTask.part(.warmStart, problems: problems, seed: UInt64(seed))
    }
}
