import JSON

extension TextConfiguration {
    /// The decoder that a `config.json` describes.
    ///
    /// - Throws: ``PolicyModelError`` naming the key.
    init(_ all: FamilyKeys, _ family: ModelConfiguration.Family) throws {
        let keys = all.text
        // The limits keep every product of sizes within 64 bits; no model comes near them.
        vocabularySize = try keys.integer("vocab_size", 1...1 << 24)
        hiddenSize = try keys.integer("hidden_size", 1...1 << 20)
        intermediateSize = try keys.integer("intermediate_size", 1...1 << 22)
        layerCount = try keys.integer("num_hidden_layers", 1...1 << 12)
        headCount = try keys.integer("num_attention_heads", 1...1 << 13)
        keyValueHeadCount = try keys.optionalInteger("num_key_value_heads", 1...1 << 13) ?? headCount
        let ownHeadSize = try keys.optionalInteger("head_dim", 1...1 << 13)
        headSize = ownHeadSize ?? hiddenSize / headCount
        guard ownHeadSize != nil || hiddenSize % headCount == 0 else {
            throw keys.fail("num_attention_heads", "\(headCount) heads do not divide hidden_size \(hiddenSize)")
        }
        guard headCount % keyValueHeadCount == 0 else {
            throw keys.fail("num_key_value_heads", "\(keyValueHeadCount) does not divide the \(headCount) heads of num_attention_heads")
        }
        guard headSize > 0, headSize % 2 == 0 else { throw keys.fail("head_dim", "\(headSize) is not even: rotary positions turn pairs") }
        // transformers gives the family's attention hidden_size / num_attention_heads, and its rotary positions head_dim.
        if family == .qwen25VL, headSize * headCount != hiddenSize {
            throw keys.fail("head_dim", "\(headSize) is not hidden_size / num_attention_heads, which the family demands")
        }
        normEpsilon = Float(try keys.real("rms_norm_eps"))
        guard normEpsilon >= 0, normEpsilon.isFinite else {
            throw keys.fail("rms_norm_eps", "\(normEpsilon) is not supported: it is negative")
        }
        let hasSections = family == .qwen25VL
        let rope = try RotarySettings(
            keys, types: hasSections ? ["default", "mrope"] : ["default"], hasSections: hasSections, place: all.textPlace)
        ropeTheta = rope.theta
        ropeSections = hasSections ? rope.sections : nil
        if hasSections {
            guard rope.sections.count == 3, rope.sections.allSatisfy((0...headSize).contains),
                rope.sections.reduce(0, +) == headSize / 2
            else {
                throw keys.fail("mrope_section", "must be three numbers whose sum is half the head size (\(headSize / 2))")
            }
        }
        try Self.checkWindows(keys, family, layers: layerCount)
        hasAttentionBias = family == .llama ? try keys.bool("attention_bias") : true
        hasOutputBias = family == .llama ? hasAttentionBias : false
        hasUnitBias = family == .llama ? try keys.bool("mlp_bias") : false
        tiesEmbeddings = try all.root.bool("tie_word_embeddings") || keys.bool("tie_word_embeddings")
    }

    /// Refuses layers whose attention doesn't reach back to the first token.
    private static func checkWindows(_ keys: ModelKeyReader, _ family: ModelConfiguration.Family, layers: Int) throws {
        let types = keys.value("layer_types")
        guard types == .null else {
            guard let names = types.elements, names.count == layers else {
                throw keys.fail("layer_types", "must name the attention of each of the \(layers) layers")
            }
            if let other = names.first(where: { $0 != "full_attention" }) {
                throw keys.fail("layer_types", "\(other.text) is not supported; only \"full_attention\" is")
            }
            return
        }
        guard family != .llama, try keys.bool("use_sliding_window"), keys.value("sliding_window") != .null else { return }
        guard try keys.integer("max_window_layers", 0...Int.max) >= layers else {
            throw keys.fail("use_sliding_window", "sliding windows are not supported, and layers from max_window_layers on have them")
        }
    }
}
