/// The size of one group of the batch, in tokens.
package struct GroupShape: Codable, Hashable, Sendable {
    /// Tokens of the prompt that the siblings share.
    package let promptTokenCount: Int
    /// Tokens behind the prompt of each sibling, in sibling order, whether they train or not.
    package let responseTokenCounts: [Int]

    package init(promptTokenCount: Int, responseTokenCounts: [Int]) {
        self.promptTokenCount = promptTokenCount
        self.responseTokenCounts = responseTokenCounts
    }
}

/// Some siblings of one group, computed together on the group's shared prompt.
package struct GroupSegment: Codable, Hashable, Sendable {
    /// The group's place in the batch, counted from 0.
    package let groupIndex: Int
    /// Which siblings, by their place in the group.
    package let members: Range<Int>
}

/// What one forward and backward pass covers.
package struct MicroBatch: Codable, Hashable, Sendable {
    /// In batch order.
    package private(set) var segments: [GroupSegment]
    /// Tokens of all segments, each shared prompt counted once a segment.
    package private(set) var tokenCount: Int

    mutating func append(_ segment: GroupSegment, tokenCount: Int) {
        segments.append(segment)
        self.tokenCount += tokenCount
    }
}

/// The cut of one batch into four lanes and of each lane into micro-batches: a function of the batch and of
/// `training.tokens_per_micro_batch` alone, never of the number of ranks.
///
/// Group i goes to lane i % 4, so that lanes stay even where groups shrink or grow along the plan. A lane sums its gradients in group
/// order; lanes meet in ``LaneReduction``'s tree. So 1, 2 and 4 learner ranks give the same bits.
package struct BatchPlan: Codable, Hashable, Sendable {
    /// Lanes of every batch.
    package static let laneCount = 4

    /// The micro-batches of each lane, in the order in which they add up. A lane may be empty.
    package let lanes: [[MicroBatch]]

    /// Cuts a batch.
    ///
    /// Groups stay whole while they fit; a group above the budget is cut by siblings, each part paying for the prompt once more. One
    /// sibling that exceeds the budget by itself is a micro-batch of its own.
    ///
    /// - Parameters:
    ///   - groups: The groups of the global batch, in id order.
    ///   - tokensPerMicroBatch: The budget of one micro-batch.
    /// - Throws: ``LearningError`` with code `invalidSetting` if the budget is not positive.
    package init(groups: [GroupShape], tokensPerMicroBatch: Int) throws(LearningError) {
        guard tokensPerMicroBatch > 0 else {
            throw LearningError(.invalidSetting, "tokens per micro-batch must be positive, not \(tokensPerMicroBatch)")
        }
        var lanes = [[MicroBatch]](repeating: [], count: Self.laneCount)
        for (groupIndex, group) in groups.enumerated() {
            let lane = Self.lane(ofGroup: groupIndex)
            for (segment, tokenCount) in Self.segments(of: group, at: groupIndex, budget: tokensPerMicroBatch) {
                if let last = lanes[lane].last, last.tokenCount + tokenCount <= tokensPerMicroBatch {
                    lanes[lane][lanes[lane].count - 1].append(segment, tokenCount: tokenCount)
                } else {
                    lanes[lane].append(MicroBatch(segments: [segment], tokenCount: tokenCount))
                }
            }
        }
        self.lanes = lanes
    }

    /// The lane of a group, by its place in the batch.
    package static func lane(ofGroup groupIndex: Int) -> Int { groupIndex % laneCount }

    private static func segments(of group: GroupShape, at groupIndex: Int, budget: Int) -> [(GroupSegment, tokenCount: Int)] {
        var result: [(GroupSegment, tokenCount: Int)] = []
        var start = 0
        var tokenCount = group.promptTokenCount
        for (member, responseCount) in group.responseTokenCounts.enumerated() {
            if member > start, tokenCount + responseCount > budget {
                result.append((GroupSegment(groupIndex: groupIndex, members: start..<member), tokenCount))
                start = member
                tokenCount = group.promptTokenCount
            }
            tokenCount += responseCount
        }
        if start < group.responseTokenCounts.count {
            result.append((GroupSegment(groupIndex: groupIndex, members: start..<group.responseTokenCounts.count), tokenCount))
        }
        return result
    }
}
