/// Is told each piece of work of a save right after it is done, on the thread that did it; `meet` is not told.
///
/// For tests and drills. What it throws counts as a failure of that work, but for ``SaveAbandoned``, which leaves everything on the disk as
/// a killed process would.
package typealias SaveObserver = @Sendable (_ work: CheckpointCommit.Work, _ step: Int) throws -> Void

/// Ends a save on the spot, without any clean-up.
package struct SaveAbandoned: Error {
    package init() {}
}
