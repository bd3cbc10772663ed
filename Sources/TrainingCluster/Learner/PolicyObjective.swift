package import Learning
import PolicyModel
package import Trajectories

/// The GRPO-family loss of a batch: knows for each lane, micro-batch and item which samples it holds.
package struct PolicyObjective: LearningObjective {
    private let loss: PolicyLoss
    private let selection: EntropySelection
    /// `[lane][micro-batch][item][member]`, in the order of the item's continuations.
    private let samples: [[[[Sample]]]]
    /// Weight of each token of a sample in the global batch.
    private let tokenWeights: [TrajectoryID: Double]
    /// Log-probabilities of the frozen reference, where the loss has a KL term.
    private let reference: [TrajectoryID: [Float]]?
    /// The version of the weights that are being trained; samples of the same version are on-policy.
    private let version: PolicyVersion

    package init(
        loss: PolicyLoss, selection: EntropySelection, samples: [[[[Sample]]]], tokenWeights: [TrajectoryID: Double],
        reference: [TrajectoryID: [Float]]?,
        version: PolicyVersion
    ) {
        self.loss = loss
        self.selection = selection
        self.samples = samples
        self.tokenWeights = tokenWeights
        self.reference = reference
        self.version = version
    }

    package func coefficients(
        lane: Int, microBatch: Int, item: Int, logProbs: [Float], entropies: [Float], statistics: inout LaneStatistics
    ) throws -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(logProbs.count)
        for sample in samples[lane][microBatch][item] {
            let trajectory = sample.trajectory
            let range = result.count..<(result.count + trajectory.tokens.count)
            let own = Array(logProbs[range])
            if let place = own.firstIndex(where: { !$0.isFinite }) {
                throw ClusterError("the log-probability of token \(place) of \(trajectory.id) is \(own[place])")
            }
            if trajectory.version == version { statistics.agreement.add(logProbs: own, recorded: trajectory.logProbs) }
            result += try loss.gradients(
                logProbs: own, behaviourLogProbs: trajectory.logProbs, referenceLogProbs: reference?[trajectory.id],
                advantage: sample.advantage, tokenWeight: tokenWeights[trajectory.id] ?? 0,
                trained: selection.trained(Array(entropies[range])), statistics: &statistics.policy)
        }
        return result
    }
}
