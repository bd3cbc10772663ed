package import Checkpointing

/// What the controller asks of every learner rank: a checkpoint.
package struct SaveOrder: Codable, Hashable, Sendable {
    /// The step after which it is taken.
    package let step: Int
    /// Counts the saves of this process from 1: tells the meetings of one save from those of another.
    package let ordinal: Int
    /// Of the run's lease.
    package let generation: Int
    /// The bytes of `state.json`.
    package let state: [UInt8]
    package let configDigest: String
    /// Of the run.
    package let origin: CheckpointOrigin?
}
