import Learning
import Testing

@Suite("Policy loss")
struct PolicyLossTests {
    typealias Oracle = PolicyLossOracle

    @Test("losses, KL estimates and gradients equal torch's autograd", arguments: KLEstimator.allCases)
    func autograd(estimator: KLEstimator) throws {
        let loss = try PolicyLoss(klEstimator: estimator, klCoefficient: 0.05)
        let (kl, gradients) =
            switch estimator {
            case .k1: (Oracle.k1, Oracle.k1Gradients)
            case .k2: (Oracle.k2, Oracle.k2Gradients)
            case .k3: (Oracle.k3, Oracle.k3Gradients)
            }
        for i in Oracle.logProbs.indices {
            let token = loss.token(
                logProb: Oracle.logProbs[i], behaviourLogProb: Oracle.behaviour[i], referenceLogProb: Oracle.reference[i],
                advantage: Oracle.advantages[i])
            #expect(abs(token.policyLoss - Oracle.policyLosses[i]) <= 1e-12 * max(1, abs(Oracle.policyLosses[i])), "token \(i)")
            #expect(abs(token.kl - kl[i]) <= 1e-12 * max(1, abs(kl[i])), "token \(i)")
            #expect(abs(token.derivative - gradients[i]) <= 1e-12 * max(1, abs(gradients[i])), "token \(i)")
        }
    }

    @Test("clip fractions and the KL to the behaviour policy equal torch's")
    func statistics() throws {
        let loss = try PolicyLoss()
        var sums = LossStatistics()
        for i in Oracle.logProbs.indices {
            _ = try loss.gradients(
                logProbs: [Oracle.logProbs[i]], behaviourLogProbs: [Oracle.behaviour[i]], advantage: Oracle.advantages[i], tokenWeight: 0.5,
                statistics: &sums)
        }
        let count = Double(Oracle.logProbs.count)
        #expect(sums.clipFractionHigher == Double(Oracle.clippedHigherCount) / count)
        #expect(sums.clipFractionLower == Double(Oracle.clippedLowerCount) / count)
        #expect(abs(sums.policyKL - Oracle.policyKL) < 1e-12)
        #expect(abs(sums.policyLoss - 0.5 * Oracle.policyLosses.reduce(0, +)) < 1e-9)
        #expect(sums.loss == sums.policyLoss)
    }

    @Test("on-policy the loss is -A and the gradient -A, exactly")
    func onPolicy() throws {
        for advantage: Float in [1.25, -0.75, 0] {
            let token = try PolicyLoss().token(logProb: -1.3, behaviourLogProb: -1.3, advantage: advantage)
            #expect(token.policyLoss == Double(-advantage))
            #expect(token.derivative == Double(-advantage))
            #expect(!token.isClippedHigher && !token.isClippedLower)
        }
    }

    @Test("gradients equal central differences away from the kinks", arguments: KLEstimator.allCases)
    func finiteDifferences(estimator: KLEstimator) throws {
        let loss = try PolicyLoss(klEstimator: estimator, klCoefficient: 0.3)
        let step: Float = 1 / 1024
        for advantage: Float in [0.8, -1.1] {
            for behind in stride(from: Float(-2.0), through: 2.0, by: 0.25) where behind != 0 {
                let logProb: Float = -2
                func value(_ x: Float) -> Double {
                    let token = loss.token(logProb: x, behaviourLogProb: logProb - behind, referenceLogProb: -1.5, advantage: advantage)
                    return token.policyLoss + 0.3 * token.kl
                }
                let numeric = (value(logProb + step) - value(logProb - step)) / Double(2 * step)
                let exact = loss.token(logProb: logProb, behaviourLogProb: logProb - behind, referenceLogProb: -1.5, advantage: advantage)
                #expect(abs(numeric - exact.derivative) < 1e-4 * max(1, abs(exact.derivative)), "A \(advantage), log-ratio \(behind)")
            }
        }
    }

    @Test("a value that is not finite is never hidden by a clamp", arguments: [Float.nan, .infinity, -.infinity])
    func nonFinite(value: Float) throws {
        let loss = try PolicyLoss(klEstimator: .k3, klCoefficient: 0.1)
        for token in [
            loss.token(logProb: value, behaviourLogProb: -1, referenceLogProb: -1, advantage: 1),
            loss.token(logProb: -1, behaviourLogProb: value, referenceLogProb: -1, advantage: 1),
            loss.token(logProb: -1, behaviourLogProb: -1, referenceLogProb: value, advantage: 1),
            loss.token(logProb: -1, behaviourLogProb: -1, referenceLogProb: -1, advantage: value),
        ] {
            #expect(token.policyLoss.isNaN && token.derivative.isNaN)
        }
        #expect(GradientNorm.clipScale(norm: Double(value), maximum: 1).isNaN)
        #expect(GradientNorm.clipScale(norm: 0.5, maximum: 1) == 1 && GradientNorm.clipScale(norm: 4, maximum: nil) == 1)
    }

    @Test("aggregation weights are those of the formulas", arguments: [[3, 1, 4], [2], [5, 0, 5]])
    func weights(lengths: [Int]) {
        let losses = lengths.enumerated().map { (sequence, length) in (0..<length).map { Double(sequence * 7 + $0) / 3 } }
        func aggregate(_ kind: LossAggregation) -> Double {
            let weights = kind.tokenWeights(responseLengths: lengths)
            return zip(losses, weights).reduce(0) { $0 + $1.0.reduce(0, +) * $1.1 }
        }
        let sums = losses.map { $0.reduce(0, +) }
        let total = sums.reduce(0, +)
        #expect(abs(aggregate(.tokenMean) - total / Double(lengths.reduce(0, +))) < 1e-12)
        let means = zip(sums, lengths).filter { $0.1 > 0 }.map { $0.0 / Double($0.1) }
        #expect(abs(aggregate(.sequenceMean) - means.reduce(0, +) / Double(means.count)) < 1e-12)
        #expect(abs(aggregate(.fixedLength(maximumResponseLength: 10)) - total / Double(lengths.count * 10)) < 1e-12)
    }

    @Test("gradients of a sequence don't depend on what else is in the micro-batch")
    func cutting() throws {
        let lengths = [4, 2, 6]
        let loss = try PolicyLoss()
        let weights = LossAggregation.tokenMean.tokenWeights(responseLengths: lengths)
        var together = LossStatistics()
        var apart: [LossStatistics] = []
        for (sequence, length) in lengths.enumerated() {
            let logProbs = Array(Oracle.logProbs[..<length])
            let behaviour = Array(Oracle.behaviour[..<length])
            var alone = LossStatistics()
            let a = try loss.gradients(
                logProbs: logProbs, behaviourLogProbs: behaviour, advantage: 1, tokenWeight: weights[sequence], statistics: &together)
            let b = try loss.gradients(
                logProbs: logProbs, behaviourLogProbs: behaviour, advantage: 1, tokenWeight: weights[sequence], statistics: &alone)
            #expect(a == b)
            apart.append(alone)
        }
        var combined = LossStatistics()
        for part in apart { combined.combine(part) }
        #expect(combined == together)
    }

    @Test("inputs of different lengths and a KL term without reference are refused")
    func refusals() throws {
        var sums = LossStatistics()
        let error = #expect(throws: LearningError.self) {
            try PolicyLoss().gradients(logProbs: [0, 0], behaviourLogProbs: [0], advantage: 1, tokenWeight: 1, statistics: &sums)
        }
        #expect(error?.code == .lengthMismatch)
        #expect(throws: LearningError.self) {
            try PolicyLoss(klEstimator: .k1, klCoefficient: 1).gradients(
                logProbs: [0], behaviourLogProbs: [0], advantage: 1, tokenWeight: 1, statistics: &sums)
        }
        #expect(throws: LearningError.self) { try PolicyLoss(clipLow: 1) }
        #expect(throws: LearningError.self) { try PolicyLoss(dualClip: 1) }
    }

    @Test("agreement is exactly 0 for equal bits and above 0 for one unit in the last place, even near probability 1")
    func agreement() {
        var same = RolloutAgreement()
        same.add(logProbs: [-0.5, -1e-10, -20, 0], recorded: [-0.5, -1e-10, -20, 0])
        #expect(same.maximum == 0 && same.mean == 0 && same.tokenCount == 4)
        for value: Float in [-0.5, -1e-10, -20, -1e-30] {
            var other = RolloutAgreement()
            other.add(logProbs: [value.nextUp], recorded: [value])
            #expect(other.maximum > 0 && other.mean > 0)
        }
    }
}
