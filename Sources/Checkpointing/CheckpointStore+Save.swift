import Digests
import Foundation
import LinearAlgebra
import Safetensors

/// What a rank tells the others between two phases of a save.
private struct PhaseReport: Codable {
    var failure: Failure?
    var file: CheckpointManifest.File?
    var pieces: [CheckpointManifest.Piece] = []

    struct Failure: Codable {
        let code: CheckpointError.Code
        let path: String
        let message: String
    }
}

extension CheckpointStore {
    /// Saves a checkpoint: every learner rank calls it with its own shard.
    ///
    /// ```
    /// rank 0: make step-N.partial ─► all: write own shard, sync ─► rank 0: state, blobs, manifest, sync, check lease, rename ─► all: done
    /// ```
    ///
    /// The rename is the commit. If any rank fails, all throw the same error, `step-N.partial` is removed and what was there stays.
    /// A checkpoint of the same step is replaced.
    ///
    /// - Parameters:
    ///   - shard: This rank's part. Together the shards cover every slice once.
    ///   - contents: Everything else; rank 0's copy counts.
    ///   - coordinator: The learner group.
    ///   - lease: The run's lease, held by rank 0 (nil on others); checked right before the commit.
    /// - Throws: ``CheckpointError``: `unwritable`, `leaseLost`; whatever the coordinator throws.
    package func save(
        _ shard: CheckpointShard, contents: CheckpointContents, coordinator: any CheckpointCoordinator, lease: RunLease? = nil
    ) async throws {
        let partial = folder(step: contents.step) + ".partial"
        let isFirst = coordinator.rank == 0
        do {
            try await meet(coordinator) {
                if isFirst {
                    try lease?.check()
                    try DurableFile.createFolder(path)
                    try DurableFile.remove(partial)
                    try DurableFile.createFolder(partial)
                }
                return PhaseReport()
            }
            let shards = try await meet(coordinator) {
                try writeShard(shard, slices: contents.slices, rank: coordinator.rank, rankCount: coordinator.rankCount, folder: partial)
            }
            try await meet(coordinator) {
                if isFirst { try commit(shards, contents: contents, partial: partial, lease: lease) }
                return PhaseReport()
            }
        } catch {
            if isFirst { try? DurableFile.remove(partial) }
            throw error
        }
    }

    /// Runs a phase on this rank and tells all ranks how it went; a failure on any rank is thrown on every rank.
    @discardableResult
    private func meet(_ coordinator: any CheckpointCoordinator, _ phase: () throws -> PhaseReport) async throws -> [PhaseReport] {
        var report = PhaseReport()
        do {
            report = try phase()
        } catch let error as CheckpointError {
            report.failure = PhaseReport.Failure(code: error.code, path: error.path, message: error.message)
        } catch {
            report.failure = PhaseReport.Failure(code: .unwritable, path: path, message: "\(error)")
        }
        let reports = try await coordinator.exchange(Array(try JSONEncoder().encode(report))).map {
            try JSONDecoder().decode(PhaseReport.self, from: Data($0))
        }
        if let (rank, failure) = reports.enumerated().lazy.compactMap({ rank, report in report.failure.map { (rank, $0) } }).first {
            throw CheckpointError(failure.code, path: failure.path, "learner \(rank): \(failure.message)")
        }
        return reports
    }

    private func writeShard(_ shard: CheckpointShard, slices: [ParameterSlice], rank: Int, rankCount: Int, folder: String) throws
        -> PhaseReport
    {
        let name = CheckpointName.shard(rank: rank, rankCount: rankCount)
        let file = folder + "/" + name
        var report = PhaseReport()
        var places: [String: (piece: CheckpointManifest.Piece, source: TensorSource)] = [:]
        let layout = try shard.weights.withUnsafeBufferPointer { weights in
            try shard.firstMoments.withUnsafeBufferPointer { firstMoments in
                try shard.secondMoments.withUnsafeBufferPointer { secondMoments in
                    for (kind, values) in [
                        (TensorKind.weights, weights), (TensorKind.firstMoments, firstMoments), (TensorKind.secondMoments, secondMoments),
                    ] {
                        for slice in slices {
                            let range = slice.range.clamped(to: shard.range)
                            guard !range.isEmpty || slice.count == 0 && rank == 0 else { continue }
                            let part = UnsafeBufferPointer(
                                rebasing: values[(range.lowerBound - shard.range.lowerBound)..<(range.upperBound - shard.range.lowerBound)])
                            let piece = CheckpointManifest.Piece(
                                kind: kind, tensor: slice.name, file: name, byteBegin: 0, byteEnd: 0,
                                dataType: TensorDataType.float32.rawValue,
                                globalShape: slice.shape, sliceBegin: slice.count == 0 ? 0 : range.lowerBound - slice.offset,
                                sliceEnd: slice.count == 0 ? 0 : range.upperBound - slice.offset,
                                crc32c: CRC32C.checksum(of: UnsafeRawBufferPointer(part)))
                            places[piece.label] = (piece, TensorSource(name: piece.label, shape: [part.count], floats: part))
                        }
                    }
                    do throws(SafetensorsError) {
                        return try SafetensorsWriter.write(places.values.map(\.source), to: file)
                    } catch {
                        throw CheckpointError(.unwritable, path: error.path, error.message)
                    }
                }
            }
        }
        for tensor in layout.tensors {
            guard let piece = places[tensor.name]?.piece else { continue }
            report.pieces.append(
                CheckpointManifest.Piece(
                    kind: piece.kind, tensor: piece.tensor, file: piece.file, byteBegin: tensor.byteRange.lowerBound,
                    byteEnd: tensor.byteRange.upperBound, dataType: piece.dataType, globalShape: piece.globalShape,
                    sliceBegin: piece.sliceBegin,
                    sliceEnd: piece.sliceEnd, crc32c: piece.crc32c))
        }
        report.file = try Self.fileEntry(name, in: folder)
        return report
    }

    private func commit(_ shards: [PhaseReport], contents: CheckpointContents, partial: String, lease: RunLease?) throws {
        var files = shards.compactMap(\.file)
        try DurableFile.write(contents.state, to: partial + "/" + CheckpointManifest.stateFileName)
        files.append(try Self.fileEntry(CheckpointManifest.stateFileName, in: partial))
        for blob in contents.blobs {
            guard CheckpointName.isPlain(blob.name), blob.name != CheckpointManifest.fileName,
                !files.contains(where: { $0.name == blob.name })
            else {
                throw CheckpointError(.unwritable, path: partial, "\"\(blob.name)\" can't be the name of a file in a checkpoint")
            }
            try blob.write(partial + "/" + blob.name)
            try DurableFile.sync(partial + "/" + blob.name)
            files.append(try Self.fileEntry(blob.name, in: partial))
        }
        let manifest = CheckpointManifest(
            step: contents.step, rankCount: shards.count, configDigest: contents.configDigest, libraryVersions: contents.libraryVersions,
            files: files, pieces: shards.flatMap(\.pieces))
        let manifestPath = partial + "/" + CheckpointManifest.fileName
        try DurableFile.write(try manifest.encoded(), to: manifestPath)
        // A manifest that could not be read back, such as one whose shards leave a gap, must never be committed.
        _ = try CheckpointManifest(path: manifestPath)
        try DurableFile.sync(partial)
        try lease?.check()
        let final = folder(step: contents.step)
        if FileManager.default.fileExists(atPath: final) {
            try DurableFile.remove(final + ".replaced")
            try DurableFile.rename(final, to: final + ".replaced")
        }
        try DurableFile.rename(partial, to: final)
        try? DurableFile.remove(final + ".replaced")
    }

    private static func fileEntry(_ name: String, in folder: String) throws(CheckpointError) -> CheckpointManifest.File {
        let (byteCount, sha256) = try DurableFile.digest(of: folder + "/" + name)
        return CheckpointManifest.File(name: name, byteCount: byteCount, sha256: sha256)
    }
}
