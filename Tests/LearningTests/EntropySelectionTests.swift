import Foundation
import Learning
import Testing

/// The loss of the tokens of highest entropy.
@Suite("Entropy selection")
struct EntropySelectionTests {
    /// What torch computed: Tests/Oracles/entropy_loss.py.
    private struct Fixture: Decodable {
        struct Response: Decodable {
            let entropies: [Float]
            let logProbs: [Float]
            let behaviour: [Float]
            let advantage: Float
            let trained: [Bool]
            let gradients: [Double]
        }
        struct Case: Decodable {
            let share: Double
            let loss: Double
            let responses: [Response]
        }
        let cases: [Case]
    }

    @Test("loss and gradients are those of torch's automatic differentiation, the denominator all tokens")
    func torch() throws {
        let file = try #require(Bundle.module.url(forResource: "Fixtures/entropy_loss", withExtension: "json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let fixture = try decoder.decode(Fixture.self, from: Data(contentsOf: file))
        let loss = try PolicyLoss(clipLow: 0.2, clipHigh: 0.3, dualClip: 3)
        #expect(fixture.cases.count == 3)
        for example in fixture.cases {
            let selection = EntropySelection(share: example.share)
            let weights = LossAggregation.tokenMean.tokenWeights(responseLengths: example.responses.map(\.entropies.count))
            var statistics = LossStatistics()
            for (response, weight) in zip(example.responses, weights) {
                let trained = selection.trained(response.entropies)
                #expect(trained == response.trained)
                let gradients = try loss.gradients(
                    logProbs: response.logProbs, behaviourLogProbs: response.behaviour, advantage: response.advantage, tokenWeight: weight,
                    trained: trained, statistics: &statistics)
                for (gradient, expected) in zip(gradients, response.gradients) { #expect(abs(Double(gradient) - expected) < 1e-6) }
                #expect(gradients.count == response.gradients.count)
            }
            #expect(abs(statistics.loss - example.loss) < 1e-6)
            // Figures about the policy are about all tokens.
            #expect(statistics.tokenCount == 24)
        }
    }

    @Test("the share is rounded up, the earlier of equal tokens trains, and the whole share trains all")
    func selection() {
        func trained(_ share: Double, _ entropies: [Float]) -> [Int]? {
            EntropySelection(share: share).trained(entropies)?.enumerated().filter(\.element).map(\.offset)
        }
        #expect(trained(0.5, [1, 3, 2]) == [1, 2] && trained(0.01, [1, 3, 2]) == [1] && trained(0.5, [2, 2, 2, 2]) == [0, 1])
        #expect(trained(1, [1, 2]) == nil && trained(0.3, []) == [])
        #expect(trained(0.5, [.nan, 1, .infinity, 0]) == [1, 2])
    }

    @Test("tokens that don't train have the gradient 0, and those that do have the one that they would have beside all")
    func others() throws {
        let loss = try PolicyLoss()
        var statistics = LossStatistics()
        let (new, old): ([Float], [Float]) = ([-0.5, -1.25, -2, -0.125], [-0.6, -1, -2.5, -0.125])
        let all = try loss.gradients(logProbs: new, behaviourLogProbs: old, advantage: 0.75, tokenWeight: 0.25, statistics: &statistics)
        let some = try loss.gradients(
            logProbs: new, behaviourLogProbs: old, advantage: 0.75, tokenWeight: 0.25, trained: [true, false, false, true],
            statistics: &statistics)
        #expect(some == [all[0], 0, 0, all[3]])
        #expect(throws: LearningError.self) {
            try loss.gradients(
                logProbs: new, behaviourLogProbs: old, advantage: 1, tokenWeight: 1, trained: [true], statistics: &statistics)
        }
    }
}
