import JSON

/// Keys that any object of a `config.json` may hold.
enum SharedKeys {
    static let all: [ModelKey] = [
        .only([false], "is_encoder_decoder", standard: false, "the families are decoders"),
        .only([nil], "quantization_config", "compression_config", standard: nil, "weights are read as they stand"),
        .only([nil, [:]], "per_layer_config", standard: nil, "all layers are alike"),
        .unread("dtype", "torch_dtype", why: "values are read in whatever form the files have, and computed with in float32"),
        .unread(
            "architectures", "auto_map", "transformers_version", "_name_or_path", "name_or_path", "_commit_hash",
            why: "who wrote the file, and the class that it was"),
        .unread(
            "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "experts_implementation", "use_cache",
            "output_attentions", "output_hidden_states", "return_dict", "chunk_size_feed_forward", "tie_last_hidden_states",
            "gradient_checkpointing", "is_llama_config", why: "how transformers computes and what it returns: the same numbers"),
        .unread("id2label", "label2id", "num_labels", "problem_type", why: "classifiers' keys"),
        .unread("initializer_range", "initializer_factor", why: "starting values of a training from nothing"),
        .unread(
            "do_sample", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "max_length", "min_length", "num_beams",
            "num_beam_groups", "diversity_penalty", "length_penalty", "early_stopping", "no_repeat_ngram_size",
            "encoder_no_repeat_ngram_size", "bad_words_ids", "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id",
            "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "num_return_sequences", "output_scores",
            "return_dict_in_generate", why: "how to sample is `rollout`'s and the commands' to say, here and in `generation_config.json`"),
    ]

    /// What a decoder of one of the families may also be told: other families' keys, which change numbers, and are refused unless neutral.
    static let decoder: [ModelKey] = [
        .only([true], "is_causal", standard: true, "a token sees those before it"),
        .only([nil, 1], "partial_rotary_factor", "rotary_pct", standard: nil, "whole heads are rotated"),
        .only(
            [nil, 1], "logit_scale", "logits_scaling", "embedding_multiplier", "residual_multiplier", "scale_emb", standard: nil,
            "nothing is scaled"),
        .only(
            [nil, 0], "attention_multiplier", "query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv",
            "attention_chunk_size", "num_experts", "num_local_experts", "num_kv_shared_layers", standard: nil,
            "scores are divided by the square root of the head size, and nothing is clipped, shared or routed"),
        .only(
            [nil, false], "qk_norm", "use_qk_norm", "qk_layernorm", "use_qk_layernorm", "alibi", "add_cross_attention",
            "use_parallel_residual", "rope_interleaved", standard: nil, "layers are the family's"),
        .unread(
            "attention_dropout", "hidden_dropout", "attention_probs_dropout_prob", "resid_pdrop", standard: 0,
            why: "nothing is dropped, in training neither"),
        .unread("max_position_embeddings", why: "positions have no limit but a run's"),
        .unread("bos_token_id", why: "templates and tokenizers say what a text begins with"),
    ]

    /// `rope_parameters` and `rope_scaling`.
    static let rope = ModelKeyTable(
        "Rotary positions: `rope_parameters`, `rope_scaling`",
        [
            .honoured(
                "rope_type", "default", "`default`, in a `qwen2_5_vl` decoder also `mrope`, in its tower also `axial`; others are refused"),
            .honoured("type", nil, "`rope_type`'s older name, which gives way to it"),
            .honoured("rope_theta", nil, "goes before `rope_theta` outside"),
            .honoured(
                "mrope_section", [16, 24, 24], "of a `qwen2_5_vl` decoder: frequencies that turn by time, height, width; three numbers"),
            .only([nil, 1], "partial_rotary_factor", standard: nil, "whole heads are rotated"),
            .only([nil, false], "mrope_interleaved", standard: nil, "sections stand one after another"),
        ])
}
