import JSON

extension VisionConfiguration {
    /// The vision tower that a `vision_config` describes.
    ///
    /// - Throws: ``PolicyModelError`` naming the key.
    init(_ keys: ModelKeyReader, place: String, decoderSize: Int) throws {
        depth = try keys.optionalInteger("num_hidden_layers", 1...1 << 12) ?? keys.integer("depth", 1...1 << 12)
        hiddenSize = try keys.integer("hidden_size", 1...1 << 16)
        intermediateSize = try keys.integer("intermediate_size", 1...1 << 20)
        headCount = try keys.optionalInteger("num_attention_heads", 1...1 << 13) ?? keys.integer("num_heads", 1...1 << 13)
        patchSize = try keys.integer("patch_size", 1...1 << 10)
        temporalPatchSize = try keys.integer("temporal_patch_size", 1...64)
        mergeSize = try keys.integer("spatial_merge_size", 1...32)
        windowSize = try keys.integer("window_size", 1...1 << 20)
        fullAttentionBlocks = try keys.integers("fullatt_block_indexes")
        outputSize = try keys.integer("out_hidden_size", 1...1 << 20)
        ropeTheta = try RotarySettings(keys, types: ["axial", "default"], hasSections: false, place: place + "vision_config.").theta
        guard hiddenSize % headCount == 0, headSize % 4 == 0 else {
            throw keys.fail("hidden_size", "\(hiddenSize) does not divide into \(headCount) heads of a size divisible by 4")
        }
        if let own = try keys.optionalInteger("head_dim", 1...1 << 16), own != headSize {
            throw keys.fail("head_dim", "\(own) is not hidden_size / num_heads (\(headSize)), which the family demands")
        }
        guard outputSize == decoderSize else {
            throw keys.fail("out_hidden_size", "\(outputSize) must be the decoder's hidden_size \(decoderSize)")
        }
        guard windowSize >= patchSize * mergeSize else { throw keys.fail("window_size", "must hold at least one merged patch") }
    }
}
