package import ConfigurationReading

/// `judge.audit`: how far the judge that gives the reward can be trusted, measured while it does.
package struct AuditConfiguration: ConfigurationSection, Codable, Hashable {
    /// `share`: extra verdicts in each step, as a share of the step's own; rounded up, 0 ... 1. Default 0.02; 0 is off.
    package var share = 0.02
    /// `stop_above`: a rate of false positives or of false negatives above which the run ends with a checkpoint, 0 ... 1. Default 1: never.
    package var stopAbove = 1.0
    /// `window`: the latest steps over which `stop_above` counts, 1 ... 1,000,000. Default 20.
    package var window = 20
    /// `minimum_items`: with fewer items in the window a rate says nothing, 1 ... 1,000,000. Default 50.
    package var minimumItems = 50
    /// `saturation_window`: the latest steps in which the reward is compared with validation, 4 ... 1,000,000; 0 is off. Default 100.
    package var saturationWindow = 100
    /// `saturation_rise`: how much `rollout/visual` must have risen between the window's halves for the alarm, above 0 ... 1. Default 0.05.
    package var saturationRise = 0.05

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.real("share", &share, .closed(0, 1))
        fields.real("stop_above", &stopAbove, .closed(0, 1))
        fields.integer("window", &window, in: 1...1_000_000)
        fields.integer("minimum_items", &minimumItems, in: 1...1_000_000)
        fields.integer("saturation_window", &saturationWindow, in: 0...1_000_000)
        fields.real("saturation_rise", &saturationRise, .above(0, upTo: 1))
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        findings.require(
            stopAbove == 1 || share > 0, "judge.audit.stop_above", "has no use while judge.audit.share is 0; give a share, or set it to 1")
        findings.require(
            saturationWindow == 0 || saturationWindow >= 4, "judge.audit.saturation_window",
            "is \(saturationWindow), too few steps for two halves; give at least 4, or 0 for none")
    }
}
