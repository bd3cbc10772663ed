import Foundation
import GGUF

extension ModelConfiguration {
    /// The configuration that a GGUF file's metadata stand for, made by way of the `config.json` that belongs to it.
    ///
    /// - Throws: `GGUFError` for a value of the wrong kind; `PolicyModelError` (`configuration`) for a model that is not supported.
    init(_ file: GGUFFile) throws {
        let metadata = try GGUFMetadata(file)
        try metadata.checkSupported()
        let json = try JSONSerialization.data(withJSONObject: try metadata.configuration(), options: [.prettyPrinted, .sortedKeys])
        try self.init(json: json, source: file.path)
    }
}

/// The model's part of the metadata: `<architecture>.<key>`, by llama.cpp's definitions and defaults.
private struct GGUFMetadata {
    let file: GGUFFile
    let architecture: String

    init(_ file: GGUFFile) throws {
        self.file = file
        guard let architecture = try file.string("general.architecture") else {
            throw GGUFError(.invalidMetadata, path: file.path, "general.architecture is missing: the file holds no model")
        }
        guard ["llama", "qwen2"].contains(architecture) else {
            throw PolicyModelError(
                .configuration, "\(file.path): the architecture '\(architecture)' is not supported; of GGUF files llama and qwen2 are")
        }
        self.architecture = architecture
    }

    private func fail(_ message: String) -> PolicyModelError { PolicyModelError(.configuration, "\(file.path): \(message)") }

    private func key(_ name: String) -> String { "\(architecture).\(name)" }

    private func required(_ name: String) throws -> Int {
        guard let value = try file.integer(key(name)) else { throw fail("'\(key(name))' is missing") }
        return value
    }

    /// A real number with the digits that its 32 bits need: 1e-5, not 9.999999747378752e-06.
    private func short(_ value: Double, _ name: String) throws -> Double {
        guard value.isFinite, let short = Double("\(Float(value))"), short.isFinite else { throw fail("'\(key(name))' is \(value)") }
        return short
    }

    /// Refuses what would change the logits and isn't computed: rope scaling, experts, windows and factors other than 1.
    func checkSupported() throws {
        if let type = try file.string(key("rope.scaling.type")), type != "none" {
            throw fail("rope scaling '\(type)' is not supported: only models without it are")
        }
        for name in ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"] where file.tensor(named: name) != nil {
            throw fail("the tensor '\(name)' scales the rotary frequencies, which is not supported")
        }
        let neutral = [
            ("rope.scaling.factor", 1.0), ("rope.scale_linear", 1), ("rope.scaling.attn_factor", 1), ("attention.scale", 0),
            ("logit_scale", 1), ("embedding_scale", 1), ("residual_scale", 1),
            ("expert_count", 0), ("attention.sliding_window", 0), ("attention.clamp_kqv", 0), ("attention.max_alibi_bias", 0),
            ("attn_logit_softcapping", 0), ("final_logit_softcapping", 0),
        ]
        for (name, value) in neutral {
            guard let given = try file.real(key(name)), given != value else { continue }
            throw fail("'\(key(name))' is \(given), which is not supported: only \(value) is")
        }
        if let isCausal = try file.bool(key("attention.causal")), !isCausal { throw fail("attention that is not causal is not supported") }
        if try file.bool(key("use_parallel_residual")) == true { throw fail("a parallel residual stream is not supported") }
    }

    /// The members of `config.json`, by Hugging Face's names.
    func configuration() throws -> [String: Any] {
        let hidden = try required("embedding_length")
        let heads = try required("attention.head_count")
        guard hidden > 0, heads > 0 else {
            throw fail("'\(key("embedding_length"))' and '\(key("attention.head_count"))' must be positive")
        }
        guard let embedding = file.tensor(named: "token_embd.weight"), embedding.shape.count == 2 else {
            throw fail("the tensor 'token_embd.weight' is missing or no matrix")
        }
        if let size = try file.integer(key("vocab_size")), size != embedding.shape[0] {
            throw fail("'\(key("vocab_size"))' is \(size), but 'token_embd.weight' has \(embedding.shape[0]) rows")
        }
        let headSize = try file.integer(key("attention.key_length")) ?? hidden / heads
        for name in ["attention.value_length", "rope.dimension_count"] {
            if let size = try file.integer(key(name)), size != headSize {
                throw fail("'\(key(name))' is \(size), which is not supported: only the head size \(headSize) is")
            }
        }
        guard let epsilon = try file.real(key("attention.layer_norm_rms_epsilon")) else {
            throw fail("'\(key("attention.layer_norm_rms_epsilon"))' is missing")
        }
        let theta = try file.real(key("rope.freq_base")) ?? 10_000
        var members: [String: Any] = [
            "architectures": [architecture == "llama" ? "LlamaForCausalLM" : "Qwen2ForCausalLM"], "model_type": architecture,
            "hidden_size": hidden, "intermediate_size": try required("feed_forward_length"),
            "num_hidden_layers": try required("block_count"),
            "num_attention_heads": heads, "num_key_value_heads": try file.integer(key("attention.head_count_kv")) ?? heads,
            "vocab_size": embedding.shape[0], "rms_norm_eps": try short(epsilon, "attention.layer_norm_rms_epsilon"),
            "rope_theta": try short(theta, "rope.freq_base"), "hidden_act": "silu",
            "tie_word_embeddings": file.tensor(named: "output.weight") == nil, "torch_dtype": "float32",
        ]
        // Qwen2 always has biases on queries, keys and values, and its configuration has no word for them or for another head size.
        if architecture == "llama" {
            members["head_dim"] = headSize
            members["attention_bias"] = file.tensor(named: "blk.0.attn_q.bias") != nil
            members["mlp_bias"] = file.tensor(named: "blk.0.ffn_gate.bias") != nil
        } else if headSize * heads != hidden {
            throw fail("\(heads) heads of \(headSize) elements are not \(hidden), which qwen2 demands")
        }
        if let length = try file.integer(key("context_length")) { members["max_position_embeddings"] = length }
        for (name, member) in [("bos_token_id", "bos_token_id"), ("padding_token_id", "pad_token_id")] {
            if let id = try file.integer("tokenizer.ggml." + name) { members[member] = id }
        }
        let ends = try ["eos_token_id", "eot_token_id"].compactMap { try file.integer("tokenizer.ggml." + $0) }
        if let first = ends.first { members["eos_token_id"] = ends.allSatisfy { $0 == first } ? first : ends }
        return members
    }
}
