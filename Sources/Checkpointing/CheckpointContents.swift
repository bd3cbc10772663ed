package import LinearAlgebra

/// A rank's part of the optimizer, copied so that training goes on while it is saved.
package struct CheckpointShard: Sendable {
    /// Which elements of the flat parameter buffer these are.
    package let range: Range<Int>
    /// Master weights, `[range.count]`.
    package let weights: [Float]
    /// `[range.count]`
    package let firstMoments: [Float]
    /// `[range.count]`
    package let secondMoments: [Float]

    /// Copies three buffers of `range.count` elements.
    package init(
        range: Range<Int>, weights: UnsafePointer<Float>, firstMoments: UnsafePointer<Float>, secondMoments: UnsafePointer<Float>
    ) {
        func copy(_ pointer: UnsafePointer<Float>) -> [Float] { Array(UnsafeBufferPointer(start: pointer, count: range.count)) }
        self.range = range
        self.weights = copy(weights)
        self.firstMoments = copy(firstMoments)
        self.secondMoments = copy(secondMoments)
    }

    func values(_ kind: TensorKind) -> [Float] {
        switch kind {
        case .weights: weights
        case .firstMoments: firstMoments
        case .secondMoments: secondMoments
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

    /// A file that `write` leaves at the path given to it.
    package init(name: String, write: @escaping @Sendable (_ path: String) throws -> Void) {
        self.name = name
        self.write = write
    }
}

/// What a checkpoint holds beside the shards. Rank 0's copy is written; `step` and `slices` are the same on all ranks.
package struct CheckpointContents: Sendable {
    /// The optimizer step after which it is taken.
    package let step: Int
    /// The tensors of the flat buffer.
    package let slices: [ParameterSlice]
    /// The bytes of `state.json`.
    package let state: [UInt8]
    package let blobs: [CheckpointBlob]
    /// Digest of the resolved configuration.
    package let configDigest: String
    /// Name and version of what numbers depend on.
    package let libraryVersions: [String: String]

    package init(
        step: Int, slices: [ParameterSlice], state: [UInt8], blobs: [CheckpointBlob] = [], configDigest: String,
        libraryVersions: [String: String] = [:]
    ) {
        self.step = step
        self.slices = slices
        self.state = state
        self.blobs = blobs
        self.configDigest = configDigest
        self.libraryVersions = libraryVersions
    }
}
