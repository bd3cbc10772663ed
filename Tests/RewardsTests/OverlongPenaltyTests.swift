import Trajectories
import ConfigurationReading
import Rewards
import Testing
import Trajectories

/// DAPO's soft punishment of long responses.
@Suite("Overlong penalty")
struct OverlongPenaltyTests {
    private func value(_ tokens: Int, limit: Int = 20, buffer: Int = 4) -> RewardValue {
        var part = OverlongPenalty()
        part.bufferTokens = buffer
        return part.value(of: RewardSubject(response: "", tokenCount: tokens, maximumTokens: limit, question: "", answer: ""))
    }

    @Test("0 up to the buffer, then down in equal steps to -1 at the limit")
    func formula() {
        // ((20 - 4) - n) / 4, arXiv 2503.14476, equation 13.
        #expect([0, 1, 15, 16, 17, 18, 19, 20].map { value($0) } == [0, 0, 0, 0, -0.25, -0.5, -0.75, -1].map { RewardValue.known($0) })
        #expect(value(20, buffer: 20) == .known(-1) && value(0, buffer: 20) == .known(0) && value(5, buffer: 20) == .known(-0.25))
        // Never the bits of -0, which would be another digest.
        if case .known(let nothing) = value(3) { #expect(nothing.bitPattern == 0) }
    }

    @Test("it counts where it has a weight, behind the parts of every run; without one nothing of it is looked at")
    func weight() throws {
        var reward = RewardConfiguration()
        let subject = RewardSubject(response: "", tokenCount: 96, maximumTokens: 128, question: "", answer: "7")
        #expect(Rubric(reward).sampled(subject).entries.map(\.name) == ["accuracy", "format", "repetition"])
        reward.weights[OverlongPenalty.self] = 2
        let rubric = Rubric(reward)
        let values = rubric.judged(rubric.sampled(subject), verdicts: [], annotationCount: 0)
        #expect(values.entries.map(\.name) == ["accuracy", "format", "visual", "repetition", "overlong"])
        #expect(values[OverlongPenalty.self] == .known(-0.5) && rubric.knownComposition(values).overall == -1)
    }
}
