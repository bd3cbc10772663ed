import JSON

/// `LlamaConfig`'s keys.
enum LlamaKeys {
    static let text = ModelKeyTable(
        "`llama`",
        [
            .honoured("vocab_size", 32_000, "rows of the embedding"),
            .honoured("hidden_size", 4096, "width of the residual stream"),
            .honoured("intermediate_size", 11_008, "width of the gated unit"),
            .honoured("num_hidden_layers", 32, "layers"),
            .honoured("num_attention_heads", 32, "query heads"),
            .honoured("num_key_value_heads", nil, "key and value heads; null: as many as query heads"),
            .honoured("head_dim", nil, "null: `hidden_size` / `num_attention_heads`"),
            .only(["silu", "swish"], "hidden_act", standard: "silu", "of the gated unit"),
            .honoured("rms_norm_eps", 1e-6, "epsilon of the norms"),
            .honoured("rope_theta", 10_000, "base of the rotary frequencies, unless `rope_parameters` or `rope_scaling` has one"),
            .honoured("rope_scaling", nil, "below; where it is not empty, `rope_parameters` is not looked at"),
            .honoured("rope_parameters", nil, "below"),
            .honoured("attention_bias", false, "`q_proj`, `k_proj`, `v_proj` and `o_proj` have biases"),
            .honoured("mlp_bias", false, "`gate_proj`, `up_proj` and `down_proj` have biases"),
            .honoured("tie_word_embeddings", false, "the head is the embedding, unless the files hold another head"),
            .honoured("eos_token_id", 2, "ends a response, unless `generation_config.json` names others"),
            .honoured("pad_token_id", nil, "never sampled; an id that is no token's is none"),
            .only([nil], "sliding_window", standard: nil, "every token sees all before it"),
            .only([nil, false], "use_sliding_window", standard: nil, "every token sees all before it"),
            .honoured("layer_types", nil, "`full_attention` for each layer; others are refused"),
            .unread("pretraining_tp", standard: 1, why: "slices of the same products"),
        ] + SharedKeys.decoder + SharedKeys.all + [.honoured("model_type", nil, "the family; read before all else")])
}
