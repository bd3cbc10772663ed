import Foundation

/// The checkpoints of one run: a folder of `step-000120/` folders.
///
/// A checkpoint exists once its folder has its final name; `*.partial-3`, `*.replaced` and `*.removed` are leftovers that nobody reads.
package struct CheckpointStore: Sendable {
    /// `RUN/checkpoints`.
    package let path: String

    package init(path: String) { self.path = path }

    /// The folder of a step's checkpoint, there or not.
    package func folder(step: Int) -> String { path + "/" + CheckpointName.folder(step: step) }

    /// Where a save of a step writes until it commits.
    func partialFolder(step: Int, generation: Int) -> String { path + "/" + CheckpointName.partial(step: step, generation: generation) }

    /// Where a checkpoint stands that is being replaced.
    func displacedFolder(step: Int) -> String { folder(step: step) + ".replaced" }

    /// The steps that have a committed checkpoint, ascending.
    package func steps() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap(CheckpointName.step(folder:)).sorted()
    }

    /// Opens the newest checkpoint whose every checksum holds.
    ///
    /// - Parameter limit: Only steps up to this one; nil for all.
    /// - Returns: The checkpoint and, newest first, why newer ones were passed over: to be told to the user. Nil if there is none at all.
    /// - Throws: ``CheckpointError`` with code `noGoodCheckpoint` if there are some and all are bad.
    package func newestGood(through limit: Int? = nil) throws(CheckpointError) -> (checkpoint: Checkpoint, rejected: [CheckpointError])? {
        var rejected: [CheckpointError] = []
        for step in steps().reversed() where step <= limit ?? .max {
            do throws(CheckpointError) {
                let checkpoint = try Checkpoint(path: folder(step: step))
                try checkpoint.verify()
                return (checkpoint, rejected)
            } catch { rejected.append(error) }
        }
        guard let first = rejected.first else { return nil }
        throw CheckpointError(
            .noGoodCheckpoint, path: path,
            "none of \(rejected.count) checkpoints is good; the newest: \(first); without them the run begins again: remove \(path)")
    }

    /// Refuses checkpoints that another run has left here: the newest one would be taken for this run's.
    ///
    /// One whose manifest is damaged is left to ``newestGood(through:)``.
    /// - Parameter origin: What this run's checkpoints say of themselves; nil of one whose checkpoints say nothing.
    /// - Throws: ``CheckpointError`` with code `differentRun`, naming the first of them and what to do.
    package func checkOrigin(_ origin: CheckpointOrigin?) throws(CheckpointError) {
        for step in steps() {
            guard let found = try? Checkpoint(path: folder(step: step)).manifest, found.origin != origin else { continue }
            let what =
                if let own = found.origin, own.run == origin?.run {
                    "was saved by this run from other inputs (identity \(own.identity.prefix(16)), run.json has "
                        + "\(origin?.identity.prefix(16) ?? "none"))"
                } else {
                    "is of another run (\(found.origin?.run ?? "one that gave itself no name"); this one is "
                        + "\(origin?.run ?? "one without a name, of an earlier build"))"
                }
            throw CheckpointError(.differentRun, path: folder(step: step), "\(what): move it away, or start in another folder")
        }
    }

    // MARK: - Retention

    /// The best checkpoint by validation, as recorded by ``recordBest(step:score:)``.
    package struct Best: Codable, Hashable, Sendable {
        package let step: Int
        package let score: Double
    }

    private var bestPath: String { path + "/best.json" }

    /// The recorded best; nil without a record, or if its checkpoint is gone.
    package func best() -> Best? {
        guard let bytes = try? DurableFile.read(bestPath, limit: 4096) else { return nil }
        let best = try? JSONDecoder().decode(Best.self, from: Data(bytes))
        return best.flatMap { DurableFile.exists(folder(step: $0.step)) ? $0 : nil }
    }

    /// Records `step` as best if there is none yet or `score` is higher. Returns whether it is best now.
    /// - Throws: ``CheckpointError`` with code `unwritable`.
    @discardableResult
    package func recordBest(step: Int, score: Double) throws(CheckpointError) -> Bool {
        if let best = best(), best.step != step, best.score >= score { return false }
        guard let bytes = try? JSONEncoder().encode(Best(step: step, score: score)) else {
            throw CheckpointError(.unwritable, path: bestPath, "a score of \(score) can't be recorded")
        }
        try DurableFile.replace(bestPath, with: Array(bytes))
        return true
    }

    /// Removes all checkpoints but the last `count` and the best, oldest first.
    ///
    /// A folder is renamed before it is emptied, so that a half-removed one is never read.
    /// - Returns: The steps removed.
    /// - Throws: ``CheckpointError`` with code `unwritable`.
    /// - Precondition: `count` is positive.
    @discardableResult
    package func retain(last count: Int) throws(CheckpointError) -> [Int] {
        precondition(count > 0, "at least one checkpoint must stay")
        let best = best()?.step
        var removed: [Int] = []
        for step in steps().dropLast(count) where step != best {
            let folder = folder(step: step)
            try DurableFile.remove(folder + ".removed")
            try DurableFile.rename(folder, to: folder + ".removed")
            try DurableFile.remove(folder + ".removed")
            removed.append(step)
        }
        return removed
    }

    /// Removes what interrupted saves and removals left, of whatever generation. Only for the holder of the run's lease, while nothing is being saved.
    /// - Throws: ``CheckpointError`` with code `unwritable`.
    package func removeLeftovers() throws(CheckpointError) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.sorted() where name.hasPrefix("step-") {
            if CheckpointName.isPartial(name) || name.hasSuffix(".removed") {
                try DurableFile.remove(path + "/" + name)
            } else if name.hasSuffix(".replaced") {
                // Stopped between two renames: the checkpoint under this name is whole, and the only one of its step.
                let folder = path + "/" + name.dropLast(".replaced".count)
                if FileManager.default.fileExists(atPath: folder) {
                    try DurableFile.remove(path + "/" + name)
                } else {
                    try DurableFile.rename(path + "/" + name, to: folder)
                }
            }
        }
    }
}
