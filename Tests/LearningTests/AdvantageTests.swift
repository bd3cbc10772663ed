import Learning
import Testing

@Suite("Advantages")
struct AdvantageTests {
    @Test("each kind equals its formula worked by hand")
    func formulas() throws {
        let rewards: [Float] = [1, 0, 0.5, 0.5]
        // mean 0.5; squares 0.25 + 0.25; std = sqrt(0.5 / 3) = 0.408248...
        let deviation = (0.5 / 3.0).squareRoot() + 1e-6
        #expect(try AdvantageKind.grpo.advantages(of: rewards).values == [Float(0.5 / deviation), Float(-0.5 / deviation), 0, 0])
        #expect(try AdvantageKind.drGRPO.advantages(of: rewards).values == [0.5, -0.5, 0, 0])
        #expect(try AdvantageKind.rloo.advantages(of: rewards).values == [Float(1 - 1.0 / 3), Float(0 - 2.0 / 3), 0, 0])
    }

    @Test("GRPO's epsilon stands beside the standard deviation, and nowhere else")
    func epsilon() throws {
        let rewards: [Float] = [1, 0, 0.5, 0.5]
        let deviation = (0.5 / 3.0).squareRoot()
        #expect(try AdvantageKind.grpo.advantages(of: rewards, epsilon: 0.25).values[0] == Float(0.5 / (deviation + 0.25)))
        for kind in [AdvantageKind.drGRPO, .rloo] {
            #expect(try kind.advantages(of: rewards, epsilon: 0.25) == kind.advantages(of: rewards))
        }
    }

    @Test("a group of equal rewards yields exact zeros and is told apart", arguments: AdvantageKind.allCases)
    func zeroVariance(kind: AdvantageKind) throws {
        // 0.1 five times has a mean that rounds away from 0.1.
        let group = try kind.advantages(of: [Float](repeating: 0.1, count: 5))
        #expect(group.values == [0, 0, 0, 0, 0])
        #expect(group.isZeroVariance)
        #expect(try kind.advantages(of: [3]).values == [0])
        #expect(try !kind.advantages(of: [3, 3, 3.0000002]).isZeroVariance)
    }

    @Test("advantages add up to about zero", arguments: AdvantageKind.allCases)
    func centred(kind: AdvantageKind) throws {
        let rewards = (0..<8).map { Float(($0 * 37) % 11) / 10 }
        let sum = try kind.advantages(of: rewards).values.reduce(0.0) { $0 + Double($1) }
        #expect(abs(sum) < 1e-6)
    }

    @Test("empty groups and rewards that are not finite are refused with their place")
    func refusals() {
        #expect(throws: LearningError.self) { try AdvantageKind.grpo.advantages(of: []) }
        let error = #expect(throws: LearningError.self) { try AdvantageKind.rloo.advantages(of: [1, .nan, 0]) }
        #expect(error?.code == .nonFiniteReward)
        #expect(error?.message.contains("sibling 1") == true)
    }
}
