import Learning
import Testing

@Suite("Weights of single tokens")
struct TokenFactorTests {
    private static let logProbs: [Float] = [-0.5, -1.25, -2, -0.125]
    private static let recorded: [Float] = [-0.75, -1, -2.125, -0.25]

    private func gradients(_ factors: [Float]?, trained: [Bool]? = nil) throws -> (gradients: [Float], statistics: LossStatistics) {
        var statistics = LossStatistics()
        let gradients = try PolicyLoss().gradients(
            logProbs: Self.logProbs, behaviourLogProbs: Self.recorded, advantage: 0.75, tokenWeight: 1 / 7.0, factors: factors,
            trained: trained, statistics: &statistics)
        return (gradients, statistics)
    }

    @Test("factors of 1 give the bits of no factors")
    func ones() throws {
        let (plain, one) = (try gradients(nil), try gradients([1, 1, 1, 1]))
        #expect(plain.gradients.map(\.bitPattern) == one.gradients.map(\.bitPattern) && plain.statistics == one.statistics)
    }

    @Test("a factor multiplies its token's share of loss and gradient, and no other's")
    func factors() throws {
        let loss = try PolicyLoss()
        let factors: [Float] = [2, 0, 0.5, -1]
        let found = try gradients(factors)
        var sum = 0.0
        for index in factors.indices {
            let token = loss.token(logProb: Self.logProbs[index], behaviourLogProb: Self.recorded[index], advantage: 0.75)
            let weight = Double(factors[index]) / 7
            #expect(abs(Double(found.gradients[index]) - weight * token.derivative) < 1e-7)
            sum += weight * token.policyLoss
        }
        #expect(abs(found.statistics.loss - sum) < 1e-12 && found.statistics.tokenCount == 4)
        #expect(try gradients(factors, trained: [false, true, true, false]).gradients.map { $0 != 0 } == [false, false, true, false])
    }

    @Test("another number of factors than of tokens is refused")
    func count() throws {
        #expect(throws: LearningError.self) { try gradients([1, 1, 1]) }
    }
}
