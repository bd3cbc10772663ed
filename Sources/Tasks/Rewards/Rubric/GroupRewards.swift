package import Trajectories

/// Why a trajectory does not train. Always counted.
package enum DropReason: String, CaseIterable, Codable, Sendable {
    /// A part of its reward stayed unknown, such as a verdict: it leaves its group, without a reward.
    case judgeFailed = "judge_failed"
    /// Its siblings left, and fewer than `judge.minimum_members` remain: the group is dropped.
    case groupTooSmall = "group_too_small"
    /// A picture of its problem can't be read: the group is dropped before anything is sampled.
    case unreadableImage = "unreadable_image"
}

/// How many trajectories were dropped, by reason.
package struct DropCounts: Hashable, Codable, Sendable {
    /// Trajectories with an unknown part of their reward.
    package private(set) var judgeFailed = 0
    /// Judged trajectories of groups that had become too small.
    package private(set) var groupTooSmall = 0
    /// Trajectories that were never sampled, because a picture could not be read.
    package private(set) var unreadableImage = 0

    package init() {}

    /// The count of one reason.
    package subscript(reason: DropReason) -> Int {
        switch reason {
        case .judgeFailed: judgeFailed
        case .groupTooSmall: groupTooSmall
        case .unreadableImage: unreadableImage
        }
    }

    /// Counts `count` more trajectories.
    package mutating func add(_ reason: DropReason, _ count: Int = 1) {
        switch reason {
        case .judgeFailed: judgeFailed += count
        case .groupTooSmall: groupTooSmall += count
        case .unreadableImage: unreadableImage += count
        }
    }

    /// Adds the counts of another batch.
    package mutating func add(_ other: DropCounts) {
        for reason in DropReason.allCases { add(reason, other[reason]) }
    }
}

/// One sibling as its judge leaves it.
package struct JudgedMember: Hashable, Sendable {
    /// Which sibling.
    package let id: TrajectoryID
    /// The parts of its reward that need no judge.
    package let sampled: RewardVector
    /// One for each annotation of the problem, in their order.
    package let verdicts: [Verdict]
    /// What the parts of a user's own say, by name.
    package let ownValues: [String: RewardValue]

    /// A sibling with its verdicts, and with what the parts of a user's own say.
    package init(id: TrajectoryID, sampled: RewardVector, verdicts: [Verdict], ownValues: [String: RewardValue] = [:]) {
        self.id = id
        self.sampled = sampled
        self.verdicts = verdicts
        self.ownValues = ownValues
    }
}

/// The rewards of one group.
///
/// A member with an unknown part is no member: it adds nothing to the statistics and gets no gradient, so rewards [1, 3, 2, unknown] train as
/// [1, 3, 2] do. A failure never looks like a 0.
package struct GroupRewards: Hashable, Sendable {
    /// A member that trains.
    package struct Member: Hashable, Sendable {
        /// Which sibling.
        package let id: TrajectoryID
        /// What each part says, before weights.
        package let values: RewardVector
        /// What it earned.
        package let reward: RewardComposition
    }

    /// The members that train, by id; none if the group was dropped.
    package let members: [Member]
    /// The members that do not, by id, each with its reason.
    package let dropped: [TrajectoryID: DropReason]

    /// - Parameters:
    ///   - judged: All members, in any order.
    ///   - annotationCount: How many annotations the problem has.
    ///   - rubric: The parts of the reward, and their weights.
    ///   - minimumMembers: `judge.minimum_members`.
    package init(judged: [JudgedMember], annotationCount: Int, rubric: Rubric, minimumMembers: Int) {
        var members: [Member] = []
        var dropped: [TrajectoryID: DropReason] = [:]
        for member in judged.sorted(by: { $0.id < $1.id }) {
            let values = rubric.judged(
                member.sampled, verdicts: member.verdicts, annotationCount: annotationCount, ownValues: member.ownValues)
            if let reward = rubric.composition(values) {
                members.append(Member(id: member.id, values: values, reward: reward))
            } else {
                dropped[member.id] = .judgeFailed
            }
        }
        if members.count < minimumMembers {
            for member in members { dropped[member.id] = .groupTooSmall }
            members = []
        }
        self.members = members
        self.dropped = dropped
    }

    /// Whether the group trains.
    package var isUsable: Bool { !members.isEmpty }

    /// The rewards that train, in the order of the members.
    package var rewards: [Float] { members.map(\.reward.overall) }

    /// The drops of this group, by reason.
    package var dropCounts: DropCounts {
        var counts = DropCounts()
        for reason in dropped.values { counts.add(reason) }
        return counts
    }
}
