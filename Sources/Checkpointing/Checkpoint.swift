import Digests
import Files
import Foundation
package import LinearAlgebra
import Safetensors

/// A committed checkpoint, open for reading by any number of ranks, whatever number wrote it.
package struct Checkpoint: Sendable {
    /// The folder.
    package let path: String
    package let manifest: CheckpointManifest

    /// Opens a checkpoint and checks its manifest; the other files are checked by ``verify()`` or as they are read.
    /// - Throws: ``CheckpointError``: `unreadable`, `corrupt`.
    package init(path: String) throws(CheckpointError) {
        self.path = path
        manifest = try CheckpointManifest(path: path + "/" + CheckpointManifest.fileName)
    }

    /// Checks every byte of every file against the manifest.
    /// - Throws: ``CheckpointError`` naming the file, and the tensor where the bad byte belongs to one.
    package func verify() throws(CheckpointError) {
        for file in manifest.files {
            let filePath = path + "/" + file.name
            let (byteCount, sha256) = try DurableFile.digest(of: filePath)
            guard byteCount == file.byteCount else {
                throw CheckpointError(.corrupt, path: filePath, "\(byteCount) bytes, the manifest says \(file.byteCount)")
            }
            guard sha256 == file.sha256 else {
                // Say which tensor is hit, if one is.
                for piece in manifest.pieces where piece.file == file.name { _ = try bytes(of: piece) }
                throw CheckpointError(.corrupt, path: filePath, "the file's bytes differ from their SHA-256")
            }
        }
    }

    /// The bytes of one piece, checked.
    private func bytes(of piece: CheckpointManifest.Piece) throws(CheckpointError) -> [UInt8] {
        let filePath = path + "/" + piece.file
        let count = piece.byteEnd - piece.byteBegin
        let data: Data
        do { data = try InputFile.read(filePath, from: piece.byteBegin, upTo: count) } catch {
            throw CheckpointError(.unreadable, path: filePath, error.reason)
        }
        guard data.count == count else { throw CheckpointError(.corrupt, path: filePath, "the file ends inside tensor \(piece.label)") }
        guard data.withUnsafeBytes({ CRC32C.checksum(of: $0) }) == piece.crc32c else {
            throw CheckpointError(.corrupt, path: filePath, "tensor \(piece.label): the bytes differ from their CRC-32C")
        }
        return Array(data)
    }

    /// Refuses a checkpoint of another model.
    /// - Throws: ``CheckpointError`` with code `differentModel`, naming the first tensor that is missing, superfluous or of another shape.
    package func checkModel(_ slices: [ParameterSlice]) throws(CheckpointError) {
        var shapes: [String: [Int]] = [:]
        for piece in manifest.pieces { shapes[piece.tensor] = piece.globalShape }
        for slice in slices {
            guard let shape = shapes.removeValue(forKey: slice.name) else {
                throw CheckpointError(.differentModel, path: path, "the model's tensor \"\(slice.name)\" is not in the checkpoint")
            }
            guard shape == slice.shape else {
                throw CheckpointError(
                    .differentModel, path: path,
                    "tensor \"\(slice.name)\" has shape \(shape) in the checkpoint and \(slice.shape) in the model")
            }
        }
        if let name = shapes.keys.min() {
            throw CheckpointError(.differentModel, path: path, "the checkpoint's tensor \"\(name)\" is not in the model")
        }
    }

    /// Reads the part of a buffer that a rank owns, cut from whatever pieces there are.
    ///
    /// - Parameters:
    ///   - kind: Master weights or one of the moments.
    ///   - slices: The tensors of the flat buffer, from the model.
    ///   - range: Which elements of the flat buffer; those that belong to no tensor are left alone.
    ///   - destination: `[range.count]`; element 0 is `range.lowerBound`.
    /// - Throws: ``CheckpointError``: `corrupt` with tensor and file, `unreadable`, `differentModel`.
    package func read(
        _ kind: TensorKind, slices: [ParameterSlice], range: Range<Int>, into destination: UnsafeMutablePointer<Float>
    ) throws(CheckpointError) {
        try checkModel(slices)
        var pieces: [String: [CheckpointManifest.Piece]] = [:]
        for piece in manifest.pieces where piece.kind == kind { pieces[piece.tensor, default: []].append(piece) }
        for slice in slices {
            let wanted = slice.range.clamped(to: range)
            guard !wanted.isEmpty else { continue }
            var filled = 0
            for piece in pieces[slice.name] ?? [] {
                let held = (slice.offset + piece.sliceBegin)..<(slice.offset + piece.sliceEnd)
                let part = held.clamped(to: wanted)
                guard !part.isEmpty else { continue }
                let bytes = try bytes(of: piece)
                let target = UnsafeMutableRawBufferPointer(start: destination + (part.lowerBound - range.lowerBound), count: part.count * 4)
                let skipped = (part.lowerBound - held.lowerBound) * 4
                target.copyBytes(from: bytes[skipped..<(skipped + part.count * 4)])
                filled += part.count
            }
            guard filled == wanted.count else {
                throw CheckpointError(.corrupt, path: path, "\(kind.rawValue)/\(slice.name) is incomplete")
            }
        }
    }

    /// The bytes of `state.json`, checked.
    /// - Throws: ``CheckpointError``: `corrupt`, `unreadable`.
    package func state() throws(CheckpointError) -> [UInt8] { try bytes(ofFile: CheckpointManifest.stateFileName) }

    /// The bytes of a blob, checked.
    /// - Throws: ``CheckpointError``: `unreadable` if there is none of that name, `corrupt`.
    package func blob(named name: String) throws(CheckpointError) -> [UInt8] { try bytes(ofFile: name) }

    /// The path of a blob, its bytes checked: for readers that map files.
    /// - Throws: ``CheckpointError``: `unreadable` if there is none of that name, `corrupt`.
    package func pathOfBlob(named name: String) throws(CheckpointError) -> String {
        let file = try entry(name)
        let filePath = path + "/" + name
        let (byteCount, sha256) = try DurableFile.digest(of: filePath)
        guard byteCount == file.byteCount, sha256 == file.sha256 else {
            throw CheckpointError(.corrupt, path: filePath, "the file's bytes differ from their SHA-256")
        }
        return filePath
    }

    private func entry(_ name: String) throws(CheckpointError) -> CheckpointManifest.File {
        guard let file = manifest.files.first(where: { $0.name == name }) else {
            throw CheckpointError(.unreadable, path: path, "there is no file \"\(name)\" in the checkpoint")
        }
        return file
    }

    private func bytes(ofFile name: String) throws(CheckpointError) -> [UInt8] {
        let file = try entry(name)
        let filePath = path + "/" + name
        let bytes = try DurableFile.read(filePath, limit: file.byteCount)
        guard bytes.withUnsafeBytes({ SHA256.hex(SHA256.digest(of: $0)) }) == file.sha256 else {
            throw CheckpointError(.corrupt, path: filePath, "the file's bytes differ from their SHA-256")
        }
        return bytes
    }
}
