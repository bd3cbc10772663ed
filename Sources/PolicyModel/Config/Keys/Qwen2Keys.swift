import JSON

/// `Qwen2Config`'s keys.
enum Qwen2Keys {
    static let text = ModelKeyTable(
        "`qwen2`",
        [
            .honoured("vocab_size", 151_936, "rows of the embedding"),
            .honoured("hidden_size", 4096, "width of the residual stream"),
            .honoured("intermediate_size", 22_016, "width of the gated unit"),
            .honoured("num_hidden_layers", 32, "layers"),
            .honoured("num_attention_heads", 32, "query heads"),
            .honoured("num_key_value_heads", 32, "key and value heads; null: as many as query heads"),
            .honoured("head_dim", nil, "null: `hidden_size` / `num_attention_heads`"),
            .only(["silu", "swish"], "hidden_act", standard: "silu", "of the gated unit"),
            .honoured("rms_norm_eps", 1e-6, "epsilon of the norms"),
            .honoured("rope_theta", 10_000, "base of the rotary frequencies, unless `rope_parameters` or `rope_scaling` has one"),
            .honoured("rope_scaling", nil, "below; where it is not empty, `rope_parameters` is not looked at"),
            .honoured("rope_parameters", nil, "below"),
            .honoured("tie_word_embeddings", false, "the head is the embedding, unless the files hold another head"),
            .honoured("eos_token_id", nil, "ends a response, unless `generation_config.json` names others"),
            .honoured("pad_token_id", nil, "never sampled; an id that is no token's is none"),
            .only([nil, false], "use_mrope", standard: nil, "positions are numbers"),
            .unread("attention_bias", "qkv_bias", "mlp_bias", why: "`q_proj`, `k_proj` and `v_proj` have biases, and nothing else has"),
        ] + windows + SharedKeys.decoder + SharedKeys.all + [.honoured("model_type", nil, "the family; read before all else")])

    /// Sliding windows, which must not come to bear.
    static let windows: [ModelKey] = [
        .honoured("use_sliding_window", false, "true is refused if a layer would have a window"),
        .honoured("sliding_window", 4096, "null: no layer has a window"),
        .honoured("max_window_layers", 28, "layers before the first with a window"),
        .honoured("layer_types", nil, "goes before the three above: `full_attention` for each layer; others are refused"),
    ]
}
