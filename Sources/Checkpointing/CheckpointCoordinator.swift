/// What saving needs of the learner group: a way to meet. Kept this small so that checkpoints know nothing of communicators.
package protocol CheckpointCoordinator: Sendable {
    /// This process's place in the learner group, counted from 0.
    var rank: Int { get }
    /// Learner ranks.
    var rankCount: Int { get }
    /// Waits for all ranks and gives each the bytes of all, in rank order. Throws if a rank is lost or a deadline passes.
    func exchange(_ bytes: [UInt8]) async throws -> [[UInt8]]
}

/// A learner group of one.
package struct SoleCoordinator: CheckpointCoordinator {
    package init() {}
    package var rank: Int { 0 }
    package var rankCount: Int { 1 }
    package func exchange(_ bytes: [UInt8]) async throws -> [[UInt8]] { [bytes] }
}
