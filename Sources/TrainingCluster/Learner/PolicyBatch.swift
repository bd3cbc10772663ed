import Configuration
import Learning
import LinearAlgebra
package import PolicyModel
package import Trajectories

/// A step's samples cut into lanes and micro-batches, with what the model reads: a function of the samples alone.
package struct PolicyBatch: Sendable {
    /// `[lane][micro-batch][item]`.
    package let items: [[[LearningItem]]]
    /// `[lane][micro-batch][item][member]`.
    package let samples: [[[[Sample]]]]

    /// - Parameters:
    ///   - samples: in id order, siblings side by side.
    ///   - inputs: gives prompts and images; a prompt that differs from the recorded one is an error.
    ///   - fetched: the pictures of groups that were had from the controller.
    /// - Throws: ``LostPicture`` if a picture can't be read here.
    package init(_ samples: [Sample], inputs: RunInputs, fetched: [GroupID: [RGBImage]] = [:]) throws {
        var groups: [[Sample]] = []
        for sample in samples {
            if groups.last?.first?.trajectory.id.group == sample.trajectory.id.group {
                groups[groups.count - 1].append(sample)
            } else {
                groups.append([sample])
            }
        }
        let plan = try BatchPlan(
            groups: groups.map {
                GroupShape(promptTokenCount: $0[0].trajectory.promptTokens.count, responseTokenCounts: $0.map(\.trajectory.tokens.count))
            }, tokensPerMicroBatch: inputs.configuration.training.tokensPerMicroBatch)
        let prompts = try groups.map { group -> PolicyPrompt in
            let trajectory = group[0].trajectory
            let prompt = try inputs.prompt(trajectory.id.group, index: trajectory.problemIndex, fetched: fetched)
            guard prompt.tokens == trajectory.promptTokens else {
                throw ClusterError(
                    "\(trajectory.id): this rank encodes problem \(trajectory.problem.rawValue) differently; is its data the same?")
            }
            return prompt
        }
        self.samples = plan.lanes.map { $0.map { $0.segments.map { Array(groups[$0.groupIndex][$0.members]) } } }
        items = plan.lanes.map {
            $0.map {
                $0.segments.map { segment in
                    let prompt = prompts[segment.groupIndex]
                    return LearningItem(
                        prompt: prompt.tokens, images: prompt.images,
                        responses: groups[segment.groupIndex][segment.members].map(\.trajectory.tokens))
                }
            }
        }
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
                    let count = sample.trajectory.tokens.count
                    result[sample.trajectory.id] = found[next..<(next + count)].map(\.logProb)
                    next += count
                }
            }
        }
        return result
    }
}
