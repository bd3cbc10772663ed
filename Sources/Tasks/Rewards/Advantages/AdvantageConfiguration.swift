package import ConfigurationReading

/// `advantage`: how the rewards of siblings become advantages.
package struct AdvantageConfiguration: ConfigurationSection, Hashable {
    /// `kind`: default `grpo`.
    package var kind = AdvantageKind(GRPOAdvantage.self)
    /// `epsilon`: stands beside the standard deviation in the denominator of `grpo`; above 0 ... 1. Default 1e-6.
    package var epsilon = 1e-6

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.choice("kind", &kind)
        fields.real("epsilon", &epsilon, .above(0, upTo: 1))
    }
}
