import Orchestration
import Testing

@Suite("watching the judge")
struct AuditWatchTests {
    private func counts(missing: (wrong: Int, of: Int) = (0, 0), reflected: (wrong: Int, of: Int) = (0, 0)) -> AuditCounts {
        var counts = AuditCounts()
        (counts.falsePositives, counts.missingItems) = missing
        (counts.falseNegatives, counts.reflectedItems) = reflected
        return counts
    }

    @Test("rates are of their own kind, and absent without items")
    func rates() {
        var counts = counts(missing: (1, 4), reflected: (1, 2))
        #expect(counts.falsePositiveRate == 0.25 && counts.falseNegativeRate == 0.5 && counts.repeatAgreement == nil)
        (counts.agreements, counts.repeats) = (3, 4)
        #expect(counts.repeatAgreement == 0.75)
        #expect(AuditCounts().falsePositiveRate == nil && AuditCounts().falseNegativeRate == nil)
    }

    @Test("the rule stops above the limit, with enough items of the kind within the window, and says why")
    func stop() throws {
        var rule = AuditStopRule(limit: 0.25, window: 3, minimumItems: 8)
        #expect(rule.observe(counts(missing: (4, 4))) == nil, "four items say nothing")
        #expect(rule.observe(counts(reflected: (0, 40))) == nil, "items of the other kind don't count")
        let observed = rule.observe(counts(missing: (0, 4)))
        let finding = try #require(observed)
        #expect(finding.count == 4 && finding.itemCount == 8 && finding.rate == 0.5)
        #expect("\(finding)".contains("4 of 8") && "\(finding)".contains("false positives") && "\(finding)".contains("stop_above"))
        // The first step has left the window: nothing wrong is in it.
        #expect(rule.observe(counts(missing: (2, 8))) == nil, "2 of 12")
        #expect(rule.observe(counts(missing: (1, 0))) == nil)
        #expect(rule.observe(counts(reflected: (11, 40))) != nil)
    }

    @Test("a rate at the limit does not stop; a limit of 1 never does")
    func limits() {
        var rule = AuditStopRule(limit: 0.25, window: 1, minimumItems: 1)
        #expect(rule.observe(counts(missing: (1, 4), reflected: (1, 4))) == nil)
        let kinds = [counts(missing: (2, 7)), counts(reflected: (2, 7))].map { rule.observe($0)?.kind }
        #expect(kinds == ["false positives", "false negatives"])
        var never = AuditStopRule(limit: 1, window: 5, minimumItems: 1)
        for _ in 0..<20 { #expect(never.observe(counts(missing: (9, 9), reflected: (9, 9))) == nil) }
    }

    /// Observes a series of steps; validation stands at every fifth.
    private func states(_ steps: Int, reward: (Int) -> Double, validation: (Int) -> Double?) -> [Bool?] {
        var alarm = SaturationAlarm(window: 20, rise: 0.05)
        return (1...steps).map { alarm.observe(reward: reward($0), validation: $0 % 5 == 0 ? validation($0) : nil) }
    }

    @Test("the alarm says nothing before its window is full or without validation, and then follows the two series")
    func saturation() {
        // Reward and perception rise together, then the reward alone, then neither.
        func ramp(_ step: Int, from start: Int, to end: Int) -> Double { Double(min(max(step, start), end)) / 100 }
        let found = states(140, reward: { ramp($0, from: 0, to: 80) }, validation: { ramp($0, from: 0, to: 40) })
        #expect(found[..<19].allSatisfy { $0 == nil })
        #expect(found[19..<40].allSatisfy { $0 == false })
        #expect(found[60..<80].allSatisfy { $0 == true })
        #expect(found[110...].allSatisfy { $0 == false })
        #expect(states(60, reward: { ramp($0, from: 0, to: 60) }, validation: { _ in nil }).allSatisfy { $0 == nil })
    }

    @Test("noise alone is no alarm, and falling perception under a rising reward is one")
    func noise() {
        var random = SeededGenerator(state: 5)
        let noise = (0...400).map { _ in Double.random(in: -0.02...0.02, using: &random) }
        #expect(!states(400, reward: { 0.6 + noise[$0] }, validation: { 0.5 + noise[400 - $0] }).contains(true))
        let hacked = states(
            100, reward: { 0.4 + 0.01 * Double($0) + noise[$0] }, validation: { 0.5 - 0.002 * Double($0) + noise[400 - $0] })
        #expect(hacked[19...].allSatisfy { $0 == true })
    }

    @Test("a window of 0 switches the alarm off")
    func off() {
        var alarm = SaturationAlarm(window: 0, rise: 0.05)
        for step in 0..<50 { #expect(alarm.observe(reward: Double(step), validation: 0) == nil) }
    }
}
