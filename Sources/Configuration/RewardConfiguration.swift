package import ConfigurationReading

/// `reward`: what a response is worth.
package struct RewardConfiguration: ConfigurationSection, Codable, Hashable {
    /// `weights`: of the parts of the reward, each 0 ... 1,000. The defaults are those of the released run of Perception-R1 (arXiv 2506.07218).
    package struct Weights: ConfigurationSection, Codable, Hashable {
        /// `accuracy`: default 0.9.
        package var accuracy = 0.9
        /// `format`: default 0.1.
        package var format = 0.1
        /// `visual`: default 0.7; 0 switches the visual perception reward off.
        package var visual = 0.7
        /// `repetition`: of the penalty, which is negative itself. Default 1.
        package var repetition = 1.0

        package init() {}

        package mutating func visit(_ fields: inout ConfigurationFields) {
            fields.real("accuracy", &accuracy, .closed(0, 1_000))
            fields.real("format", &format, .closed(0, 1_000))
            fields.real("visual", &visual, .closed(0, 1_000))
            fields.real("repetition", &repetition, .closed(0, 1_000))
        }
    }

    /// `weights`: of the parts.
    package var weights = Weights()

    package init() {}

    package mutating func visit(_ fields: inout ConfigurationFields) {
        fields.section("weights", &weights)
    }

    func checkAcross(_ findings: inout ConfigurationFindings) {
        let positive = [weights.accuracy, weights.format, weights.visual].contains { $0 > 0 }
        findings.require(positive, "reward.weights", "accuracy, format and visual are all 0, so nothing is rewarded; give one a weight")
    }
}
