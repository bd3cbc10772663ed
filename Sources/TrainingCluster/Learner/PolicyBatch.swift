import Learning
import LinearAlgebra
package import PolicyModel
package import Trajectories

/// A rank's samples cut into lanes and micro-batches, with what the model reads. The cut is a function of the whole batch's shape; lanes of other ranks
/// are empty here.
package struct PolicyBatch: Sendable {
    /// `[lane][micro-batch][item]`.
    package let items: [[[LearningItem]]]
    /// `[lane][micro-batch][item][member]`.
    package let samples: [[[[LearningSample]]]]

    /// - Parameters:
    ///   - tokensPerMicroBatch: `training.tokens_per_micro_batch`.
    ///   - configuration: of the policy, which tells whether prompts and pictures fit.
    ///   - visuals: reads the pictures of a group.
    /// - Throws: ``ClusterError`` if this rank's pictures are not those of a prompt; what `visuals` throws.
    package init(
        _ batch: LearningBatch, tokensPerMicroBatch: Int, configuration: ModelConfiguration,
        visuals: (PictureKey) throws -> [VisualInput]
    ) throws {
        let plan = try BatchPlan(groups: batch.shapes, tokensPerMicroBatch: tokensPerMicroBatch)
        var pictures: [Int: [VisualInput]] = [:]
        for group in batch.groups {
            let found = try visuals(group.pictures)
            do {
                _ = try PromptPositions(group.prompt, images: found, configuration: configuration)
            } catch let error as PolicyModelError {
                throw ClusterError(
                    "\(group.pictures.group): the prompt of problem \(group.pictures.problemIndex) has other pictures than this rank reads: "
                        + "\(error); is its data the same?")
            }
            pictures[group.place] = found
        }
        let groups = Dictionary(uniqueKeysWithValues: batch.groups.map { ($0.place, $0) })
        let lanes = Set(batch.groups.map { BatchPlan.lane(ofGroup: $0.place) })
        let own = try plan.lanes.enumerated().map { lane, microBatches in
            try (lanes.contains(lane) ? microBatches : []).map { microBatch in
                try microBatch.segments.map { segment -> (item: LearningItem, samples: [LearningSample]) in
                    guard let group = groups[segment.groupIndex] else {
                        throw ClusterError("group \(segment.groupIndex) of the batch is missing in lane \(lane)")
                    }
                    let samples = group.samples[segment.members]
                    let item = LearningItem(prompt: group.prompt, images: pictures[group.place] ?? [], samples: samples)
                    return (item, Array(samples))
                }
            }
        }
        items = own.map { $0.map { $0.map(\.item) } }
        samples = own.map { $0.map { $0.map(\.samples) } }
    }

    /// Log-probabilities of a frozen model for the samples of some lanes.
    package func logProbs(
        _ weights: PolicyWeights, lanes: Range<Int>, distribution: TokenDistribution
    ) throws -> [TrajectoryID: [Float]] {
        var result: [TrajectoryID: [Float]] = [:]
        let arena = Arena()
        for lane in lanes {
            for (items, samples) in zip(items[lane], samples[lane]) {
                let batch = try PackedBatch(items.map(\.family), configuration: weights.configuration)
                let found = ForwardPass(weights: weights, batch: batch, arena: arena, purpose: .inference).logProbs(
                    batch.rows(items), distribution)
                var next = 0
                for sample in samples.joined() {
                    let count = sample.logProbs.count
                    result[sample.id] = found[next..<(next + count)].map(\.logProb)
                    next += count
                }
            }
        }
        return result
    }
}
