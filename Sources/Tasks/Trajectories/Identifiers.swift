/// The number of a set of published policy weights: 0 for the starting weights, +1 for each optimizer step.
package struct PolicyVersion: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package init(_ value: Int) { rawValue = value }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// The number of an optimizer step, counted from 1.
package struct StepIndex: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package init(_ value: Int) { rawValue = value }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A problem's name, unique within its data set and stable between runs.
package struct ProblemID: RawRepresentable, Hashable, Comparable, Codable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ value: String) { rawValue = value }
    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What a group of trajectories is sampled for. Part of the key of its random numbers, so that validation never disturbs training.
package enum Purpose: UInt8, Codable, Sendable, CaseIterable {
    case train = 0
    case validation = 1
    case evaluation = 2
    case audit = 3
}

/// All rollouts of one problem in one step: the slot is the group's place in the step's plan, counted from 0.
package struct GroupID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package let purpose: Purpose
    package let step: StepIndex
    package let slot: Int

    package init(purpose: Purpose = .train, step: StepIndex, slot: Int) {
        self.purpose = purpose
        self.step = step
        self.slot = slot
    }

    package var description: String { "\(purpose) step=\(step.rawValue)/group=\(slot)" }

    package static func < (a: Self, b: Self) -> Bool {
        (a.step.rawValue, a.purpose.rawValue, a.slot) < (b.step.rawValue, b.purpose.rawValue, b.slot)
    }
}

/// One sibling of a group; members count from 0.
package struct TrajectoryID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    package let group: GroupID
    package let member: Int

    package init(group: GroupID, member: Int) {
        self.group = group
        self.member = member
    }

    package var description: String { "\(group)/member=\(member)" }

    package static func < (a: Self, b: Self) -> Bool {
        a.group != b.group ? a.group < b.group : a.member < b.member
    }
}
