package import Learning
package import Trajectories

/// A step's batch as one learner rank gets it: the shape of the whole, which decides the cut, and the groups of its own lanes.
package struct LearningBatch: Hashable, Codable, Sendable {
    /// Of every group of the batch, in id order.
    package let shapes: [GroupShape]
    /// The groups of the rank's lanes, in the same order.
    package let groups: [LearningGroup]

    package init(shapes: [GroupShape], groups: [LearningGroup]) {
        self.shapes = shapes
        self.groups = groups
    }

    /// Whether there is nothing to train on, here or elsewhere.
    package var isEmpty: Bool { shapes.isEmpty }

    /// What each learner rank is sent.
    ///
    /// - Parameters:
    ///   - samples: The whole batch in id order, siblings side by side.
    ///   - aggregation: Gives each sample the weight of its tokens, which depends on all of them.
    ///   - rankCount: 1, 2, 3 or 4.
    package static func byRank(_ samples: [Sample], aggregation: LossAggregation, rankCount: Int) -> [Self] {
        let weights = aggregation.tokenWeights(responseLengths: samples.map(\.trajectory.tokens.count))
        var groups: [[(sample: Sample, weight: Double)]] = []
        for entry in zip(samples, weights) {
            if groups.last?.first?.sample.trajectory.id.group == entry.0.trajectory.id.group {
                groups[groups.count - 1].append(entry)
            } else {
                groups.append([entry])
            }
        }
        let all = groups.enumerated().map { place, group in
            let first = group[0].sample.trajectory
            return LearningGroup(
                place: place, pictures: PictureKey(group: first.id.group, problemIndex: first.problemIndex), prompt: first.promptTokens,
                samples: group.map { sample, weight in
                    LearningSample(
                        id: sample.trajectory.id, version: sample.trajectory.version, spans: sample.trajectory.response,
                        advantage: sample.advantage, tokenWeight: weight)
                })
        }
        let shapes = all.map { GroupShape(promptTokenCount: $0.prompt.count, responseTokenCounts: $0.samples.map(\.tokens.count)) }
        return (0..<rankCount).map { rank in
            let lanes = LaneReduction.lanes(ofRank: rank, rankCount: rankCount)
            return LearningBatch(shapes: shapes, groups: all.filter { lanes.contains(BatchPlan.lane(ofGroup: $0.place)) })
        }
    }
}
