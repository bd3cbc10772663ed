import Digests
import LinearAlgebra
import Safetensors

/// A learner rank's file of a checkpoint, written: what the manifest says of it.
struct ShardFile: Codable, Sendable {
    let file: CheckpointManifest.File
    let pieces: [CheckpointManifest.Piece]

    /// Writes and syncs `shard` as the file of `rank` in `folder`.
    /// - Throws: ``CheckpointError`` with code `unwritable`.
    init(writing shard: CheckpointShard, slices: [ParameterSlice], rank: Int, rankCount: Int, folder: String) throws(CheckpointError) {
        let name = CheckpointName.shard(rank: rank, rankCount: rankCount)
        var places: [String: CheckpointManifest.Piece] = [:]
        var sources: [TensorSource] = []
        for (kind, values) in shard.parts {
            for slice in slices {
                let range = slice.range.clamped(to: shard.range)
                guard !range.isEmpty || slice.count == 0 && rank == 0 else { continue }
                let part = UnsafeBufferPointer(
                    rebasing: values[(range.lowerBound - shard.range.lowerBound)..<(range.upperBound - shard.range.lowerBound)])
                let piece = CheckpointManifest.Piece(
                    kind: kind, tensor: slice.name, file: name, byteBegin: 0, byteEnd: 0, dataType: TensorDataType.float32.rawValue,
                    globalShape: slice.shape, sliceBegin: slice.count == 0 ? 0 : range.lowerBound - slice.offset,
                    sliceEnd: slice.count == 0 ? 0 : range.upperBound - slice.offset,
                    crc32c: CRC32C.checksum(of: UnsafeRawBufferPointer(part)))
                places[piece.label] = piece
                sources.append(TensorSource(name: piece.label, shape: [part.count], floats: part))
            }
        }
        let layout: SafetensorsWriter.Layout
        do {
            layout = try SafetensorsWriter.write(sources, to: folder + "/" + name)
        } catch {
            throw CheckpointError(.unwritable, path: error.path, error.message)
        }
        withExtendedLifetime(shard) {}
        pieces = layout.tensors.compactMap { tensor in places[tensor.name]?.moved(to: tensor.byteRange) }
        file = try CheckpointManifest.File(name, in: folder)
    }
}

extension CheckpointManifest.Piece {
    /// The same piece at its place in the file.
    fileprivate func moved(to bytes: Range<Int>) -> Self {
        Self(
            kind: kind, tensor: tensor, file: file, byteBegin: bytes.lowerBound, byteEnd: bytes.upperBound, dataType: dataType,
            globalShape: globalShape, sliceBegin: sliceBegin, sliceEnd: sliceEnd, crc32c: crc32c)
    }
}

extension CheckpointManifest.File {
    /// The entry of a file that is written.
    /// - Throws: ``CheckpointError`` with code `unreadable`.
    init(_ name: String, in folder: String) throws(CheckpointError) {
        let (byteCount, sha256) = try DurableFile.digest(of: folder + "/" + name)
        self.init(name: name, byteCount: byteCount, sha256: sha256)
    }
}
