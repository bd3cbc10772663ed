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

    /// The additions that become possible once `lane` is complete, where lanes are computed in order.
    package static func merges(afterLane lane: Int) -> [Merge] {
        switch lane {
        case 1: [merges[0]]
        case 3: [merges[1], merges[2]]
        default: []
        }
    }

    /// Which rank computes lanes 0, 1, 2 and 3, by the number of ranks. Each rank has neighbours only, so that what it can add is a part of
    /// the tree: with three ranks (0 + 1) on the first, while 2 and 3 meet between the other two.
    private static let owners = [1: [0, 0, 0, 0], 2: [0, 0, 1, 1], 3: [0, 0, 1, 2], 4: [0, 1, 2, 3]]

    /// Whether the lanes can be dealt to this many learner ranks: 1 to 4.
    package static func supports(rankCount: Int) -> Bool { owners[rankCount] != nil }

    /// The lanes that a learner rank computes.
    /// - Precondition: `rankCount` is 1, 2, 3 or 4 and `rank` is in `0 ..< rankCount`.
    package static func lanes(ofRank rank: Int, rankCount: Int) -> Range<Int> {
        guard let owners = owners[rankCount], let first = owners.firstIndex(of: rank), let last = owners.lastIndex(of: rank) else {
            preconditionFailure("rank \(rank) of \(rankCount) can't own lanes of 4")
        }
        return first..<(last + 1)
    }

    /// The learner rank that computes a lane.
    /// - Precondition: `rankCount` is 1, 2, 3 or 4 and `lane` is in `0 ..< 4`.
    package static func rank(ofLane lane: Int, rankCount: Int) -> Int {
        guard let owners = owners[rankCount], owners.indices.contains(lane) else {
            preconditionFailure("no lane \(lane) on \(rankCount) ranks")
        }
        return owners[lane]
    }

    /// The additions of the tree whose two sides stand on different ranks, in order, by ranks: `target` and `source` are no lanes here.
    /// - Precondition: `rankCount` is 1, 2, 3 or 4.
    package static func mergesBetweenRanks(rankCount: Int) -> [Merge] {
        merges.map {
            Merge(target: rank(ofLane: $0.target, rankCount: rankCount), source: rank(ofLane: $0.source, rankCount: rankCount))
        }.filter { $0.target != $0.source }
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
