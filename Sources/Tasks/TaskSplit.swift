/// The parts of an embedded task. Nothing that a picture shows is in two of them.
package enum TaskSplit: String, CaseIterable, Codable, Sendable {
    case warmStart = "warm-start"
    case training
    case validation
    case test

    /// Keys random numbers; never renumbered.
    var number: UInt64 {
        switch self {
        case .warmStart: 0
        case .training: 1
        case .validation: 2
        case .test: 3
        }
    }
}

/// The parts of an embedded task as configurations name them.
package enum SplitName: String, CaseIterable, Codable, Sendable {
    case warmStart = "warm_start"
    case train
    case validation
    case test

    /// The part.
    package var split: TaskSplit {
        switch self {
        case .warmStart: .warmStart
        case .train: .training
        case .validation: .validation
        case .test: .test
        }
    }
}
