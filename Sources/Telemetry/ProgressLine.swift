import Synchronization

/// What a person watches: one line that updates on a terminal, a line a step elsewhere.
package final class ProgressLine: Sendable {
    private let totalSteps: Int
    private let console: Console
    private let estimate: Mutex<ProgressEstimate>

    /// - Parameters:
    ///   - totalSteps: The last step.
    ///   - firstStep: The last step that was already done.
    ///   - console: Where the line stands.
    package init(totalSteps: Int, firstStep: Int = 0, console: Console = .standardError) {
        self.totalSteps = totalSteps
        self.console = console
        estimate = Mutex(ProgressEstimate(totalSteps: totalSteps, firstStep: firstStep))
    }

    /// Shows a finished step.
    ///
    /// - Parameters:
    ///   - record: Its metrics; reward parts, tokens and validation are read from it.
    ///   - elapsed: Time since the start of this process's training.
    package func update(_ record: MetricRecord, elapsed: Duration) {
        estimate.withLock { estimate in
            estimate.finish(
                step: record.step, elapsed: elapsed, tokens: record.number(.tokenCount).flatMap { Int(exactly: $0.rounded()) } ?? 0)
            console.draw(Self.text(record, totalSteps: totalSteps, estimate: estimate))
        }
    }

    /// Leaves the last line standing and moves below it.
    package func finish() { console.release() }

    /// The line: `step 12/100  reward 1.314 = acc 0.781 for 0.998 vis 0.902 rep -0.010  val acc 0.790  4210 tok/s  3 min 05 s left`.
    ///
    /// The parts are weighted and add up to the reward, as `reward/*` does; each is called by three letters of its name.
    static func text(_ record: MetricRecord, totalSteps: Int, estimate: ProgressEstimate) -> String {
        let width = String(totalSteps).count
        let number = String(record.step)
        var parts = ["step " + String(repeating: " ", count: max(0, width - number.count)) + number + "/\(totalSteps)"]
        if let overall = record.number(.rewardOverall) { parts.append("reward " + decimals(overall, 3)) }
        let shown = record.names.compactMap { name in
            name.rewardPart.flatMap { part in record.number(name).map { "\(part.prefix(3)) \(decimals($0, 3))" } }
        }
        if !shown.isEmpty { parts.append(shown.joined(separator: " ")) }
        let validation: [(String, MetricName)] = [("acc", .validationAccuracy), ("vis", .validationVisual)]
        let validated = validation.compactMap { label, name in record.number(name).map { "\(label) \(decimals($0, 3))" } }
        if !validated.isEmpty { parts.append("val " + validated.joined(separator: " ")) }
        if let rate = estimate.tokensPerSecond { parts.append(decimals(rate, 0) + " tok/s") }
        if let remaining = estimate.remaining { parts.append(ProgressEstimate.text(remaining) + " left") }
        return parts.joined(separator: "  ")
    }

    /// A number with a fixed count of decimals, at most 6.
    static func decimals(_ value: Double, _ count: Int) -> String {
        var scale = 1.0
        for _ in 0..<count { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return value.description }
        let whole = Int(scaled)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard count > 0 else { return sign + String(whole) }
        let fraction = String(whole % Int(scale))
        return sign + String(whole / Int(scale)) + "." + String(repeating: "0", count: count - fraction.count) + fraction
    }
}
