import Glibc

/// Cross-entropy: for each kind of target the mean over the batch, times the kind's weight.
struct SupervisedObjective: LearningObjective {
    /// For each lane, micro-batch and item: what its targets are for.
    private let kinds: [[[[TargetKind]]]]
    /// Weight of one target, by kind.
    private let weights: [Double]

    init(kinds: [[[[TargetKind]]]], weight: (TargetKind) -> Double) {
        self.kinds = kinds
        let all = kinds.joined().joined().joined()
        weights = TargetKind.allCases.map { kind in
            let count = all.count { $0 == kind }
            return count > 0 ? weight(kind) / Double(count) : 0
        }
    }

    func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float] {
        zip(kinds[lane][microBatch][item], logProbs).map { kind, logProb in
            let weight = weights[kind.rawValue]
            statistics.supervisedLoss -= weight * Double(logProb)
            // More than half of the probability: surely the most probable token.
            let isCorrect = exp(Double(logProb)) > 0.5
            switch kind {
            case .decision: statistics.decisions.add(isCorrect)
            case .lookUp: statistics.lookUps.add(isCorrect)
            case .text: break
            }
            return Float(-weight)
        }
    }
}
