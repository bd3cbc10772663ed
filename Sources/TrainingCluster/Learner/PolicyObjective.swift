package import Learning
import PolicyModel
package import Trajectories

/// The GRPO-family loss of a batch: knows for each lane, micro-batch and item which samples it holds.
package struct PolicyObjective: LearningObjective {
    private let loss: PolicyLoss
    private let selection: EntropySelection
    /// `[lane][micro-batch][item][member]`, in the order of the item's continuations.
    private let samples: [[[[LearningSample]]]]
    /// Log-probabilities of the frozen reference, where the loss has a KL term.
    private let reference: [TrajectoryID: [Float]]?
    /// The version of the weights that are being trained; samples of the same version are on-policy.
    private let version: PolicyVersion

    package init(
        loss: PolicyLoss, selection: EntropySelection, samples: [[[[LearningSample]]]], reference: [TrajectoryID: [Float]]?,
        version: PolicyVersion
    ) {
        self.loss = loss
        self.selection = selection
        self.samples = samples
        self.reference = reference
        self.version = version
    }

    package func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(logProbs.count)
        for sample in samples[lane][microBatch][item] {
            let range = result.count..<(result.count + sample.logProbs.count)
            let own = Array(logProbs[range])
            if let place = own.firstIndex(where: { !$0.isFinite }) {
                throw ClusterError("the log-probability of token \(place) of \(sample.id) is \(own[place])")
            }
            if sample.version == version { statistics.agreement.add(logProbs: own, recorded: sample.logProbs) }
            result += try loss.gradients(
                logProbs: own, behaviourLogProbs: sample.logProbs, referenceLogProbs: reference?[sample.id], advantage: sample.advantage,
                tokenWeight: sample.tokenWeight, factors: sample.tokenFactors, trained: selection.trained(Array(entropies[range])),
                statistics: &statistics.policy)
        }
        return result
    }
}
