import Checkpointing
import Foundation
import LinearAlgebra
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
    /// Tensors of odd sizes with a gap, as a model's flat buffer has them.
    private static let slices = [
        ParameterSlice(name: "embed.weight", shape: [10, 13], offset: 0, count: 130),
        ParameterSlice(name: "layers.0.weight", shape: [7, 9], offset: 144, count: 63),
        ParameterSlice(name: "norm.weight", shape: [5], offset: 208, count: 5),
    ]
    private static let count = 224

    private func values(_ seed: Int) -> [Float] { (0..<Self.count).map { Float(($0 * 7919 + seed * 31) % 1999 - 999) / 777 } }

    private func shard(_ range: Range<Int>) -> CheckpointShard {
        let (w, m, v) = (values(1), values(2), values(3))
        return w.withUnsafeBufferPointer { w in
            m.withUnsafeBufferPointer { m in
                v.withUnsafeBufferPointer { v in
                    CheckpointShard(
                        range: range, weights: w.baseAddress! + range.lowerBound, firstMoments: m.baseAddress! + range.lowerBound,
                        secondMoments: v.baseAddress! + range.lowerBound)
                }
            }
        }
    }

    private func range(_ rank: Int, _ rankCount: Int) -> Range<Int> {
        (Self.count * rank / rankCount)..<(Self.count * (rank + 1) / rankCount)
    }

    private func contents(step: Int, state: String = "{}", blobs: [CheckpointBlob] = []) -> CheckpointContents {
        CheckpointContents(
            step: step, slices: Self.slices, state: Array(state.utf8), blobs: blobs, configDigest: "c0ffee",
            libraryVersions: ["openblas": "0.3.21"])
    }

    private func save(
        _ store: CheckpointStore, step: Int, rankCount: Int = 1, state: String = "{}", blobs: [CheckpointBlob] = [],
        group: LocalGroup? = nil
    ) async throws {
        let group = group ?? LocalGroup(rankCount: rankCount)
        let contents = contents(step: step, state: state, blobs: blobs)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for rank in 0..<rankCount {
                let shard = shard(range(rank, rankCount))
                tasks.addTask { try await store.save(shard, contents: contents, coordinator: group.member(rank)) }
            }
            try await tasks.waitForAll()
        }
    }

    @Test("any number of ranks loads what any number of ranks saved, bit for bit", arguments: [1, 2, 3, 5], [1, 2, 4])
    func resharding(savers: Int, loaders: Int) async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path + "/checkpoints")
        try await save(store, step: 120, rankCount: savers)
        let checkpoint = try Checkpoint(path: store.folder(step: 120))
        try checkpoint.verify()
        #expect(store.folder(step: 120).hasSuffix("/step-000120"))
        #expect(checkpoint.manifest.rankCount == savers && checkpoint.manifest.step == 120 && checkpoint.manifest.configDigest == "c0ffee")
        for (kind, seed) in [(TensorKind.weights, 1), (.firstMoments, 2), (.secondMoments, 3)] {
            let expected = values(seed)
            for rank in 0..<loaders {
                let range = range(rank, loaders)
                var loaded = [Float](repeating: -1, count: range.count)
                try loaded.withUnsafeMutableBufferPointer {
                    try checkpoint.read(kind, slices: Self.slices, range: range, into: $0.baseAddress!)
                }
                for place in range {
                    let isInTensor = Self.slices.contains { $0.range.contains(place) }
                    #expect(loaded[place - range.lowerBound] == (isInTensor ? expected[place] : -1))
                }
            }
        }
    }

    @Test("state and blobs come back, and blobs can't take the name of a part or leave the folder")
    func blobs() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        try await save(
            store, step: 1, state: #"{"cursor":7}"#, blobs: [CheckpointBlob(name: "policy-000000.safetensors", bytes: [1, 2, 3])])
        let checkpoint = try Checkpoint(path: store.folder(step: 1))
        #expect(String(decoding: try checkpoint.state(), as: UTF8.self) == #"{"cursor":7}"#)
        #expect(try checkpoint.blob(named: "policy-000000.safetensors") == [1, 2, 3])
        #expect(try checkpoint.pathOfBlob(named: "policy-000000.safetensors") == store.folder(step: 1) + "/policy-000000.safetensors")
        #expect(throws: CheckpointError.self) { try checkpoint.blob(named: "other") }
        for name in ["../x", "manifest.json", "state.json", "", ".hidden", "a/b"] {
            await #expect(throws: CheckpointError.self, "\(name)") {
                try await save(store, step: 2, blobs: [CheckpointBlob(name: name, bytes: [])])
            }
        }
        #expect(store.steps() == [1])
    }

    @Test("reading a damaged tensor fails even without a verification before")
    func checkedReads() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        try await save(store, step: 1)
        let checkpoint = try Checkpoint(path: store.folder(step: 1))
        let piece = try #require(checkpoint.manifest.pieces.first { $0.tensor == "norm.weight" && $0.kind == .weights })
        var bytes = try folder.read("step-000001/" + piece.file)
        bytes[piece.byteBegin] ^= 1
        _ = try folder.write(bytes, to: "step-000001/" + piece.file)
        var loaded = [Float](repeating: 0, count: Self.count)
        let error = #expect(throws: CheckpointError.self) {
            try loaded.withUnsafeMutableBufferPointer {
                try checkpoint.read(.weights, slices: Self.slices, range: 0..<Self.count, into: $0.baseAddress!)
            }
        }
        #expect(error?.code == .corrupt && error?.message.contains("norm.weight") == true)
    }

    @Test("a full disk on any rank fails the save on every rank, and the previous checkpoint stays", arguments: [0, 1])
    func fullDisk(rank: Int) async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        try await save(store, step: 1, rankCount: 2)
        let partial = store.folder(step: 2) + ".partial-1"
        let group = LocalGroup(rankCount: 2) { exchange in
            guard exchange == 0 else { return }
            try? FileManager.default.createSymbolicLink(
                atPath: partial + "/learner-0\(rank)-of-02.safetensors.partial", withDestinationPath: "/dev/full")
        }
        let contents = contents(step: 2)
        let shards = [shard(range(0, 2)), shard(range(1, 2))]
        let first = Task { try await store.save(shards[0], contents: contents, coordinator: group.member(0)) }
        let second = Task { try await store.save(shards[1], contents: contents, coordinator: group.member(1)) }
        for result in [await outcome { try await first.value }, await outcome { try await second.value }] {
            #expect(result?.code == .unwritable)
            #expect(result?.message.contains("learner \(rank)") == true && result?.message.contains("No space left") == true)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["step-000001"])
        try Checkpoint(path: store.folder(step: 1)).verify()
    }

    private func outcome(_ body: () async throws -> Void) async -> CheckpointError? {
        do {
            try await body()
            return nil
        } catch { return error as? CheckpointError }
    }

    @Test("shards that leave a gap are never committed")
    func gap() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        await #expect(throws: CheckpointError.self) {
            try await store.save(shard(0..<200), contents: contents(step: 1), coordinator: SoleCoordinator())
        }
        #expect(store.steps().isEmpty)
    }

    @Test("saving a step again replaces it, and leftovers of interrupted saves are removed or restored")
    func replacing() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        try await save(store, step: 4, state: "1")
        try await save(store, step: 4, state: "2")
        #expect(try Checkpoint(path: store.folder(step: 4)).state() == Array("2".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["step-000004"])
        let manager = FileManager.default
        try manager.copyItem(atPath: store.folder(step: 4), toPath: store.folder(step: 5) + ".partial-2")
        try manager.copyItem(atPath: store.folder(step: 4), toPath: store.folder(step: 4) + ".partial-31")
        try manager.copyItem(atPath: store.folder(step: 4), toPath: store.folder(step: 3) + ".removed")
        try manager.moveItem(atPath: store.folder(step: 4), toPath: store.folder(step: 4) + ".replaced")
        #expect(store.steps().isEmpty)
        try store.removeLeftovers()
        #expect(try manager.contentsOfDirectory(atPath: folder.path) == ["step-000004"])
        try Checkpoint(path: store.folder(step: 4)).verify()
    }

    @Test("retention keeps the last and the best")
    func retention() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        for step in 1...6 {
            try await save(store, step: step)
            try store.recordBest(step: step, score: step == 2 ? 0.9 : 0.5)
        }
        #expect(store.best()?.step == 2 && store.best()?.score == 0.9)
        #expect(try store.retain(last: 2) == [1, 3, 4])
        #expect(store.steps() == [2, 5, 6])
        #expect(try store.retain(last: 2).isEmpty)
        // A record of a checkpoint that is gone keeps no later one from being the best.
        try FileManager.default.removeItem(atPath: store.folder(step: 2))
        #expect(store.best() == nil)
        #expect(try store.recordBest(step: 5, score: 0.1))
    }

    @Test("a checkpoint of another model is refused by tensor")
    func otherModel() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path)
        try await save(store, step: 1)
        let checkpoint = try Checkpoint(path: store.folder(step: 1))
        try checkpoint.checkModel(Self.slices)
        let reshaped: [ParameterSlice] =
            Array(Self.slices.dropLast()) + [ParameterSlice(name: "norm.weight", shape: [1, 5], offset: 208, count: 5)]
        let longer = Self.slices + [ParameterSlice(name: "more", shape: [1], offset: 220, count: 1)]
        for other in [reshaped, Array(Self.slices.dropLast()), longer] {
            let error = #expect(throws: CheckpointError.self) { try checkpoint.checkModel(other) }
            #expect(error?.code == .differentModel)
        }
    }

    @Test("a run has one writer; the next one has a higher generation, and an old one can't commit")
    func lease() async throws {
        let folder = try TemporaryFolder()
        let store = CheckpointStore(path: folder.path + "/checkpoints")
        var first: RunLease? = try RunLease(folder: folder.path)
        #expect(first?.generation == 1)
        let error = #expect(throws: CheckpointError.self) { try RunLease(folder: folder.path) }
        #expect(error?.code == .leaseHeld && error?.message.contains("pid \(ProcessInfo.processInfo.processIdentifier)") == true)
        try await store.save(shard(0..<Self.count), contents: contents(step: 1), coordinator: SoleCoordinator(), lease: first)
        // A folder cut off and restored elsewhere: another holder on another file of the same name.
        let text = try folder.read("lease")
        try FileManager.default.removeItem(atPath: folder.path + "/lease")
        _ = try folder.write(text, to: "lease")
        let second = try RunLease(folder: folder.path)
        #expect(second.generation == 2)
        let old = first
        let lost = await outcome {
            try await store.save(shard(0..<Self.count), contents: contents(step: 2), coordinator: SoleCoordinator(), lease: old)
        }
        #expect(lost?.code == .leaseLost)
        #expect(store.steps() == [1])
        try second.check()
        first = nil
        _ = try folder.write([1, 2], to: "lease")
        #expect(throws: CheckpointError.self) { try second.check() }
    }
}
