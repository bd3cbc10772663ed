import Glibc

/// The learning rate of each step: linear warm-up, then constant, linear or cosine decay.
package struct LearningRateSchedule: Codable, Hashable, Sendable {
    /// What follows the warm-up.
    package enum Decay: String, Codable, Hashable, Sendable, CaseIterable {
        case constant
        case linear
        case cosine
    }

    /// The rate after warm-up.
    package let peak: Double
    package let warmUpStepCount: Int
    package let decay: Decay
    /// Steps of the whole run; the decay ends there.
    package let stepCount: Int
    /// What decay approaches, as a share of the peak.
    package let floor: Double

    /// - Throws: ``LearningError`` with code `invalidSetting` for a negative or non-finite rate, a floor outside 0...1 or negative counts.
    package init(peak: Double, warmUpStepCount: Int = 0, decay: Decay = .constant, stepCount: Int, floor: Double = 0) throws(LearningError)
    {
        guard peak >= 0, peak.isFinite else {
            throw LearningError(.invalidSetting, "learning rate \(peak) must be finite and not negative")
        }
        guard floor >= 0, floor <= 1 else { throw LearningError(.invalidSetting, "the floor \(floor) must be in 0 ... 1") }
        guard warmUpStepCount >= 0, stepCount >= 0 else {
            throw LearningError(.invalidSetting, "\(warmUpStepCount) warm-up steps of \(stepCount): counts must not be negative")
        }
        self.peak = peak
        self.warmUpStepCount = warmUpStepCount
        self.decay = decay
        self.stepCount = stepCount
        self.floor = floor
    }

    /// The rate of optimizer step `step`, counted from 1.
    ///
    /// `peak * step / warmUpStepCount` up to the warm-up's end, where it is `peak`. After it, with p = share of the remaining steps that
    /// lies behind: `1 - (1 - floor) p` (linear) or `floor + (1 - floor) (1 + cos(pi p)) / 2` (cosine).
    package func rate(step: Int) -> Double {
        if step < warmUpStepCount { return peak * Double(max(step, 0)) / Double(warmUpStepCount) }
        let remaining = Double(max(stepCount - warmUpStepCount, 1))
        let progress = min(max(Double(step - 1 - warmUpStepCount) / remaining, 0), 1)
        switch decay {
        case .constant: return peak
        case .linear: return peak * (1 - (1 - floor) * progress)
        case .cosine: return peak * (floor + (1 - floor) * (1 + cos(Double.pi * progress)) / 2)
        }
    }
}
