import Rewards
import TestSupport
import Testing

@Suite("Advantages")
struct AdvantageTests {
    private func values(_ rule: (some AdvantageRule).Type, _ rewards: [Float], epsilon: Double = 1e-6) -> [Float] {
        AdvantageKind(rule).advantages(of: [rewards], epsilon: epsilon)[0]
    }

    @Test("each kind equals its formula worked by hand")
    func formulas() {
        let rewards: [Float] = [1, 0, 0.5, 0.5]
        // mean 0.5; squares 0.25 + 0.25; std = sqrt(0.5 / 3) = 0.408248...
        let deviation = (0.5 / 3.0).squareRoot() + 1e-6
        #expect(values(GRPOAdvantage.self, rewards) == [Float(0.5 / deviation), Float(-0.5 / deviation), 0, 0])
        #expect(values(DrGRPOAdvantage.self, rewards) == [0.5, -0.5, 0, 0])
        #expect(values(RLOOAdvantage.self, rewards) == [Float(1 - 1.0 / 3), Float(0 - 2.0 / 3), 0, 0])
    }

    @Test("REINFORCE++ with baseline subtracts the group's mean and whitens over the batch, worked by hand")
    func whitened() {
        let kind = AdvantageKind(ReinforcePPBaselineAdvantage.self)
        // Centred: 0.5, -0.5 | 0.1, -0.1, 0 | 0. Squares add up to 0.52, six values: std = sqrt(0.52 / 5).
        let deviation = (0.52 / 5.0).squareRoot() + 1e-6
        let found = kind.advantages(of: [[1, 0], [0.6, 0.4, 0.5], [2]])
        for (group, expected) in zip(found, [[0.5, -0.5], [0.1, -0.1, 0], [0]]) {
            for (value, centred) in zip(group, expected) { #expect(abs(Double(value) - centred / deviation) < 1e-6) }
        }
        #expect(kind.advantages(of: [[1, 1], [0.3, 0.3, 0.3]]) == [[0, 0], [0, 0, 0]])
        #expect(kind.advantages(of: [[1, 0], [0.5]]) == kind.advantages(of: [[3, 2], [7]]))
    }

    @Test("GRPO's epsilon stands beside the standard deviation, and nowhere else")
    func epsilon() {
        let rewards: [Float] = [1, 0, 0.5, 0.5]
        let deviation = (0.5 / 3.0).squareRoot()
        #expect(values(GRPOAdvantage.self, rewards, epsilon: 0.25)[0] == Float(0.5 / (deviation + 0.25)))
        for kind in AdvantageKind.allCases where kind != AdvantageKind(GRPOAdvantage.self) {
            #expect(kind.advantages(of: [rewards], epsilon: 0.25) == kind.advantages(of: [rewards]))
        }
    }

    @Test("a group of equal rewards yields exact zeros, alone and beside others that differ", arguments: AdvantageKind.allCases)
    func zeroVariance(kind: AdvantageKind) {
        // 0.1 five times has a mean that rounds away from 0.1.
        let equal = [Float](repeating: 0.1, count: 5)
        #expect(kind.advantages(of: [equal]) == [[0, 0, 0, 0, 0]])
        #expect(kind.advantages(of: [[3]]) == [[0]] && kind.advantages(of: []) == [])
        #expect(kind.advantages(of: [[3, 3, 3.0000002]])[0].contains { $0 != 0 })
        let beside = kind.advantages(of: [equal, [1, 0], [2]])
        #expect(beside.map(\.count) == [5, 2, 1] && beside[0].allSatisfy { abs($0) < 1e-12 } && abs(beside[2][0]) < 1e-12)
    }

    @Test("advantages add up to about zero, in each group", arguments: AdvantageKind.allCases)
    func centred(kind: AdvantageKind) {
        let rewards = (0..<8).map { Float(($0 * 37) % 11) / 10 }
        for group in kind.advantages(of: [rewards, Array(rewards.prefix(5)), [0, 1, 1]]) {
            #expect(abs(group.reduce(0.0) { $0 + Double($1) }) < 1e-5)
        }
    }

    @Test("every rule has a name of its own; a word that names none is no kind")
    func names() {
        let names = AdvantageKind.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count && AdvantageKind(rawValue: "gae") == nil)
        for name in names { #expect(AdvantageKind(rawValue: name)?.rawValue == name) }
    }
}
