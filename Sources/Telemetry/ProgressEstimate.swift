/// How fast a run goes and how long it will still take, from the times at which steps ended. Pure: the caller brings the clock.
package struct ProgressEstimate: Hashable, Sendable {
    private struct Mark: Hashable {
        let step: Int
        let elapsed: Duration
        let tokens: Int
    }

    private let totalSteps: Int
    private let window: Int
    private var marks: [Mark]

    /// - Parameters:
    ///   - totalSteps: The last step.
    ///   - firstStep: The last step that was already done: 0, or the checkpoint's when a run resumes.
    ///   - window: Rates are means over this many steps, so that they follow a run whose steps get longer.
    /// - Precondition: `window` is at least 1.
    package init(totalSteps: Int, firstStep: Int = 0, window: Int = 16) {
        precondition(window >= 1, "a rate needs at least one step")
        self.totalSteps = totalSteps
        self.window = window
        marks = [Mark(step: firstStep, elapsed: .zero, tokens: 0)]
    }

    /// Notes the end of a step. Times and steps that don't advance are ignored.
    ///
    /// - Parameters:
    ///   - step: The step's number.
    ///   - elapsed: Time since the start of this process's training.
    ///   - tokens: Tokens of this step.
    package mutating func finish(step: Int, elapsed: Duration, tokens: Int) {
        guard let last = marks.last, step > last.step, elapsed > last.elapsed else { return }
        marks.append(Mark(step: step, elapsed: elapsed, tokens: last.tokens + tokens))
        if marks.count > window + 1 { marks.removeFirst() }
    }

    /// Tokens a second; nil before the first step.
    package var tokensPerSecond: Double? { span.map { Double($0.last.tokens - $0.first.tokens) / $0.seconds } }

    /// Seconds a step; nil before the first step.
    package var secondsPerStep: Double? { span.map { $0.seconds / Double($0.last.step - $0.first.step) } }

    /// Time until the last step ends; nil before the first step.
    package var remaining: Duration? {
        guard let secondsPerStep, let last = marks.last else { return nil }
        return .seconds(secondsPerStep * Double(max(0, totalSteps - last.step)))
    }

    private var span: (first: Mark, last: Mark, seconds: Double)? {
        guard let first = marks.first, let last = marks.last, last.step > first.step else { return nil }
        return (first, last, (last.elapsed - first.elapsed) / .seconds(1))
    }

    /// A duration for people: `42 s`, `3 min 05 s`, `2 h 07 min`.
    package static func text(_ duration: Duration) -> String {
        let seconds = Int(min(max(0, (duration / .seconds(1)).rounded()), 0x1p53))
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(two(seconds % 60)) s" }
        return "\(seconds / 3600) h \(two(seconds % 3600 / 60)) min"
    }
}
