import JSON

/// The keys of `Qwen2_5_VLConfig` and of the two configurations in it.
enum Qwen25VLKeys {
    static let root = ModelKeyTable(
        "`qwen2_5_vl`",
        [
            .honoured(
                "text_config", nil,
                "the decoder's keys; null or absent: they stand here (the hub's flat layout). Where it is there, decoder keys here are not read"
            ),
            .honoured("vision_config", [:], "the vision tower's keys"),
            .honoured("image_token_id", 151_655, "placeholder of a visual token"),
            .honoured("video_token_id", 151_656, "never sampled"),
            .honoured(
                "tie_word_embeddings", false, "the head is the embedding, here or in `text_config`, unless the files hold another head"),
            .honoured("eos_token_id", nil, "ends a response, unless `generation_config.json` names others"),
            .honoured("pad_token_id", nil, "never sampled; an id that is no token's is none"),
            .unread("bos_token_id", why: "templates and tokenizers say what a text begins with"),
            .unread("vision_start_token_id", "vision_end_token_id", "vision_token_id", why: "the chat template puts them"),
        ] + SharedKeys.all + [.honoured("model_type", nil, "the family; read before all else")])

    static let text = ModelKeyTable(
        "`qwen2_5_vl`: `text_config`",
        [
            .honoured("vocab_size", 152_064, "rows of the embedding"),
            .honoured("hidden_size", 8192, "width of the residual stream"),
            .honoured("intermediate_size", 29_568, "width of the gated unit"),
            .honoured("num_hidden_layers", 80, "layers"),
            .honoured("num_attention_heads", 64, "query heads"),
            .honoured("num_key_value_heads", 8, "key and value heads; null: as many as query heads"),
            .honoured("head_dim", nil, "must be `hidden_size` / `num_attention_heads`"),
            .only(["silu", "swish"], "hidden_act", standard: "silu", "of the gated unit"),
            .honoured("rms_norm_eps", 1e-5, "epsilon of the norms"),
            .honoured("rope_theta", 1_000_000, "base of the rotary frequencies, unless `rope_parameters` or `rope_scaling` has one"),
            .honoured("rope_scaling", nil, "below; where it is not empty, `rope_parameters` is not looked at"),
            .honoured("rope_parameters", nil, "below"),
            .honoured("tie_word_embeddings", false, "true here is true outside"),
            .honoured("eos_token_id", 151_645, "ends a response, unless `generation_config.json` or the key outside names others"),
            .honoured("pad_token_id", nil, "never sampled; an id that is no token's is none"),
            .unread("attention_bias", "qkv_bias", "mlp_bias", why: "`q_proj`, `k_proj` and `v_proj` have biases, and nothing else has"),
            .unread("use_mrope", why: "positions are those of `mrope_section`"),
            .only(["qwen2_5_vl_text", "qwen2_5_vl"], "model_type", standard: "qwen2_5_vl_text", "transformers' name of the part"),
        ]
            + Qwen2Keys.windows.map { $0.names == ["max_window_layers"] ? .honoured("max_window_layers", 80, $0.note) : $0 }
            + SharedKeys.decoder + SharedKeys.all)

    static let vision = ModelKeyTable(
        "`qwen2_5_vl`: `vision_config`",
        [
            .honoured("depth", 32, "blocks"),
            .honoured("num_hidden_layers", nil, "another name of `depth`, before which it goes"),
            .honoured("hidden_size", 3584, "width of the residual stream"),
            .honoured("intermediate_size", 3420, "width of the gated unit"),
            .honoured("num_heads", 16, "heads"),
            .honoured("num_attention_heads", nil, "another name of `num_heads`, before which it goes"),
            .honoured("head_dim", nil, "must be `hidden_size` / `num_heads`"),
            .only(["silu", "swish"], "hidden_act", standard: "silu", "of the gated unit"),
            .only([3], "in_channels", "in_chans", standard: 3, "red, green, blue"),
            .honoured("patch_size", 14, "side of a patch in pixels"),
            .honoured("temporal_patch_size", 2, "frames of a patch"),
            .honoured("spatial_merge_size", 2, "side of a visual token in patches"),
            .honoured("window_size", 112, "side of an attention window in pixels"),
            .honoured("fullatt_block_indexes", [7, 15, 23, 31], "blocks whose attention spans the whole image"),
            .honoured("out_hidden_size", 3584, "must be the decoder's `hidden_size`"),
            .honoured("rope_theta", 10_000, "base of the rotary frequencies, unless `rope_parameters` or `rope_scaling` has one"),
            .honoured("rope_scaling", nil, "below; where it is not empty, `rope_parameters` is not looked at"),
            .honoured("rope_parameters", nil, "below"),
            .unread("tokens_per_second", standard: 4, why: "time in videos"),
            .unread("spatial_patch_size", why: "as `patch_size`, in the hub's files"),
            .only(["qwen2_5_vl_vision", "qwen2_5_vl"], "model_type", standard: "qwen2_5_vl_vision", "transformers' name of the part"),
        ] + SharedKeys.all)
}
