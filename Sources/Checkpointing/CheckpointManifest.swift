import Digests
import Files
import Foundation

/// The three buffers of the optimizer.
package enum TensorKind: String, Codable, Hashable, Sendable, CaseIterable {
    case weights = "master_weights"
    case firstMoments = "first_moments"
    case secondMoments = "second_moments"
}

/// The run that a checkpoint is of.
package struct CheckpointOrigin: Codable, Hashable, Sendable {
    /// The run's id, which its `run.json` has too.
    package let run: String
    /// The digest of the run's identity.
    package let identity: String

    package init(run: String, identity: String) {
        self.run = run
        self.identity = identity
    }
}

/// `manifest.json`: what a checkpoint holds, where each piece stands, and the checksums of everything else. Written last.
package struct CheckpointManifest: Codable, Hashable, Sendable {
    /// One file of the checkpoint.
    package struct File: Codable, Hashable, Sendable {
        package let name: String
        package let byteCount: Int
        /// Of the whole file, lower-case hexadecimal.
        package let sha256: String
    }

    /// A contiguous piece of one tensor.
    package struct Piece: Codable, Hashable, Sendable {
        package let kind: TensorKind
        /// The parameter's name.
        package let tensor: String
        package let file: String
        /// First byte and byte after the last, counted from the start of the file.
        package let byteBegin: Int
        package let byteEnd: Int
        /// As in safetensors: `F32`.
        package let dataType: String
        /// Of the whole tensor.
        package let globalShape: [Int]
        /// First element and element after the last of the flattened tensor.
        package let sliceBegin: Int
        package let sliceEnd: Int
        /// CRC-32C of the piece's bytes.
        package let crc32c: UInt32

        /// `kind/tensor[begin:end]`: the piece's name inside its file, and in messages.
        package var label: String { "\(kind.rawValue)/\(tensor)[\(sliceBegin):\(sliceEnd)]" }
    }

    /// Of this layout: 1.
    package let formatVersion: Int
    /// The optimizer step after which the checkpoint was taken.
    package let step: Int
    /// Learner ranks that wrote it.
    package let rankCount: Int
    /// Digest of the resolved configuration.
    package let configDigest: String
    /// Which run it is of, and the digest of all that this run is a function of; nil in checkpoints of earlier builds.
    package let origin: CheckpointOrigin?
    /// Name and version of what numbers depend on.
    package let libraryVersions: [String: String]
    /// All files but the manifest, in order of their names.
    package let files: [File]
    /// All pieces, in the order of kind, tensor and slice.
    package let pieces: [Piece]

    package static let fileName = "manifest.json"
    package static let stateFileName = "state.json"
    static let maximumByteCount = 1 << 28
    private static let opening = Array("{\"body\":".utf8)
    private static let closing = Array(",\"sha256\":\"".utf8)
    private static let end = Array("\"}\n".utf8)

    /// The file's bytes: the manifest as JSON with sorted keys, and the SHA-256 of exactly those bytes.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Array(try encoder.encode(self))
        let digest = body.withUnsafeBytes { SHA256.hex(SHA256.digest(of: $0)) }
        return Self.opening + body + Self.closing + Array(digest.utf8) + Self.end
    }

    /// Reads and checks a manifest: every byte of the file counts.
    init(path: String) throws(CheckpointError) {
        let bytes = try DurableFile.read(path, limit: Self.maximumByteCount)
        let tailCount = Self.closing.count + 2 * SHA256.byteCount + Self.end.count
        guard bytes.count > Self.opening.count + tailCount, bytes.starts(with: Self.opening), bytes.suffix(Self.end.count) == Self.end[...],
            bytes.suffix(tailCount).starts(with: Self.closing)
        else { throw CheckpointError(.corrupt, path: path, "not a checkpoint manifest, or cut short") }
        let body = bytes[Self.opening.count..<(bytes.count - tailCount)]
        let recorded = String(decoding: bytes.suffix(2 * SHA256.byteCount + Self.end.count).dropLast(Self.end.count), as: UTF8.self)
        guard body.withUnsafeBytes({ SHA256.hex(SHA256.digest(of: $0)) }) == recorded else {
            throw CheckpointError(.corrupt, path: path, "the manifest's bytes differ from their SHA-256")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(body))
        } catch {
            throw CheckpointError(.corrupt, path: path, "the manifest can't be decoded: \(FileFailure.words(of: error))")
        }
        try check(path: path)
    }

    init(
        step: Int, rankCount: Int, configDigest: String, origin: CheckpointOrigin?, libraryVersions: [String: String], files: [File],
        pieces: [Piece]
    ) {
        self.origin = origin
        formatVersion = 1
        self.step = step
        self.rankCount = rankCount
        self.configDigest = configDigest
        self.libraryVersions = libraryVersions
        self.files = files.sorted { $0.name < $1.name }
        self.pieces = pieces.sorted {
            ($0.kind.rawValue, $0.tensor, $0.sliceBegin, $0.sliceEnd) < ($1.kind.rawValue, $1.tensor, $1.sliceBegin, $1.sliceEnd)
        }
    }

    /// Names stay inside the folder, pieces lie inside their files and tile their tensors.
    private func check(path: String) throws(CheckpointError) {
        func corrupt(_ message: String) -> CheckpointError { CheckpointError(.corrupt, path: path, message) }
        guard formatVersion == 1 else { throw corrupt("format version \(formatVersion) is not known to this build") }
        var sizes: [String: Int] = [:]
        for file in files {
            guard CheckpointName.isPlain(file.name), file.name != Self.fileName, file.byteCount >= 0, sizes[file.name] == nil else {
                throw corrupt("file entry \"\(file.name)\" is not a plain, unique file name")
            }
            sizes[file.name] = file.byteCount
        }
        guard sizes[Self.stateFileName] != nil else { throw corrupt("there is no \(Self.stateFileName)") }
        var position: (kind: TensorKind, tensor: String, shape: [Int], count: Int, next: Int)?
        for piece in pieces {
            guard let size = sizes[piece.file], piece.dataType == "F32", piece.byteBegin >= 0, piece.byteBegin <= piece.byteEnd,
                piece.byteEnd <= size,
                piece.sliceBegin >= 0, piece.sliceBegin <= piece.sliceEnd, piece.sliceEnd <= Int.max / 8,
                piece.byteEnd - piece.byteBegin == 4 * (piece.sliceEnd - piece.sliceBegin),
                let count = Self.elementCount(piece.globalShape), piece.sliceEnd <= count
            else { throw corrupt("\(piece.label) has an impossible place") }
            if let last = position, last.kind == piece.kind, last.tensor == piece.tensor {
                guard last.next == piece.sliceBegin, last.shape == piece.globalShape else {
                    throw corrupt("\(piece.label) overlaps or leaves a gap")
                }
            } else {
                if let last = position, last.next != last.count { throw corrupt("\(last.kind.rawValue)/\(last.tensor) is incomplete") }
                guard piece.sliceBegin == 0 else { throw corrupt("\(piece.label) has no beginning") }
            }
            position = (piece.kind, piece.tensor, piece.globalShape, count, piece.sliceEnd)
        }
        if let last = position, last.next != last.count { throw corrupt("\(last.kind.rawValue)/\(last.tensor) is incomplete") }
    }

    private static func elementCount(_ shape: [Int]) -> Int? {
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow else { return nil }
            count = product
        }
        return count
    }
}

/// How the files and folders of checkpoints are called.
enum CheckpointName {
    /// A file name without path, control characters or a leading dot.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 128 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func folder(step: Int) -> String { "step-\(padded(step, 6))" }

    /// Where a save of `generation` writes until it commits.
    static func partial(step: Int, generation: Int) -> String { folder(step: step) + ".partial-\(generation)" }

    /// Whether a folder is one that a save of any generation did not finish.
    static func isPartial(_ folder: String) -> Bool { folder.hasPrefix("step-") && folder.contains(".partial") }

    static func shard(rank: Int, rankCount: Int) -> String { "learner-\(padded(rank, 2))-of-\(padded(rankCount, 2)).safetensors" }

    /// The step of a committed checkpoint's folder; nil for partial ones and all else.
    static func step(folder: String) -> Int? {
        guard folder.hasPrefix("step-"), let step = Int(folder.dropFirst(5)), step >= 0, CheckpointName.folder(step: step) == folder else {
            return nil
        }
        return step
    }
}
