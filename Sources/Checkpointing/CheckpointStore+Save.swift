import Foundation

/// What a rank tells the others in a meeting.
private struct MeetingReport: Codable {
    struct Failure: Codable {
        let code: CheckpointError.Code
        let path: String
        let message: String
    }

    var failure: Failure?
    /// Once this rank's shard is written.
    var shard: ShardFile?

    init(_ error: CheckpointError?, _ shard: ShardFile?) {
        failure = error.map { Failure(code: $0.code, path: $0.path, message: $0.message) }
        self.shard = shard
    }

    var error: CheckpointError? { failure.map { CheckpointError($0.code, path: $0.path, $0.message) } }
}

extension CheckpointStore {
    /// Saves a checkpoint: every learner rank calls it with its own shard. ``CheckpointCommit`` says what is done when.
    ///
    /// The rename is the commit. If it fails before that on any rank, every rank throws, `step-N.partial-G` is removed where that is
    /// possible, and what was there stays. A checkpoint of the same step is replaced.
    ///
    /// - Parameters:
    ///   - shard: This rank's part. Together the shards cover every slice once.
    ///   - contents: Everything else; rank 0's copy counts.
    ///   - coordinator: The learner group.
    ///   - lease: The run's lease, held by rank 0 (nil on others); checked at the start and right before the commit.
    ///   - observer: Is told each piece of work.
    /// - Throws: ``CheckpointError``: `unwritable`, `leaseLost`; ``SaveAbandoned`` if the observer says so.
    /// - Isolation: All that touches the disk is done on threads of its own; the caller waits without holding one.
    package func save(
        _ shard: CheckpointShard, contents: CheckpointContents, coordinator: any CheckpointCoordinator, lease: RunLease? = nil,
        observer: SaveObserver? = nil
    ) async throws {
        var commit = CheckpointCommit(rank: coordinator.rank, rankCount: coordinator.rankCount)
        var own: ShardFile?
        var all: [ShardFile] = []
        while let work = commit.work {
            if work == .meet {
                let reports: [MeetingReport]
                do {
                    reports = try await meet(coordinator, MeetingReport(commit.report, own))
                } catch {
                    commit.missed(
                        CheckpointError(.unwritable, path: folder(step: contents.step), "the learner ranks could not agree: \(error)"))
                    continue
                }
                all = reports.compactMap(\.shard)
                commit.met(reports.map(\.error))
                continue
            }
            let writing = SaveWork(
                store: self, shard: shard, contents: contents, rank: coordinator.rank, rankCount: coordinator.rankCount, lease: lease,
                shards: all)
            do {
                let written = try await SavingThread.run {
                    let written = try writing.perform(work)
                    try observer?(work, contents.step)
                    return written
                }
                own = written ?? own
                commit.succeeded()
            } catch let error as SaveAbandoned {
                throw error
            } catch {
                commit.failed(error as? CheckpointError ?? CheckpointError(.unwritable, path: folder(step: contents.step), "\(error)"))
            }
        }
        if case .failed(let error) = commit.outcome { throw error }
    }

    private func meet(_ coordinator: any CheckpointCoordinator, _ own: MeetingReport) async throws -> [MeetingReport] {
        try await coordinator.exchange(Array(try JSONEncoder().encode(own))).map {
            try JSONDecoder().decode(MeetingReport.self, from: Data($0))
        }
    }
}

/// The pieces of work of a save, done on the disk.
private struct SaveWork: Sendable {
    let store: CheckpointStore
    let shard: CheckpointShard
    let contents: CheckpointContents
    let rank: Int
    let rankCount: Int
    let lease: RunLease?
    /// What all ranks have written, once they have said so.
    let shards: [ShardFile]

    private var final: String { store.folder(step: contents.step) }
    private var partial: String { store.partialFolder(step: contents.step, generation: contents.generation) }
    private var displaced: String { store.displacedFolder(step: contents.step) }

    /// Does one piece. Returns what `shard` wrote, nil for all other work.
    func perform(_ work: CheckpointCommit.Work) throws -> ShardFile? {
        switch work {
        case .claim, .confirm: try lease?.check()
        case .open:
            try DurableFile.createFolder(store.path)
            try DurableFile.remove(partial)
            try DurableFile.createFolder(partial)
        case .shard:
            return try ShardFile(writing: shard, slices: contents.slices, rank: rank, rankCount: rankCount, folder: partial)
        case .state: try writeState()
        case .manifest: try writeManifest()
        case .displace:
            if DurableFile.exists(final) {
                try DurableFile.remove(displaced)
                try DurableFile.rename(final, to: displaced)
            }
        case .publish: try DurableFile.move(partial, to: final)
        case .settle: try DurableFile.sync(store.path)
        case .tidy: try DurableFile.remove(displaced)
        case .restore:
            if DurableFile.exists(displaced), !DurableFile.exists(final) { try DurableFile.rename(displaced, to: final) }
        case .discard: try DurableFile.remove(partial)
        case .meet: preconditionFailure("meetings are held, not performed")
        }
        return nil
    }

    private func writeState() throws {
        try DurableFile.write(contents.state, to: partial + "/" + CheckpointManifest.stateFileName)
        var names = Set(shards.map(\.file.name) + [CheckpointManifest.stateFileName, CheckpointManifest.fileName])
        for blob in contents.blobs {
            guard CheckpointName.isPlain(blob.name), names.insert(blob.name).inserted else {
                throw CheckpointError(.unwritable, path: partial, "\"\(blob.name)\" can't be the name of a file in a checkpoint")
            }
            try blob.write(partial + "/" + blob.name)
            try DurableFile.sync(partial + "/" + blob.name)
        }
    }

    private func writeManifest() throws {
        let others = try ([CheckpointManifest.stateFileName] + contents.blobs.map(\.name)).map {
            try CheckpointManifest.File($0, in: partial)
        }
        let manifest = CheckpointManifest(
            step: contents.step, rankCount: rankCount, configDigest: contents.configDigest, origin: contents.origin,
            libraryVersions: contents.libraryVersions, files: shards.map(\.file) + others, pieces: shards.flatMap(\.pieces))
        let path = partial + "/" + CheckpointManifest.fileName
        try DurableFile.write(try manifest.encoded(), to: path)
        // A manifest that could not be read back, such as one whose shards leave a gap, must never be committed.
        _ = try CheckpointManifest(path: path)
        try DurableFile.sync(partial)
    }
}
