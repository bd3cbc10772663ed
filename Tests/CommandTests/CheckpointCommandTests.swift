import Checkpointing
import Foundation
import LinearAlgebra
import PolicyModel
import Testing

@Suite("percept checkpoint")
struct CheckpointCommandTests {
    /// A run with checkpoints after steps 3 and 5: the golden model, and the same with every weight doubled.
    private func run(_ scratch: Scratch) async throws -> (path: String, store: CheckpointStore, weights: PolicyWeights) {
        let weights = try PolicyFolder.load(Golden.vision)
        let path = scratch.path("run")
        let store = CheckpointStore(path: path + "/checkpoints")
        let moments = FloatBuffer(count: weights.table.count)
        for step in [3, 5] {
            if step == 5 { for i in 0..<weights.table.count { weights.values.base[i] *= 2 } }
            let shard = CheckpointShard(
                range: 0..<weights.table.count, weights: weights.values.base, firstMoments: moments.base, secondMoments: moments.base)
            let contents = CheckpointContents(step: step, slices: weights.table.slices, state: Array("{}".utf8), configDigest: "digest")
            try await store.save(shard, contents: contents, coordinator: SoleCoordinator())
        }
        return (path, store, weights)
    }

    private func flipByte(of store: CheckpointStore, step: Int) throws {
        let file = URL(filePath: store.folder(step: step) + "/learner-00-of-01.safetensors")
        var data = try Data(contentsOf: file)
        data[data.count / 2] ^= 1
        try data.write(to: file)
    }

    @Test("the export is a model folder with the checkpoint's weights, which score reads")
    func export() async throws {
        let scratch = try Scratch()
        let (path, _, doubled) = try await run(scratch)
        let out = scratch.path("out")
        let arguments = ["checkpoint", "export", path, "--output", out, "--model", Golden.vision.path]
        let outcome = try PerceptProgram.run(arguments)
        #expect(outcome.code == 0 && outcome.output.contains("after step 5"), "\(outcome.errors)")
        #expect(try PolicyFolder.load(URL(filePath: out)).values.values == doubled.values.values)
        let score = ["score", "--model", out, "--image", Golden.image, "--prompt", "hi", "--response", "there"]
        #expect(try PerceptProgram.run(score).code == 0)
        let again = try PerceptProgram.run(arguments)
        #expect(again.code == 2 && again.errors.contains(out), "a model folder is not overwritten: \(again.errors)")
        let early = try PerceptProgram.run(
            ["checkpoint", "export", path, "--step", "3", "--output", scratch.path("early"), "--model", Golden.vision.path])
        #expect(early.code == 0, "\(early.errors)")
        #expect(try PolicyFolder.load(URL(filePath: scratch.path("early"))).values.values == PolicyFolder.load(Golden.vision).values.values)
    }

    @Test("inspect lists checkpoints; verify finds a flipped bit; export falls back and says so")
    func damage() async throws {
        let scratch = try Scratch()
        let (path, store, _) = try await run(scratch)
        let inspected = try PerceptProgram.run(["checkpoint", "inspect", path])
        #expect(inspected.code == 0 && inspected.output.contains("step 3,") && inspected.output.contains("step 5,"), "\(inspected.errors)")
        let good = try PerceptProgram.run(["checkpoint", "verify", path])
        #expect(good.code == 0 && good.output.split(separator: "\n").count == 2, "\(good.errors)")
        try flipByte(of: store, step: 5)
        let bad = try PerceptProgram.run(["checkpoint", "verify", path])
        #expect(bad.code == 2 && bad.errors.contains("step-000005/learner-00-of-01.safetensors"), "\(bad.errors)")
        #expect(bad.output.contains("step-000003: good"))
        let export = ["checkpoint", "export", path, "--output", scratch.path("out"), "--model", Golden.vision.path]
        let named = try PerceptProgram.run(export + ["--step", "5"])
        #expect(named.code == 2 && !FileManager.default.fileExists(atPath: scratch.path("out")), "\(named.errors)")
        let fallen = try PerceptProgram.run(export)
        #expect(fallen.code == 0 && fallen.output.contains("after step 3") && fallen.errors.contains("step-000005"), "\(fallen.errors)")
    }

    @Test("another model and an absent step are refused")
    func refusals() async throws {
        let scratch = try Scratch()
        let (path, _, _) = try await run(scratch)
        let text = Golden.fixtures.appending(path: "text_tiny/qwen2").path
        let other = try PerceptProgram.run(["checkpoint", "export", path, "--output", scratch.path("out"), "--model", text])
        #expect(other.code == 2 && other.errors.contains("tensor"), "\(other.errors)")
        let absent = try PerceptProgram.run(["checkpoint", "inspect", path, "--step", "4"])
        #expect(absent.code == 2 && absent.errors.contains("3, 5"), "\(absent.errors)")
        let unnamed = try PerceptProgram.run(["checkpoint", "export", path, "--output", scratch.path("out")])
        #expect(unnamed.code == 2 && unnamed.errors.contains("--model"), "\(unnamed.errors)")
    }
}
