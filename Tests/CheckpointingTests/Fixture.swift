import Checkpointing
import LinearAlgebra

/// A small model's checkpoint: tensors of odd sizes with gaps between them, as a flat buffer has.
struct CheckpointFixture {
    let slices: [ParameterSlice]
    /// Elements of the flat buffer.
    let count: Int

    static let small = CheckpointFixture(
        slices: [
            ParameterSlice(name: "embed.weight", shape: [10, 13], offset: 0, count: 130),
            ParameterSlice(name: "layers.0.weight", shape: [7, 9], offset: 144, count: 63),
            ParameterSlice(name: "norm.weight", shape: [5], offset: 208, count: 5),
        ], count: 224)

    /// What the whole buffer of a kind holds.
    func values(_ kind: TensorKind) -> [Float] {
        let seed = [TensorKind.weights: 1, .firstMoments: 2, .secondMoments: 3][kind] ?? 0
        return (0..<count).map { Float(($0 * 7919 + seed * 31) % 1999 - 999) / 777 }
    }

    func shard(_ range: Range<Int>) -> CheckpointShard {
        let (weights, first, second) = (values(.weights), values(.firstMoments), values(.secondMoments))
        return weights.withUnsafeBufferPointer { w in
            first.withUnsafeBufferPointer { m in
                second.withUnsafeBufferPointer { v in
                    CheckpointShard(
                        range: range, weights: w.baseAddress! + range.lowerBound, firstMoments: m.baseAddress! + range.lowerBound,
                        secondMoments: v.baseAddress! + range.lowerBound)
                }
            }
        }
    }

    /// About equal parts.
    func ranges(_ rankCount: Int) -> [Range<Int>] { (0..<rankCount).map { (count * $0 / rankCount)..<(count * ($0 + 1) / rankCount) } }

    func contents(step: Int, generation: Int = 1, state: String = "{}", blobs: [CheckpointBlob] = []) -> CheckpointContents {
        CheckpointContents(
            step: step, generation: generation, slices: slices, state: Array(state.utf8), blobs: blobs, configDigest: "c0ffee",
            libraryVersions: ["openblas": "0.3.21"])
    }

    /// Has all ranks save, each a task of its own, and returns what each threw.
    @discardableResult
    func save(
        _ store: CheckpointStore, _ contents: CheckpointContents, ranges: [Range<Int>]? = nil, rankCount: Int = 1, group: LocalGroup? = nil,
        lease: RunLease? = nil, observer: SaveObserver? = nil
    ) async -> [(any Error)?] {
        let ranges = ranges ?? self.ranges(rankCount)
        let group = group ?? LocalGroup(rankCount: ranges.count)
        return await withTaskGroup(of: (Int, (any Error)?).self) { tasks in
            for (rank, range) in ranges.enumerated() {
                let shard = shard(range)
                tasks.addTask {
                    do {
                        try await store.save(
                            shard, contents: contents, coordinator: group.member(rank), lease: rank == 0 ? lease : nil, observer: observer)
                        return (rank, nil)
                    } catch {
                        if error is SaveAbandoned { await group.lose() }
                        return (rank, error)
                    }
                }
            }
            var errors = [(any Error)?](repeating: nil, count: ranges.count)
            for await (rank, error) in tasks { errors[rank] = error }
            return errors
        }
    }
}
