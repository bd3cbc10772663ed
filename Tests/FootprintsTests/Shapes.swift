import Foundation
import PolicyModel

/// Published `config.json` files, as far as they bear on sizes.
enum Shape {
    static let qwen25VL3B = """
        {"model_type": "qwen2_5_vl", "hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16,
         "num_key_value_heads": 2, "vocab_size": 151936, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "hidden_act": "silu",
         "image_token_id": 151655, "video_token_id": 151656, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
         "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
         "vision_config": {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "in_chans": 3,
          "out_hidden_size": 2048, "patch_size": 14, "spatial_merge_size": 2, "window_size": 112,
          "fullatt_block_indexes": [7, 15, 23, 31], "temporal_patch_size": 2}}
        """
    static let qwen25VL7B = """
        {"model_type": "qwen2_5_vl", "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28, "num_attention_heads": 28,
         "num_key_value_heads": 4, "vocab_size": 152064, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "hidden_act": "silu",
         "image_token_id": 151655, "video_token_id": 151656, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
         "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
         "vision_config": {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "in_chans": 3,
          "out_hidden_size": 3584, "patch_size": 14, "spatial_merge_size": 2, "window_size": 112,
          "fullatt_block_indexes": [7, 15, 23, 31], "temporal_patch_size": 2}}
        """
    static let smolLM2 = """
        {"model_type": "llama", "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
         "num_key_value_heads": 3, "vocab_size": 49152, "rms_norm_eps": 1e-05, "rope_theta": 100000, "hidden_act": "silu",
         "tie_word_embeddings": true, "torch_dtype": "bfloat16"}
        """
    /// Small enough to compute with.
    static let small = """
        {"model_type": "qwen2", "vocab_size": 512, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 3,
         "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "tie_word_embeddings": true}
        """

    static func configuration(_ json: String) throws -> ModelConfiguration {
        try ModelConfiguration(json: Data(json.utf8), source: "shape")
    }
}
