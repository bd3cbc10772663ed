import Foundation
import Testing

@Suite("percept train --dry-run")
struct DryRunTests {
    private struct Report: Decodable {
        struct Rank: Decodable {
            struct Part: Decodable {
                let name: String
                let bytes: Int
            }

            let role: String
            let count: Int
            let parts: [Part]
        }

        let parameters: Int
        let judgeParameters: [Int]
        let prompt: [String: Int]
        let ranks: [Rank]
        let total: Int
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A published shape (Qwen2.5-VL-7B): config.json and nothing else.
    private static let qwen25VL7B = """
        {"model_type": "qwen2_5_vl", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
         "num_key_value_heads": 4, "vocab_size": 152064, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "hidden_act": "silu",
         "image_token_id": 151655, "video_token_id": 151656, "tie_word_embeddings": false,
         "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
         "vision_config": {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "in_chans": 3,
          "out_hidden_size": 3584, "patch_size": 14, "spatial_merge_size": 2, "window_size": 112,
          "fullatt_block_indexes": [7, 15, 23, 31], "temporal_patch_size": 2}}
        """

    private func large(_ scratch: Scratch) throws -> String {
        try FileManager.default.createDirectory(atPath: scratch.path("policy"), withIntermediateDirectories: true)
        try scratch.write(Self.qwen25VL7B, to: "policy/config.json")
        try scratch.write(
            """
            schema_version: 1
            output: \(scratch.path("run"))
            model: {policy: \(scratch.path("policy"))}
            data: {train: {type: digits}}
            judge: {type: rules}
            """, to: "run.yaml")
        return scratch.path("run.yaml")
    }

    @Test("a 7B model without weights has a size; what does not fit is refused with what to change")
    func sizes() throws {
        let scratch = try Scratch()
        let config = try large(scratch)
        let fits = try PerceptProgram.run(["train", config, "--dry-run", "--json", "--memory-per-rank", "100TiB"])
        #expect(fits.code == 0, "\(fits.errors)")
        let report = try fits.json(Report.self)
        #expect(report.parameters == 8_292_166_656 && report.judgeParameters == [])
        #expect(report.ranks.map(\.role) == ["learner 0", "rollout", "judge"])
        #expect(report.ranks[0].parts.first { $0.name == "gradients" }?.bytes == 12 * report.parameters)
        let text = try PerceptProgram.run(["train", config, "--dry-run", "--memory-per-rank=64GiB", "--set", "rollout.weights=bfloat16"])
        #expect(text.code == 2 && text.output.contains("8292166656 parameters, published in bfloat16"), "\(text.output)")
        #expect(text.output.contains("has no weights yet") && text.errors.contains("64 GiB"), "\(text.output)\n\(text.errors)")
        #expect(text.errors.contains("training.tokens_per_micro_batch"), "\(text.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("run")), "a dry run writes nothing")
        let placed = try PerceptProgram.run(
            ["train", config, "--dry-run", "--json", "--memory-per-rank", "100TiB", "--placement", "learner=4,rollout=8,judge=1"])
        #expect(try placed.json(Report.self).ranks.map(\.count) == [1, 3, 8, 1])
    }

    @Test("a dry run says which key of a judge behind a server is not set, and does not need it")
    func key() throws {
        let outcome = try PerceptProgram.run(
            ["train", Self.root.path + "/configs/digits.yaml", "--dry-run"]
                + [
                    "judge.type=endpoint", "judge.model=null", "judge.endpoint.base_url=https://judge.example/v1", "judge.endpoint.model=m",
                    "judge.endpoint.key_variable=PERCEPT_TEST_UNSET_KEY",
                ].flatMap { ["--set", $0] })
        #expect(outcome.code == 0 && outcome.output.contains("PERCEPT_TEST_UNSET_KEY is not set"), "\(outcome.output)\n\(outcome.errors)")
    }

    @Test("the digits run's size takes its prompts from its data; training refuses what it has no memory for, before it writes")
    func digits() throws {
        let scratch = try Scratch()
        let arguments = ["train", Self.root.path + "/configs/digits.yaml", "--output", scratch.path("run")]
        let dry = try PerceptProgram.run(arguments + ["--dry-run", "--json", "--memory-per-rank", "8GiB"], in: Self.root)
        #expect(dry.code == 0, "\(dry.errors)")
        let report = try dry.json(Report.self)
        #expect((report.prompt["tokens"] ?? 0) < 256, "a real prompt, not the limit")
        #expect(report.ranks.map(\.count) == [1, 2, 2])
        let refused = try PerceptProgram.run(arguments + ["--memory-per-rank", "64MiB"], in: Self.root)
        #expect(refused.code == 2 && refused.errors.contains("64 MiB"), "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path("run")))
        let alone = try PerceptProgram.run(arguments + ["--json"], in: Self.root)
        #expect(alone.code == 2 && alone.errors.contains("--dry-run"), "\(alone.errors)")
    }

    @Test("weights of another shape than config.json's are found by a dry run")
    func headers() throws {
        let scratch = try Scratch()
        let config = try large(scratch)
        try FileManager.default.copyItem(
            atPath: Golden.vision.path + "/model.safetensors", toPath: scratch.path("policy/model.safetensors"))
        let outcome = try PerceptProgram.run(["train", config, "--dry-run", "--memory-per-rank", "100TiB"])
        #expect(outcome.code == 2 && outcome.errors.contains("tensor"), "\(outcome.errors)")
    }
}
