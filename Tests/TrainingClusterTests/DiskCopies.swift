import Checkpointing
import Foundation
import Synchronization

/// Copies of a run folder, each as the disk would be had the process been killed at that moment.
///
/// A copy is taken in the order in which a later look can't contradict an earlier one: checkpoints, then metrics, then samples and verdicts,
/// because a run writes in the opposite order. Files of checkpoints are linked, not copied: what is committed never changes.
final class DiskCopies: Sendable {
    /// The moment of a copy.
    struct Moment: Hashable, Sendable {
        let step: Int
        let work: CheckpointCommit.Work
    }

    let root: URL
    private let source: URL
    private let taken = Mutex<[Moment: URL]>([:])

    init(of source: URL, at root: URL) {
        self.source = source
        self.root = root
    }

    /// The copies so far.
    var all: [Moment: URL] { taken.withLock { $0 } }

    /// Takes a copy at every moment of every save.
    var observer: SaveObserver {
        { [self] work, step in
            try taken.withLock { taken in
                let moment = Moment(step: step, work: work)
                // Of several learner ranks the last one's shard counts.
                let target = root.appending(path: "\(step)-\(work.rawValue)")
                try? FileManager.default.removeItem(at: target)
                try copy(to: target)
                taken[moment] = target
            }
        }
    }

    private func copy(to target: URL) throws {
        let manager = FileManager.default
        let checkpoints = source.appending(path: "checkpoints")
        try manager.createDirectory(at: target.appending(path: "checkpoints"), withIntermediateDirectories: true)
        for folder in (try? manager.contentsOfDirectory(atPath: checkpoints.path)) ?? [] {
            let copy = target.appending(path: "checkpoints/\(folder)")
            guard folder.hasPrefix("step-") else {
                try manager.copyItem(at: checkpoints.appending(path: folder), to: copy)
                continue
            }
            try manager.createDirectory(at: copy, withIntermediateDirectories: true)
            for name in (try? manager.contentsOfDirectory(atPath: checkpoints.appending(path: folder).path)) ?? [] {
                // Another rank may be renaming its own file just now: then a kill would have found neither of its names either.
                try? manager.linkItem(at: checkpoints.appending(path: "\(folder)/\(name)"), to: copy.appending(path: name))
            }
        }
        for name in ["metrics.jsonl", "samples.jsonl", "verdicts.jsonl", "config.json", "run.json", "lease"] {
            let file = source.appending(path: name)
            if manager.fileExists(atPath: file.path) { try Data(contentsOf: file).write(to: target.appending(path: name)) }
        }
    }
}
