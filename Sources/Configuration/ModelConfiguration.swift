package import ConfigurationReading

/// `model`: where the weights that training starts from stand.
package struct ModelConfiguration: ConfigurationSection, Codable, Hashable {
    /// `policy`: the Hugging Face folder of the starting policy. Relative paths start at the working directory. Required.
    package var policy = ""
    /// `reference`: the folder of the frozen reference policy; given if and only if `loss.kl.coefficient` is above 0. Default none.
    package var reference: String?

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.path("policy", &policy, isRequired: true)
        fields.optionalPath("reference", &reference)
    }
}
