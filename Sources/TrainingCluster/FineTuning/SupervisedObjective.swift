import Glibc

/// Cross-entropy: mean over the batch's decisions plus `languageModelWeight` times the mean over its plain text.
struct SupervisedObjective: LearningObjective {
    /// For each lane, micro-batch and item: which targets are decisions.
    let isDecision: [[[[Bool]]]]
    let decisionWeight: Double
    let textWeight: Double

    init(isDecision: [[[[Bool]]]], languageModelWeight: Double) {
        self.isDecision = isDecision
        let all = isDecision.joined().joined().joined()
        let decisions = all.count(where: \.self)
        decisionWeight = decisions > 0 ? 1 / Double(decisions) : 0
        textWeight = all.count > decisions ? languageModelWeight / Double(all.count - decisions) : 0
    }

    func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float] {
        zip(isDecision[lane][microBatch][item], logProbs).map { decision, logProb in
            let weight = decision ? decisionWeight : textWeight
            statistics.supervisedLoss -= weight * Double(logProb)
            if decision {
                statistics.decisionCount += 1
                // More than half of the probability: surely the most probable token.
                if exp(Double(logProb)) > 0.5 { statistics.correctDecisionCount += 1 }
            }
            return Float(-weight)
        }
    }
}
