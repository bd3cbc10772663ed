/// How the four lanes of a batch meet, whatever the number of learner ranks: `(lane 0 + lane 1) + (lane 2 + lane 3)`.
package enum LaneReduction {
    /// One addition of the tree: `target += source`.
    package struct Merge: Codable, Hashable, Sendable {
        /// The lane whose buffer holds the sum afterwards.
        package let target: Int
        /// The lane whose buffer is free afterwards.
        package let source: Int
    }

    /// All additions, in order. The sum stands in lane 0.
    package static let merges = [Merge(target: 0, source: 1), Merge(target: 2, source: 3), Merge(target: 0, source: 2)]

    /// The additions that become possible once `lane` is complete, where lanes are computed in order: at most three buffers are in use.
    package static func merges(afterLane lane: Int) -> [Merge] {
        switch lane {
        case 1: [merges[0]]
        case 3: [merges[1], merges[2]]
        default: []
        }
    }

    /// Whether the lanes can be dealt to this many learner ranks: 1, 2 or 4.
    package static func supports(rankCount: Int) -> Bool { rankCount == 1 || rankCount == 2 || rankCount == 4 }

    /// The lanes that a learner rank computes.
    /// - Precondition: `rankCount` is 1, 2 or 4 and `rank` is in `0 ..< rankCount`.
    package static func lanes(ofRank rank: Int, rankCount: Int) -> Range<Int> {
        precondition(supports(rankCount: rankCount) && rank >= 0 && rank < rankCount, "rank \(rank) of \(rankCount) can't own lanes of 4")
        let share = BatchPlan.laneCount / rankCount
        return (rank * share)..<((rank + 1) * share)
    }

    /// The learner rank that computes a lane.
    /// - Precondition: `rankCount` is 1, 2 or 4 and `lane` is in `0 ..< 4`.
    package static func rank(ofLane lane: Int, rankCount: Int) -> Int {
        precondition(supports(rankCount: rankCount) && lane >= 0 && lane < BatchPlan.laneCount, "no lane \(lane) on \(rankCount) ranks")
        return lane * rankCount / BatchPlan.laneCount
    }

    /// `target[i] += source[i]`: one addition of the tree on flat buffers.
    package static func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
        for index in 0..<count { target[index] += source[index] }
    }

    /// The tree on values.
    /// - Precondition: Four values, one a lane.
    package static func combine<Value>(_ lanes: [Value], with sum: (Value, Value) -> Value) -> Value {
        precondition(lanes.count == BatchPlan.laneCount, "\(lanes.count) values for 4 lanes")
        return sum(sum(lanes[0], lanes[1]), sum(lanes[2], lanes[3]))
    }
}
