import Foundation
import LinearAlgebra
import PolicyModel
import Safetensors
import Testing

/// A copy of a tiny model's folder that goes away with its test.
private final class ModelCopy {
    let folder: URL

    init(_ name: String = "text_tiny/qwen2") throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "percept-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let source = Bundle.module.bundleURL.appending(path: "Fixtures/\(name)")
        for file in ["config.json", "model.safetensors"] {
            try FileManager.default.copyItem(at: source.appending(path: file), to: folder.appending(path: file))
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var weights: URL { folder.appending(path: "model.safetensors") }

    /// Rewrites the header as `change` says and the data as `damage` says.
    func rewrite(_ change: (inout [String: Any]) throws -> Void, damage: (inout Data, [String: Any]) throws -> Void = { _, _ in }) throws {
        let bytes = try Data(contentsOf: weights)
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try #require(try JSONSerialization.jsonObject(with: bytes[8..<(8 + length)]) as? [String: Any])
        var data = Data(bytes[(8 + length)...])
        try damage(&data, header)
        try change(&header)
        let json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
        let count = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        try (count + json + data).write(to: weights)
    }

    func truncate(by count: Int) throws { try Data(contentsOf: weights).dropLast(count).write(to: weights) }

    func configure(_ changes: [String: Any?]) throws {
        let file = folder.appending(path: "config.json")
        var json = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        for (key, value) in changes { json[key] = value }
        try JSONSerialization.data(withJSONObject: json).write(to: file)
    }

    /// The message that loading fails with; nil if it doesn't fail with one of ours.
    func failure() -> String? {
        do {
            _ = try PolicyFolder.load(folder)
            return nil
        } catch {
            guard error is PolicyModelError || error is SafetensorsError else { return nil }
            return "\(error)"
        }
    }
}

@Suite("Hostile model folders")
struct HostileFolderTests {
    private let tensor = "model.layers.1.mlp.up_proj.weight"

    private func entry(_ header: [String: Any], _ name: String) throws -> (shape: [Int], offsets: [Int]) {
        let entry = try #require(header[name] as? [String: Any])
        return (try #require(entry["shape"] as? [Int]), try #require(entry["data_offsets"] as? [Int]))
    }

    @Test("the untouched copy loads")
    func control() throws { #expect(try ModelCopy().failure() == nil) }

    @Test("a missing tensor is named")
    func missing() throws {
        let copy = try ModelCopy()
        try copy.rewrite { header in
            header["other"] = header[tensor]
            header[tensor] = nil
        }
        let message = try #require(copy.failure())
        #expect(message.contains(copy.folder.path) && message.contains(tensor) && message.contains("missing"))
    }

    @Test("a tensor of another shape is named with both shapes")
    func shape() throws {
        let copy = try ModelCopy()
        try copy.rewrite { header in
            var entry = try #require(header[tensor] as? [String: Any])
            entry["shape"] = [64, 160]
            header[tensor] = entry
        }
        let message = try #require(copy.failure())
        #expect(message.contains(tensor) && message.contains("[64, 160]") && message.contains("[160, 64]"))
    }

    @Test("a value that is not finite is refused with its tensor", arguments: [Float.nan, .infinity, -.infinity])
    func nonFinite(value: Float) throws {
        let copy = try ModelCopy()
        try copy.rewrite({ _ in }) { data, header in
            let start = try entry(header, tensor).offsets[0] + 4 * 1234
            withUnsafeBytes(of: value.bitPattern.littleEndian) { data.replaceSubrange(start..<(start + 4), with: $0) }
        }
        let message = try #require(copy.failure())
        #expect(message.contains("model.safetensors") && message.contains(tensor) && message.contains("1234"))
    }

    @Test("tensors that share bytes, and offsets beyond the file, are refused")
    func offsets() throws {
        for shift in [-64, 1 << 40] {
            let copy = try ModelCopy()
            try copy.rewrite { header in
                var entry = try #require(header[tensor] as? [String: Any])
                let offsets = try self.entry(header, tensor).offsets
                entry["data_offsets"] = offsets.map { $0 + shift }
                header[tensor] = entry
            }
            #expect(copy.failure()?.contains("model.safetensors") == true, "\(shift)")
        }
    }

    @Test("a file that ends early is refused")
    func truncated() throws {
        let copy = try ModelCopy()
        try copy.truncate(by: 4096)
        #expect(copy.failure()?.contains("model.safetensors") == true)
    }

    @Test(
        "a configuration that means no model is refused with its file's name",
        arguments: [
            #"{"hidden_size": 0}"#, #"{"hidden_size": -64}"#, #"{"num_attention_heads": 0}"#, #"{"num_key_value_heads": 0}"#,
            #"{"num_key_value_heads": 3}"#, #"{"num_key_value_heads": -2}"#, #"{"head_dim": 0}"#, #"{"head_dim": -16}"#,
            #"{"head_dim": 4611686018427387904}"#, #"{"vocab_size": 0}"#, #"{"model_type": "gpt2"}"#, #"{"hidden_act": "gelu"}"#,
            #"{"hidden_size": "many"}"#, #"{"num_hidden_layers": 1e30}"#,
            #"{"use_sliding_window": true, "layer_types": null, "sliding_window": 8, "max_window_layers": 1}"#,
            #"{"eos_token_id": 99999999999}"#,
            #"{"vocab_size": 2147483647, "hidden_size": 2147483640, "intermediate_size": 2147483647, "num_hidden_layers": 2147483647}"#,
            #"{"rope_theta": 0}"#, #"{"rms_norm_eps": -1}"#,
        ])
    func configuration(change: String) throws {
        let copy = try ModelCopy()
        try copy.configure(try #require(try JSONSerialization.jsonObject(with: Data(change.utf8)) as? [String: Any]))
        let message = try #require(copy.failure(), "\(change)")
        #expect(message.contains("config.json") || message.contains(copy.folder.path))
    }

    @Test(
        "a vision tower that means none is refused",
        arguments: [
            #"{"image_token_id": 99999999999}"#, #"{"vision_config": {"spatial_merge_size": 0}}"#, #"{"vision_config": {"patch_size": 0}}"#,
            #"{"vision_config": {"temporal_patch_size": -1}}"#, #"{"vision_config": {"in_chans": 0}}"#, #"{"vision_config": {"depth": 0}}"#,
            #"{"vision_config": {"window_size": 0}}"#, #"{"vision_config": {"num_heads": 0}}"#,
            #"{"vision_config": {"patch_size": 2147483647, "spatial_merge_size": 9223372036854775807}}"#,
            #"{"vision_config": {"window_size": 999999999, "patch_size": 999999, "in_chans": 2147483647}}"#, #"{"vision_config": null}"#,
            #"{"rope_scaling": {"type": "mrope", "mrope_section": [9223372036854775807, 1, 7]}}"#,
            #"{"rope_scaling": {"type": "mrope", "mrope_section": [-2, 5, 5]}}"#,
            #"{"rope_scaling": {"type": "yarn", "mrope_section": [2, 3, 3]}}"#, #"{"rope_scaling": null}"#,
        ])
    func vision(change: String) throws {
        let copy = try ModelCopy("qwen2_5_vl_tiny")
        var changes = try #require(try JSONSerialization.jsonObject(with: Data(change.utf8)) as? [String: Any])
        if let part = changes["vision_config"] as? [String: Any] {
            let golden: [String: Any] = [
                "depth": 3, "hidden_size": 64, "intermediate_size": 96, "num_heads": 4, "in_chans": 3, "out_hidden_size": 64,
                "patch_size": 14, "spatial_merge_size": 2, "window_size": 112, "fullatt_block_indexes": [2], "temporal_patch_size": 2,
            ]
            changes["vision_config"] = golden.merging(part) { $1 }
        }
        try copy.configure(changes)
        #expect(copy.failure() != nil, "\(change)")
    }

    @Test("a folder without a configuration, or with one that is no JSON, is refused")
    func noConfiguration() throws {
        let copy = try ModelCopy()
        try Data("{".utf8).write(to: copy.folder.appending(path: "config.json"))
        #expect(copy.failure()?.contains("config.json") == true)
        try FileManager.default.removeItem(at: copy.folder.appending(path: "config.json"))
        #expect(copy.failure()?.contains("config.json") == true)
    }
}
