import Glibc
package import LinearAlgebra

/// A rank's part of the optimizer, copied so that training goes on while it is saved: 12 bytes a parameter of the part.
package struct CheckpointShard: Sendable {
    /// The copies, one behind the other: written once, before anybody else sees them.
    private final class Memory: @unchecked Sendable {
        private static let largePage = 2 << 20
        private let bytes: UnsafeMutableRawBufferPointer
        let floats: UnsafeMutableBufferPointer<Float>

        init(copying buffers: [UnsafePointer<Float>], count: Int) {
            bytes = .allocate(byteCount: max(1, buffers.count * count) * MemoryLayout<Float>.stride, alignment: Self.largePage)
            // The copy holds training up, and most of its time would go into a page fault every 4 KiB. Not getting large pages costs only that.
            if let start = bytes.baseAddress { _ = madvise(start, bytes.count, MADV_HUGEPAGE) }
            floats = bytes.bindMemory(to: Float.self)
            guard let start = floats.baseAddress else { return }
            for (place, buffer) in buffers.enumerated() { (start + place * count).initialize(from: buffer, count: count) }
        }

        deinit { bytes.deallocate() }
    }

    /// Which elements of the flat parameter buffer these are.
    package let range: Range<Int>
    private let memory: Memory

    /// Copies three buffers of `range.count` elements.
    package init(
        range: Range<Int>, weights: UnsafePointer<Float>, firstMoments: UnsafePointer<Float>, secondMoments: UnsafePointer<Float>
    ) {
        self.range = range
        memory = Memory(copying: [weights, firstMoments, secondMoments], count: range.count)
    }

    /// Each kind with its elements, `[range.count]`; valid while the shard lives.
    var parts: [(kind: TensorKind, values: UnsafeBufferPointer<Float>)] {
        [TensorKind.weights, .firstMoments, .secondMoments].enumerated().map { place, kind in
            (kind, UnsafeBufferPointer(rebasing: memory.floats[(place * range.count)..<((place + 1) * range.count)]))
        }
    }
}

/// A file that rides along, such as lagged policy weights.
package struct CheckpointBlob: Sendable {
    /// A plain file name, unlike those of shards, state and manifest.
    package let name: String
    let write: @Sendable (_ path: String) throws -> Void

    /// A file of `bytes`.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        write = { try DurableFile.write(bytes, to: $0) }
    }

    /// A file of the bytes that `withBytes` hands to its argument: they are not copied.
    package init(name: String, withBytes: @escaping @Sendable (_ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) {
        self.name = name
        write = { path in try withBytes { try DurableFile.write($0, to: path) } }
    }

    /// A file that `write` leaves at the path given to it.
    package init(name: String, write: @escaping @Sendable (_ path: String) throws -> Void) {
        self.name = name
        self.write = write
    }
}

/// What a checkpoint holds beside the shards. Rank 0's copy is written; `step`, `generation` and `slices` are the same on
/// all ranks.
package struct CheckpointContents: Sendable {
    /// The optimizer step after which it is taken.
    package let step: Int
    /// The run's writer that saves: part of the partial folder's name, so that the ranks of another one never write into it.
    package let generation: Int
    /// The tensors of the flat buffer.
    package let slices: [ParameterSlice]
    /// The bytes of `state.json`.
    package let state: [UInt8]
    package let blobs: [CheckpointBlob]
    /// Digest of the resolved configuration.
    package let configDigest: String
    /// The run that the checkpoint is of.
    package let origin: CheckpointOrigin?
    /// Name and version of what numbers depend on.
    package let libraryVersions: [String: String]

    package init(
        step: Int, generation: Int = 1, slices: [ParameterSlice], state: [UInt8], blobs: [CheckpointBlob] = [], configDigest: String,
        origin: CheckpointOrigin? = nil, libraryVersions: [String: String] = [:]
    ) {
        self.step = step
        self.generation = generation
        self.slices = slices
        self.state = state
        self.blobs = blobs
        self.configDigest = configDigest
        self.origin = origin
        self.libraryVersions = libraryVersions
    }
}
