import Synchronization
import Telemetry
import Testing

/// Collects what a sink is given.
final class Collected: Sendable {
    private let pieces = Mutex<[String]>([])
    var all: [String] { pieces.withLock { $0 } }
    func add(_ piece: String) { pieces.withLock { $0.append(piece) } }
}

@Suite("Progress and log lines")
struct ProgressTests {
    @Test("rates are means over the window, and time left follows them")
    func estimate() {
        var estimate = ProgressEstimate(totalSteps: 10, window: 2)
        #expect(estimate.remaining == nil)
        estimate.finish(step: 1, elapsed: .seconds(10), tokens: 1000)
        #expect(estimate.tokensPerSecond == 100)
        #expect(estimate.remaining == .seconds(90))
        estimate.finish(step: 2, elapsed: .seconds(12), tokens: 1000)
        estimate.finish(step: 3, elapsed: .seconds(14), tokens: 600)
        #expect(estimate.secondsPerStep == 2)
        #expect(estimate.tokensPerSecond == 400)
        #expect(estimate.remaining == .seconds(14))
    }

    @Test("a resumed run counts only its own steps; clocks that stand still change nothing")
    func resumed() {
        var estimate = ProgressEstimate(totalSteps: 100, firstStep: 50)
        estimate.finish(step: 51, elapsed: .seconds(3), tokens: 30)
        estimate.finish(step: 52, elapsed: .seconds(3), tokens: 30)
        estimate.finish(step: 51, elapsed: .seconds(4), tokens: 30)
        #expect(estimate.secondsPerStep == 3)
        #expect(estimate.remaining == .seconds(147))
    }

    @Test(
        "durations read as people say them",
        arguments: [
            (0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (3599.7, "1 h 00 min"), (7620, "2 h 07 min"),
            (-5, "0 s"),
        ])
    func durations(seconds: Double, text: String) {
        #expect(ProgressEstimate.text(.seconds(seconds)) == text)
    }

    private func record() -> MetricRecord {
        var record = MetricRecord(step: 1)
        record.set(.rewardOverall, 1.3141)
        record.set(.reward("accuracy"), 0.78125)
        record.set(.reward("repetition"), -0.0104)
        record.set(.tokenCount, 4210)
        return record
    }

    @Test("without a terminal each step is one plain line")
    func plain() {
        let out = Collected()
        let console = Console(isTerminal: false, columns: { 20 }, sink: { out.add($0) })
        let progress = ProgressLine(totalSteps: 40, console: console)
        progress.update(record(), elapsed: .seconds(2))
        console.write("warning\n")
        progress.finish()
        #expect(
            out.all == [
                "step  1/40  reward 1.314  acc 0.781 rep -0.010  2105 tok/s  1 min 18 s left\n", "warning\n",
            ])
    }

    @Test("on a terminal one line is redrawn within its width, log lines pass above it, and what comes after it stands below")
    func terminal() {
        let out = Collected()
        let console = Console(isTerminal: true, columns: { 20 }, sink: { out.add($0) })
        let log = Log(sink: { console.write(String($0.dropFirst(13))) })
        log.info("before")
        let progress = ProgressLine(totalSteps: 40, console: console)
        progress.update(record(), elapsed: .seconds(2))
        log.warning("odd", ["step": 1])
        progress.finish()
        log.info("after")
        let line = "step  1/40  reward "
        #expect(
            out.all == [
                "info    before\n", "\r\u{1B}[2K\(line)", "\r\u{1B}[2Kwarning odd step=1\n\(line)", "\n", "info    after\n",
            ])
    }

    @Test("log lines carry level, message, bound pairs and the call's, in that order")
    func log() throws {
        let out = Collected()
        let log = Log(level: .info, sink: { out.add($0) }).binding(["rank": 2, "role": "rollout"])
        log.debug("not shown")
        log.info("policy installed", ["policy.version": 3])
        let line = try #require(out.all.first)
        #expect(out.all.count == 1)
        #expect(line.dropFirst(12) == " info    policy installed rank=2 role=rollout policy.version=3\n")
    }

    @Test("no value can start a line or a pair of its own")
    func logEscapes() throws {
        let out = Collected()
        Log(sink: { out.add($0) }).error("odd response", ["text": "a\nb rank=0 \"x\" \u{1B}[31m", "c1": "\u{9B}2J\u{202E}é", "empty": ""])
        let line = try #require(out.all.first)
        #expect(line.hasSuffix(#"text="a\nb rank=0 \"x\" \u001b[31m" c1="\u{9b}2J\u{202e}é" empty="""# + "\n"))
        #expect(line.filter(\.isNewline).count == 1)
    }
}
