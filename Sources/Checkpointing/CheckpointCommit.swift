/// One rank's way through a save: what it does next, by how everything so far went. Pure: the disk, the clock and the other ranks belong to
/// ``CheckpointStore``, which does the work, and to tests, which explore every schedule.
///
/// ```
/// rank 0   claim ─ open ─ meet ─ shard ─ meet ─ state ─ manifest ─ confirm ─ displace ─ publish ─ settle ─ tidy ─► committed
/// others                  meet ─ shard ─ meet ─► handed over
/// a failure on any rank, or a meeting that can't be held ─► rank 0: [restore ─] discard ─► failed
/// ```
///
/// - Invariant: rank 0 publishes only after a meeting in which every rank said that its shard is on the disk.
/// - Invariant: it publishes at most once.
/// - Invariant: what it displaced it restores, if it does not publish.
/// - Invariant: it publishes only what stands under its own generation's name, which the next generation removes before it reads anything:
///   so an old generation can't commit any more once the next one has cleaned up.
package struct CheckpointCommit: Hashable, Sendable {
    /// One piece of work. The names are those of the places at which a drill can stop a save.
    package enum Work: String, CaseIterable, Hashable, Sendable {
        /// Checks that this process still is the run's writer.
        case claim
        /// Makes the partial folder, empty.
        case open
        /// Tells all ranks how the work went, and hears it from all.
        case meet
        /// Writes this rank's shard.
        case shard
        /// Writes `state.json` and the blobs.
        case state
        /// Writes the manifest, reads it back, and syncs the folder.
        case manifest
        /// Checks the lease again.
        case confirm
        /// Renames an earlier checkpoint of the step aside; with nothing there, nothing is done.
        case displace
        /// Renames the partial folder to the checkpoint's name: the commit.
        case publish
        /// Syncs the folder above, so that the rename outlives a power cut.
        case settle
        /// Removes what was displaced.
        case tidy
        /// After a failed `displace` or `publish`: gives a displaced checkpoint its name back; without one, nothing is done.
        case restore
        /// Removes the partial folder of a save that failed.
        case discard
    }

    /// How the save ended for this rank.
    package enum Outcome: Hashable, Sendable {
        /// Rank 0: the checkpoint is there.
        case committed
        /// Another rank: its shard is written, and all ranks' shards are. Whether rank 0 commits is rank 0's to say.
        case handedOver
        case failed(CheckpointError)
    }

    package let rank: Int
    package let rankCount: Int
    /// What is to be done now; nil once the save is over.
    package private(set) var work: Work?
    /// Nil while it goes on.
    package private(set) var outcome: Outcome?
    /// What this rank tells at the next meeting: nil if its work went well.
    package private(set) var report: CheckpointError?
    /// Whether the checkpoint has its name: nothing that fails later takes it back.
    package private(set) var isPublished = false
    private var hasShard = false
    /// Why the save fails, once it does.
    private var failure: CheckpointError?

    /// - Precondition: `rank` is in `0 ..< rankCount`.
    package init(rank: Int, rankCount: Int) {
        precondition(rank >= 0 && rank < rankCount, "rank \(rank) of \(rankCount)")
        self.rank = rank
        self.rankCount = rankCount
        work = rank == 0 ? .claim : .meet
    }

    /// The work at hand is done.
    /// - Precondition: the save is not over, and the work at hand is not `meet`.
    package mutating func succeeded() {
        guard let work, work != .meet else { preconditionFailure("\(String(describing: self.work)) can't just succeed") }
        switch work {
        case .claim: self.work = .open
        case .open: self.work = .meet
        case .meet: break
        case .shard:
            hasShard = true
            self.work = .meet
        case .state: self.work = .manifest
        case .manifest: self.work = .confirm
        case .confirm: self.work = .displace
        case .displace: self.work = .publish
        case .publish:
            isPublished = true
            self.work = .settle
        case .settle: self.work = .tidy
        case .tidy: end(.committed)
        case .restore: self.work = .discard
        case .discard: endAsFailed()
        }
    }

    /// The work at hand failed.
    /// - Precondition: the save is not over, and the work at hand is not `meet`.
    package mutating func failed(_ error: CheckpointError) {
        guard let work, work != .meet else { preconditionFailure("\(String(describing: self.work)) can't fail like this") }
        failure = failure ?? error
        switch work {
        case .claim, .open, .shard:
            // The others wait in the meeting: they hear it there.
            report = error
            self.work = .meet
        case .state, .manifest, .confirm, .restore: self.work = .discard
        case .displace, .publish: self.work = .restore
        case .settle:
            // The checkpoint has its name, but a power cut may take it back: what it displaced stays until the next writer tidies up.
            endAsFailed()
        case .tidy: end(.committed)
        case .discard: endAsFailed()
        case .meet: break
        }
    }

    /// All ranks have told how their work went, by rank; nil stands for well.
    /// - Precondition: the work at hand is `meet`, and there are as many reports as ranks.
    package mutating func met(_ reports: [CheckpointError?]) {
        precondition(
            work == .meet && reports.count == rankCount, "\(reports.count) reports of \(rankCount) ranks at \(String(describing: work))")
        report = nil
        if let (rank, error) = reports.enumerated().lazy.compactMap({ rank, error in error.map { (rank, $0) } }).first {
            fail(CheckpointError(error.code, path: error.path, "learner \(rank): \(error.message)"))
        } else if !hasShard {
            work = .shard
        } else if rank == 0 {
            work = .state
        } else {
            end(.handedOver)
        }
    }

    /// The meeting could not be held: a rank is lost, or too slow.
    /// - Precondition: the work at hand is `meet`.
    package mutating func missed(_ error: CheckpointError) {
        precondition(work == .meet, "no meeting is due but \(String(describing: work))")
        fail(error)
    }

    private mutating func fail(_ error: CheckpointError) {
        failure = error
        if rank == 0 { work = .discard } else { endAsFailed() }
    }

    private mutating func end(_ outcome: Outcome) {
        work = nil
        self.outcome = outcome
    }

    private mutating func endAsFailed() {
        guard let failure else { preconditionFailure("a save fails without a reason") }
        end(.failed(failure))
    }
}
