package import ConfigurationReading

/// `optimizer`: AdamW, its schedule, and which parameters it moves.
package struct OptimizerConfiguration: ConfigurationSection, Codable, Hashable {
    /// The learning rate after the warm-up.
    package enum Schedule: String, CaseIterable, Codable, Sendable {
        case constant
        /// Half a cosine down to 0 at the last step.
        case cosine
        /// A line down to 0 at the last step.
        case linear
    }

    /// One entry of `learning_rate_scales`.
    package struct LearningRateScale: ConfigurationSection, Codable, Hashable {
        /// `pattern`: of parameter names; `*` stands for any letters. Required.
        package var pattern = ""
        /// `scale`: multiplies the learning rate, 0 ... 1,000. Default 1.
        package var scale = 1.0

        package init() {}

        package mutating func visit(_ fields: inout ConfigurationFields) {
            fields.text("pattern", &pattern, isRequired: true)
            fields.real("scale", &scale, .closed(0, 1_000))
        }
    }

    /// `learning_rate`: above 0 ... 1. Default 1e-6.
    package var learningRate = 1e-6
    /// `beta1`: decay of the first moment, 0 ... below 1. Default 0.9.
    package var beta1 = 0.9
    /// `beta2`: decay of the second moment, 0 ... below 1. Default 0.999.
    package var beta2 = 0.999
    /// `epsilon`: added to the root of the second moment, above 0 ... 1. Default 1e-8.
    package var epsilon = 1e-8
    /// `weight_decay`: decoupled, 0 ... 10. Default 1e-3.
    package var weightDecay = 1e-3
    /// `warmup_steps`: steps in which the learning rate rises from 0. Default 0.
    package var warmupSteps = 0
    /// `schedule`: default `constant`.
    package var schedule = Schedule.constant
    /// `max_grad_norm`: gradients are clipped to this global norm, above 0 ... 1e6. Default 1.
    package var maxGradNorm = 1.0
    /// `frozen`: patterns of parameter names that are not trained; `*` stands for any letters. Default none.
    package var frozen: [String] = []
    /// `learning_rate_scales`: the first pattern that matches a name counts. Default none.
    package var learningRateScales: [LearningRateScale] = []

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.real("learning_rate", &learningRate, .above(0, upTo: 1))
        fields.real("beta1", &beta1, .from(0, below: 1))
        fields.real("beta2", &beta2, .from(0, below: 1))
        fields.real("epsilon", &epsilon, .above(0, upTo: 1))
        fields.real("weight_decay", &weightDecay, .closed(0, 10))
        fields.integer("warmup_steps", &warmupSteps, in: 0...10_000_000)
        fields.choice("schedule", &schedule)
        fields.real("max_grad_norm", &maxGradNorm, .above(0, upTo: 1e6))
        fields.texts("frozen", &frozen)
        fields.sections("learning_rate_scales", &learningRateScales)
    }
}
