import Checkpointing
import Foundation
import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

@Suite("percept checkpoint export")
struct ExportTests {
    private static let folders = ["qwen2_5_vl_tiny", "text_tiny/qwen2", "text_tiny/llama"]

    /// A run with one checkpoint: a golden model with every weight a third, so that rounding shows.
    private func run(_ scratch: Scratch, _ model: URL) async throws -> (path: String, weights: PolicyWeights) {
        let weights = try PolicyFolder.load(model)
        for index in 0..<weights.table.count { weights.values.base[index] /= 3 }
        let path = scratch.path("run")
        let moments = FloatBuffer(count: weights.table.count)
        let shard = CheckpointShard(
            range: 0..<weights.table.count, weights: weights.values.base, firstMoments: moments.base, secondMoments: moments.base)
        try await CheckpointStore(path: path + "/checkpoints").save(
            shard, contents: CheckpointContents(step: 1, slices: weights.table.slices, state: Array("{}".utf8), configDigest: "digest"),
            coordinator: SoleCoordinator())
        return (path, weights)
    }

    private func configuration(_ folder: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: folder + "/config.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test("float32 comes back bit for bit, bfloat16 rounded, in one file or in shards with an index", arguments: folders, [false, true])
    func roundTrip(_ name: String, isSharded: Bool) async throws {
        let scratch = try Scratch()
        let model = Golden.fixtures.appending(path: name)
        let (path, weights) = try await run(scratch, model)
        for storage in WeightStorage.allCases {
            let out = scratch.path(storage.rawValue)
            let outcome = try PerceptProgram.run(
                ["checkpoint", "export", path, "--model", model.path, "--output", out, "--dtype", storage.rawValue]
                    + (isSharded ? ["--shard-size", "100kB"] : []))
            #expect(outcome.code == 0, "\(outcome.errors)")
            var expected = weights.values.values
            storage.round(&expected, count: expected.count)
            #expect(try PolicyFolder.load(URL(filePath: out)).values.values.map(\.bitPattern) == expected.map(\.bitPattern))
            let json = try configuration(out)
            #expect(json["torch_dtype"] as? String == storage.rawValue)
            #expect(json["dtype"] as? String ?? storage.rawValue == storage.rawValue)
            let files = try SafetensorsFolder(path: out)
            #expect(files.names == weights.table.slices.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            let type: TensorDataType = storage == .float32 ? .float32 : .bfloat16
            #expect(files.files.allSatisfy { $0.header.metadata["format"] == "pt" && $0.tensors.allSatisfy { $0.dataType == type } })
            #expect((files.files.count > 1) == isSharded)
            if isSharded { try checkIndex(out, files, bytes: storage.byteCount * weights.table.count) }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).allSatisfy { !$0.hasPrefix(".") }, "no leftovers")
        }
    }

    private func checkIndex(_ out: String, _ files: SafetensorsFolder, bytes: Int) throws {
        let data = try Data(contentsOf: URL(filePath: out + "/model.safetensors.index.json"))
        let index = try #require(try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]])
        #expect(index["metadata"]?["total_size"] as? Int == bytes)
        let map = try #require(index["weight_map"] as? [String: String])
        #expect(Set(map.keys) == Set(files.names))
        let count = files.files.count
        for (number, file) in files.files.enumerated() {
            let digits = { (value: Int) in String(repeating: "0", count: 5 - "\(value)".count) + "\(value)" }
            #expect(file.path.hasSuffix("/model-\(digits(number + 1))-of-\(digits(count)).safetensors"))
            let tensors = file.tensors
            #expect(tensors.allSatisfy { map[$0.name].map { file.path.hasSuffix("/" + $0) } == true })
            // A shard is above its limit only if it holds a single tensor.
            #expect(tensors.count == 1 || tensors.reduce(0) { $0 + $1.byteRange.count } <= 100_000)
        }
    }

    @Test("a folder that is not empty stays as it is; --force replaces a model, and nothing else")
    func overwriting() async throws {
        let scratch = try Scratch()
        let (path, weights) = try await run(scratch, Golden.vision)
        let out = scratch.path("out")
        let export = ["checkpoint", "export", path, "--model", Golden.vision.path, "--output", out]
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let sharded = try PerceptProgram.run(export + ["--shard-size", "50kB"])
        #expect(sharded.code == 0, "an empty folder is taken: \(sharded.errors)")
        let refused = try PerceptProgram.run(export)
        #expect(refused.code == 2 && refused.errors.contains("--force"), "\(refused.errors)")
        // One file replaces the shards, none of which stays behind.
        let forced = try PerceptProgram.run(export + ["--force", "--dtype", "float32"])
        #expect(forced.code == 0, "\(forced.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: out)
        #expect(names.filter(PolicyFolder.isWeightFile) == ["model.safetensors"])
        #expect(try PolicyFolder.load(URL(filePath: out)).values.values == weights.values.values)
        try Data("mine".utf8).write(to: URL(filePath: out + "/notes.txt"))
        let stranger = try PerceptProgram.run(export + ["--force"])
        #expect(stranger.code == 2 && stranger.errors.contains("notes.txt"), "\(stranger.errors)")
        #expect(try String(contentsOfFile: out + "/notes.txt", encoding: .utf8) == "mine")
        for size in ["0", "-5GB", "5 parsecs", "1e400"] {
            let bad = try PerceptProgram.run(["checkpoint", "export", path, "--output", scratch.path("x"), "--shard-size=\(size)"])
            #expect(bad.code == 2 && !FileManager.default.fileExists(atPath: scratch.path("x")), "\(size)")
        }
    }

    @Test("a value beyond bfloat16's range is refused by name, and nothing is written")
    func range() async throws {
        let scratch = try Scratch()
        let model = Golden.fixtures.appending(path: "text_tiny/qwen2")
        let weights = try PolicyFolder.load(model)
        weights.values.base[weights.table.slices[1].offset] = .greatestFiniteMagnitude
        let folder = scratch.folder.appending(path: "model")
        try PolicyFolder.save(weights, to: folder, companions: model)
        #expect(throws: PolicyModelError.self) { try PolicyFolder.load(folder, storage: .bfloat16) }
        let (path, _) = try await run(scratch, model)
        let store = CheckpointStore(path: path + "/checkpoints")
        let shard = CheckpointShard(
            range: 0..<weights.table.count, weights: weights.values.base, firstMoments: weights.values.base,
            secondMoments: weights.values.base)
        try await store.save(
            shard, contents: CheckpointContents(step: 2, slices: weights.table.slices, state: Array("{}".utf8), configDigest: "digest"),
            coordinator: SoleCoordinator())
        let outcome = try PerceptProgram.run(
            ["checkpoint", "export", path, "--model", model.path, "--output", scratch.path("out"), "--dtype", "bfloat16"])
        #expect(outcome.code == 2 && outcome.errors.contains(weights.table.slices[1].name), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("out")))
    }
}
