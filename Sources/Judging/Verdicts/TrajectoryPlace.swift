import Trajectories

/// A trajectory's id as logs write it.
struct TrajectoryPlace: Codable, Hashable {
    let purpose: String
    let step: Int
    let slot: Int
    let member: Int

    init(_ id: TrajectoryID) {
        purpose = "\(id.group.purpose)"
        step = id.group.step.rawValue
        slot = id.group.slot
        member = id.member
    }

    /// Nil for a purpose that there is not.
    var id: TrajectoryID? {
        Purpose.allCases.first { "\($0)" == purpose }.map {
            TrajectoryID(group: GroupID(purpose: $0, step: StepIndex(step), slot: slot), member: member)
        }
    }
}
