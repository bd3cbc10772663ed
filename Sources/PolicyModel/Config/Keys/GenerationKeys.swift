import JSON

/// What `generation_config.json` is read for: its other keys say how to sample, which a run and the commands say themselves.
enum GenerationKeys {
    static let table = ModelKeyTable(
        "`generation_config.json`",
        [
            .honoured("eos_token_id", nil, "end a response; goes before `config.json`'s"),
            .honoured("pad_token_id", nil, "never sampled; goes before `config.json`'s"),
        ])
}
