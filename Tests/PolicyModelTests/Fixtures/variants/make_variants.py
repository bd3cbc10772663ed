"""Makes variants.json: the tiny models with one thing changed in their files, and the log-probabilities that transformers computes from them.

Oracle: torch 2.15.0, transformers 5.24.0 (5.23.0 gives the same), fp32, eager attention. Usage: python make_variants.py FIXTURES OUTPUT
FIXTURES is the folder that holds text_tiny/ and qwen2_5_vl_tiny/.

A variant is a base model and what is changed:
  set      keys of config.json with new values; a dot leads into an object
  remove   keys that are taken away
  nested   true: config.nested.json takes config.json's place before the changes
  tensors  name: shape, filled as fill() says; "copy NAME": another tensor's values; null: taken away
  names    spelling of all names: v5, base, mixed
  files    other files, by name
It is either "refused" (words that Percept's refusal must hold) or "expected": the place among "log_probs" of what transformers gives the tokens
from "first" to "length" of the base's golden row.
"""

import json
import logging
import os
import shutil
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

fixtures, output = sys.argv[1], sys.argv[2]
torch.set_num_threads(1)
transformers.logging.set_verbosity(logging.CRITICAL)
transformers.utils.logging.disable_progress_bar()

BASES = {"llama": "text_tiny/llama", "qwen2": "text_tiny/qwen2", "qwen2_5_vl": "qwen2_5_vl_tiny"}
LAYERS, HIDDEN, WIDTH = 3, 64, 160
variants = []


def add(name, base, refused=None, **change):
    variants.append({"name": name, "base": base, **({"refused": refused} if refused else {}), **change})


def fill(shape):
    count = 1
    for size in shape:
        count *= size
    values = torch.tensor([((i * 37) % 101 - 50) / 400 for i in range(count)], dtype=torch.float64)
    return values.to(torch.float32).reshape(shape)


def layers(parts):
    return {f"model.layers.{i}.{name}": shape for i in range(LAYERS) for name, shape in parts.items()}


ATTENTION = {"self_attn.q_proj.bias": [64], "self_attn.k_proj.bias": [32], "self_attn.v_proj.bias": [32]}
OUTPUT = {"self_attn.o_proj.bias": [64]}
UNIT = {"mlp.gate_proj.bias": [WIDTH], "mlp.up_proj.bias": [WIDTH], "mlp.down_proj.bias": [HIDDEN]}

# llama: tied, rope_theta 1e5, epsilon 1e-5.
add("attention_bias", "llama", set={"attention_bias": True}, tensors=layers(ATTENTION | OUTPUT))
add("attention_bias without the output's", "llama", "o_proj.bias", set={"attention_bias": True}, tensors=layers(ATTENTION))
add("biases that the configuration denies", "llama", "k_proj.bias", tensors=layers(ATTENTION))
add("mlp_bias", "llama", set={"mlp_bias": True}, tensors=layers(UNIT))
add("all biases", "llama", set={"attention_bias": True, "mlp_bias": True}, tensors=layers(ATTENTION | OUTPUT | UNIT))
add("biases of the unit that the configuration denies", "llama", "proj.bias", tensors=layers(UNIT))
add("no attention_bias", "llama", remove=["attention_bias", "mlp_bias"])
for base in BASES:
    tie = {"tie_word_embeddings": True}
    gone = {} if base != "qwen2" else {"lm_head.weight": None}
    add("tied", base, set=tie, tensors=gone)
    add("tied with another head", base, set=tie, tensors={"lm_head.weight": [512, HIDDEN]})
    add("tied with an equal head", base, set=tie, tensors={"lm_head.weight": "copy model.embed_tokens.weight"})
    add("tied with a head of another shape", base, "lm_head.weight", set=tie, tensors={"lm_head.weight": [500, HIDDEN]})
    add("tied with the head alone", base, set=tie, tensors={"lm_head.weight": [512, HIDDEN], "model.embed_tokens.weight": None})
    add("untied", base, set={"tie_word_embeddings": False}, tensors={"lm_head.weight": [512, HIDDEN]})
    add("untied without a head", base, "lm_head.weight", set={"tie_word_embeddings": False}, tensors={"lm_head.weight": None})
    add("untied by default", base, remove=["tie_word_embeddings"], tensors={"lm_head.weight": [512, HIDDEN]})
    add("a stray tensor", base, "score.weight", tensors={"score.weight": [2, HIDDEN]})
    add("a bias that the family lacks", base, "norm.bias", tensors={"model.norm.bias": [HIDDEN]})
    add(
        "rotary buffers", base,
        tensors={"model.layers.0.self_attn.rotary_emb.inv_freq": [8], "model.rotary_emb.inv_freq": [8]},
    )
    add("names of the model without its head", base, names="base")
    add("two spellings", base, "two spellings", tensors={"norm.weight" if base != "qwen2_5_vl" else "model.language_model.norm.weight": [HIDDEN]})
    add("an adapter", base, "adapter_config.json", files={"adapter_config.json": "{}"})

    # Rotary positions.
    section = {"mrope_section": [2, 3, 3]} if base == "qwen2_5_vl" else {}
    kind = {"type": "mrope"} if base == "qwen2_5_vl" else {}
    add("no rope_theta", base, remove=["rope_theta"])
    add("rope_theta", base, set={"rope_theta": 777.5})
    add("rope_theta is no number", base, "rope_theta", set={"rope_theta": "10000"})
    parameters = {"rope_type": "default", "rope_theta": 50.0, **section}
    add("rope_parameters before rope_theta", base, set={"rope_parameters": parameters, "rope_theta": 9e5}, remove=["rope_scaling"])
    add("rope_parameters without rope_theta", base, set={"rope_parameters": {"rope_type": "default", **section}}, remove=["rope_scaling"])
    add("rope_scaling before rope_parameters", base, set={"rope_parameters": parameters, "rope_scaling": {**kind, "rope_theta": 30, **section}})
    add("rope_scaling hides rope_parameters", base, set={"rope_parameters": parameters, "rope_scaling": {"type": "default", **section}})
    add("an empty rope_scaling", base, set={"rope_parameters": parameters, "rope_scaling": {}})
    add("rope_type before type", base, set={"rope_parameters": {**parameters, "type": "linear"}}, remove=["rope_scaling"])
    for scaled in ("linear", "dynamic", "yarn", "longrope", "llama3", "proportional", "axial"):
        scaling = {"rope_type": scaled, "factor": 2.0, "original_max_position_embeddings": 8, **section}
        add(f"{scaled} rope", base, "rope_type", set={"rope_parameters": scaling}, remove=["rope_scaling"])
        add(f"{scaled} rope, older", base, "rope_type", set={"rope_scaling": {"type": scaled, "factor": 2.0, **section}})
    add("rope_type that gives way to none", base, "rope_type", set={"rope_scaling": {"rope_type": "linear", "type": "default", **section}})
    add("a factor without a type", base, "factor", set={"rope_scaling": {"factor": 2.0, **section}})
    add("rope by layer type", base, "full_attention", set={"rope_parameters": {"full_attention": parameters}}, remove=["rope_scaling"])
    add("rotary part", base, "partial_rotary_factor", set={"rope_parameters": {**parameters, "partial_rotary_factor": 0.5}}, remove=["rope_scaling"])
    if section:
        add("interleaved sections", base, "mrope_interleaved", set={"rope_scaling": {**kind, **section, "mrope_interleaved": True}})
        add("sections of another sum", base, "mrope_section", set={"rope_scaling": {**kind, "mrope_section": [4, 6, 6]}})
        add("no sections", base, "mrope_section", set={"rope_scaling": {**kind}})
        add("other sections", base, set={"rope_scaling": {**kind, "mrope_section": [4, 2, 2]}})
    else:
        add("mrope in a text model", base, "rope_type", set={"rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}})
        add("sections in a text model", base, "mrope_section", set={"rope_scaling": {"type": "default", "mrope_section": [2, 3, 3]}})

    # The decoder's other keys.
    add("rms_norm_eps", base, set={"rms_norm_eps": 0.05})
    add("no rms_norm_eps", base, remove=["rms_norm_eps"])
    add("swish", base, set={"hidden_act": "swish"})
    add("no hidden_act", base, remove=["hidden_act"])
    for act in ("gelu", "gelu_pytorch_tanh", "relu"):
        add(act, base, "hidden_act", set={"hidden_act": act})
    add("head_dim null", base, set={"head_dim": None}) if base == "llama" else None
    add("no head_dim", base, remove=["head_dim"])
    wide = layers({"self_attn.q_proj.weight": [128, 64], "self_attn.k_proj.weight": [64, 64], "self_attn.v_proj.weight": [64, 64], "self_attn.o_proj.weight": [64, 128]})
    if base == "qwen2":
        wide |= layers({"self_attn.q_proj.bias": [128], "self_attn.k_proj.bias": [64], "self_attn.v_proj.bias": [64]})
    if base == "qwen2_5_vl":
        add("head_dim", base, "head_dim", set={"head_dim": 32})
        add("head_dim as it follows", base, set={"head_dim": 16})
    else:
        add("head_dim", base, set={"head_dim": 32}, tensors=wide)
    full = layers({"self_attn.k_proj.weight": [64, 64], "self_attn.v_proj.weight": [64, 64]})
    if base != "llama":
        full |= layers({"self_attn.k_proj.bias": [64], "self_attn.v_proj.bias": [64]})
    add("num_key_value_heads null", base, set={"num_key_value_heads": None}, tensors=full)
    default = {"llama": None, "qwen2": "num_key_value_heads", "qwen2_5_vl": "num_key_value_heads"}[base]
    add("no num_key_value_heads", base, default, remove=["num_key_value_heads"], tensors=full)
    for key in ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"):
        words = {"hidden_size": "embed_tokens", "vocab_size": "embed_tokens", "num_attention_heads": "_proj"}.get(key, "model.layers")
        if base == "qwen2_5_vl":
            words = {"hidden_size": "mrope_section", "num_attention_heads": "head_dim"}.get(key, words)
        if (base, key) == ("qwen2", "num_hidden_layers"):
            words = "layer_types"
        add(f"no {key}", base, words, remove=[key])
        add(f"{key} of null", base, key, set={key: None})
    add("all attention full", base, set={"layer_types": ["full_attention"] * LAYERS})
    add("a sliding layer", base, "layer_types", set={"layer_types": ["full_attention", "sliding_attention", "full_attention"]})
    add("too few layer types", base, "layer_types", set={"layer_types": ["full_attention"]})
    if base == "llama":
        add("a sliding window", base, "sliding_window", set={"sliding_window": 4})
        add("use of a sliding window", base, "use_sliding_window", set={"use_sliding_window": True})
    else:
        window = {"use_sliding_window": True, "sliding_window": 4}
        add("windows behind the last layer", base, set={**window, "max_window_layers": 3}, remove=["layer_types"])
        add("windows", base, "use_sliding_window", set={**window, "max_window_layers": 1}, remove=["layer_types"])
        add("windows of no size", base, set={**window, "sliding_window": None, "max_window_layers": 0}, remove=["layer_types"])
        add("windows that are not used", base, set={"use_sliding_window": False, "sliding_window": 4, "max_window_layers": 0}, remove=["layer_types"])
        add("windows behind the default's layer", base, set=window, remove=["layer_types", "max_window_layers"])
        add("no window keys", base, remove=["layer_types", "max_window_layers", "sliding_window", "use_sliding_window"])
        for key in ("attention_bias", "qkv_bias", "mlp_bias"):
            add(f"{key} in a family with biases of its own", base, set={key: key == "mlp_bias"})
    add("use_mrope", base, "use_mrope" if base == "qwen2" else None, set={"use_mrope": True})
    if base == "qwen2":
        add("use_mrope, not", base, set={"use_mrope": False})
    add("eos_token_id", base, set={"eos_token_id": [3, 4], "pad_token_id": -1 if base != "llama" else 7})
    add("eos_token_id outside", base, "eos_token_id", set={"eos_token_id": 512}, remove=[], files={"generation_config.json": "{}"})
    add("no eos_token_id", base, remove=["eos_token_id", "pad_token_id", "bos_token_id"], files={"generation_config.json": "{}"})
    add("a broken generation_config.json", base, "generation_config.json", files={"generation_config.json": "{"})
    add("a model_type of none", base, "model_type", set={"model_type": "gpt2", "hidden_size": "many"})

    # Keys that change nothing.
    neutral = {
        "attention_dropout": 0.5, "hidden_dropout": 0.5, "attention_probs_dropout_prob": 0.1, "resid_pdrop": 0.1, "max_position_embeddings": 4,
        "initializer_range": 0.9, "initializer_factor": 2.0, "use_cache": False, "output_attentions": False, "output_hidden_states": True,
        "return_dict": True, "chunk_size_feed_forward": 3, "tie_last_hidden_states": False, "gradient_checkpointing": True, "is_llama_config": True,
        "attn_implementation": "eager", "_attn_implementation": "eager", "_attn_implementation_autoset": True, "experts_implementation": None,
        "id2label": {"0": "a", "1": "b"}, "label2id": {"a": 0, "b": 1}, "num_labels": 2, "problem_type": None, "dtype": "float16",
        "torch_dtype": "bfloat16", "architectures": ["SomethingElse"], "auto_map": {}, "transformers_version": "1.0", "_name_or_path": "x",
        "name_or_path": "x", "_commit_hash": "x", "do_sample": True, "temperature": 0.1, "top_k": 3, "top_p": 0.2, "typical_p": 0.3,
        "repetition_penalty": 2.0, "max_length": 3, "min_length": 1, "num_beams": 4, "num_beam_groups": 2, "diversity_penalty": 0.5,
        "length_penalty": 2.0, "early_stopping": True, "no_repeat_ngram_size": 2, "encoder_no_repeat_ngram_size": 2, "bad_words_ids": [[3]],
        "suppress_tokens": [3], "begin_suppress_tokens": [3], "forced_bos_token_id": 3, "forced_eos_token_id": 3, "remove_invalid_values": True,
        "exponential_decay_length_penalty": [2, 1.5], "num_return_sequences": 1, "output_scores": True, "return_dict_in_generate": True,
        "bos_token_id": 5, "a_key_that_nobody_knows": 0.5,
    }  # fmt: skip
    if base == "llama":
        neutral["pretraining_tp"] = 2
    if base == "qwen2_5_vl":
        neutral |= {"vision_start_token_id": 3, "vision_end_token_id": 4, "vision_token_id": 5}
    for key, value in neutral.items():
        add(f"{key} changes nothing", base, set={key: value})

    # Keys that would change something.
    for key, value in {
        "is_encoder_decoder": True, "quantization_config": {"quant_method": "fp8"}, "compression_config": {"format": "int"},
        "per_layer_config": {"0": {"rms_norm_eps": 0.5}}, "is_causal": False, "partial_rotary_factor": 0.5, "rotary_pct": 0.25,
        "logit_scale": 2.0, "logits_scaling": 8.0, "embedding_multiplier": 12.0, "residual_multiplier": 0.2, "scale_emb": 3,
        "attention_multiplier": 0.5, "query_pre_attn_scalar": 256, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0,
        "clip_qkv": 8.0, "attention_chunk_size": 4, "num_experts": 4, "num_local_experts": 4, "num_kv_shared_layers": 2, "qk_norm": True,
        "use_qk_norm": True, "qk_layernorm": True, "use_qk_layernorm": True, "alibi": True, "add_cross_attention": True,
        "use_parallel_residual": True, "rope_interleaved": True,
    }.items():  # fmt: skip
        add(f"{key} is refused", base, key, set={key: value})
        if key not in ("quantization_config", "compression_config"):
            neutral_value = {bool: not value, int: 1 if key in ("scale_emb",) else 0, float: 1.0, dict: {}}[type(value)]
            if key in ("attention_multiplier", "attn_logit_softcapping", "final_logit_softcapping", "clip_qkv"):
                neutral_value = 0
            if (key, base) != ("per_layer_config", "qwen2_5_vl"):  # transformers stumbles over it
                add(f"{key} that says nothing", base, set={key: neutral_value})
    if base != "qwen2_5_vl":
        add("text_config in a text model", base, "text_config", set={"text_config": {"hidden_size": 64}})
        add("vision_config in a text model", base, "vision_config", set={"vision_config": {"hidden_size": 64}})

# qwen2_5_vl: names, the tower, the nested layout.
VL = "qwen2_5_vl"
for names in ("v5", "mixed"):
    add(f"names: {names}", VL, names=names)
    add(f"names: {names}, nested", VL, names=names, nested=True)
add("a rotary buffer of the tower", VL, tensors={"visual.rotary_pos_emb.inv_freq": [4]})
add("a stray tensor of the tower", VL, "visual.pos_embed.weight", tensors={"visual.pos_embed.weight": [4, 64]})
add("the hub's names in the nested layout", VL, nested=True)
for key, default_words in {
    "depth": "visual.blocks", "hidden_size": "visual", "intermediate_size": "visual.blocks", "num_heads": None, "patch_size": None, "spatial_merge_size": None,
    "temporal_patch_size": None, "window_size": None, "fullatt_block_indexes": None, "out_hidden_size": "out_hidden_size", "in_chans": None,
    "hidden_act": None, "tokens_per_second": None, "spatial_patch_size": None, "model_type": None,
}.items():  # fmt: skip
    words = "num_heads" if key == "num_heads" else default_words
    if key == "num_heads":
        add("vision_config: no num_heads", VL, None, remove=["vision_config.num_heads"])
    else:
        add(f"vision_config: no {key}", VL, words, remove=[f"vision_config.{key}"])
for key, value, words in (
    ("hidden_act", "gelu", "hidden_act"), ("hidden_act", "swish", None), ("hidden_act", "quick_gelu", "hidden_act"),
    ("in_channels", 1, "in_channels"), ("in_channels", 3, None), ("in_chans", 1, "in_chans"), ("patch_size", [14, 14], "patch_size"),
    ("temporal_patch_size", [2], "temporal_patch_size"), ("tokens_per_second", 25, None), ("window_size", 56, None), ("window_size", 20, "window_size"),
    ("fullatt_block_indexes", [0, 1], None), ("fullatt_block_indexes", [], None), ("fullatt_block_indexes", 2, "fullatt_block_indexes"),
    ("num_heads", 2, None), ("num_attention_heads", 2, None), ("num_hidden_layers", 2, "visual.blocks"), ("head_dim", 16, None), ("head_dim", 32, "head_dim"),
    ("architectures", ["Something"], None), ("_name_or_path", "x", None), ("use_cache", False, None), ("num_labels", 2, None), ("top_k", 3, None),
    ("in_chans", 3, None), ("out_hidden_size", 32, "out_hidden_size"), ("rope_theta", 77.0, None), ("rope_parameters", {"rope_type": "axial", "rope_theta": 33.0}, None),
    ("rope_parameters", {"rope_type": "default", "rope_theta": 20.5}, None), ("rope_scaling", {"type": "default", "rope_theta": 15.0}, None),
    ("rope_parameters", {"rope_type": "linear", "factor": 2.0}, "rope_type"), ("spatial_patch_size", 7, None), ("model_type", "siglip", "model_type"),
    ("model_type", "qwen2_5_vl_vision", None), ("quantization_config", {"quant_method": "fp8"}, "quantization_config"), ("initializer_range", 0.5, None),
    ("dtype", "bfloat16", None), ("torch_dtype", "bfloat16", None), ("a_key_that_nobody_knows", 1, None), ("is_encoder_decoder", True, "is_encoder_decoder"),
    ("per_layer_config", {"0": {"hidden_act": "gelu"}}, "per_layer_config"), ("intermediate_size", 95, "visual.blocks"), ("depth", 2, "visual.blocks"),
):  # fmt: skip
    add(f"vision_config: {key} {json.dumps(value)}", VL, words, set={f"vision_config.{key}": value})
add("vision_config null", VL, "vision_config", set={"vision_config": None})
add("vision_config is no object", VL, "vision_config", set={"vision_config": 3})
add("image_token_id outside", VL, "image_token_id", set={"image_token_id": 512})
add("image_token_id null", VL, "image_token_id", set={"image_token_id": "x"})
add("video_token_id", VL, set={"video_token_id": 500})

head = {"lm_head.weight": [512, HIDDEN]}
for outer, inner in ((True, False), (False, True), (True, True), (False, False), (None, True), (True, None)):
    change = {key: value for key, value in (("tie_word_embeddings", outer), ("text_config.tie_word_embeddings", inner)) if value is not None}
    gone = [key for key, value in (("tie_word_embeddings", outer),) if value is None]
    tied = bool(outer or inner)
    add(f"nested: tied {outer} outside, {inner} inside", VL, nested=True, set=change, remove=gone, tensors={} if tied else head)
    add(f"nested: tied {outer} outside, {inner} inside, another head", VL, nested=True, set=change, remove=gone, tensors=head)
theta = {"rope_type": "default", "rope_theta": 123.0, "mrope_section": [2, 3, 3]}
for key, value, words in (
    ("text_config.rope_parameters", theta, None), ("text_config.rope_parameters.rope_theta", 44.0, None), ("text_config.rope_theta", 44.0, None),
    ("text_config.rope_scaling", {**theta, "type": "mrope"}, None), ("rope_theta", 5.0, None), ("rope_scaling", theta, None), ("rope_parameters", theta, None),
    ("hidden_size", 999, None), ("rms_norm_eps", 0.5, None), ("hidden_act", "gelu", None), ("text_config.rms_norm_eps", 0.5, None),
    ("text_config.hidden_act", "gelu", "text_config.hidden_act"), ("text_config.model_type", "llama", "text_config.model_type"),
    ("text_config.quantization_config", {}, "text_config.quantization_config"), ("text_config.is_causal", False, "text_config.is_causal"),
    ("text_config.use_sliding_window", True, None), ("text_config.layer_types", ["sliding_attention"] * LAYERS, "text_config.layer_types"),
    ("text_config.sliding_window", 3, None), ("text_config.max_window_layers", 0, None), ("text_config.attention_dropout", 0.3, None),
    ("text_config.head_dim", 32, "text_config.head_dim"), ("text_config.a_key_that_nobody_knows", 1, None), ("text_config.eos_token_id", 4, None),
    ("text_config.pad_token_id", 4, None), ("text_config", 3, "text_config"), ("text_config.dtype", "bfloat16", None),
):  # fmt: skip
    add(f"nested: {key} {json.dumps(value)}", VL, words, nested=True, set={key: value})
for key, words in (
    ("vocab_size", "embed_tokens"), ("hidden_size", "mrope_section"), ("intermediate_size", "mlp"), ("num_hidden_layers", "layer_types"),
    ("num_attention_heads", "head_dim"), ("num_key_value_heads", "num_key_value_heads"),
):  # fmt: skip
    add(f"nested: no {key}", VL, words, nested=True, remove=[f"text_config.{key}"])
for key in ("rms_norm_eps", "hidden_act", "layer_types", "use_sliding_window", "sliding_window", "max_window_layers", "attention_dropout"):
    add(f"nested: no {key}", VL, nested=True, remove=[f"text_config.{key}"])
add("nested: no rope", VL, "mrope_section", nested=True, remove=["text_config.rope_parameters"])


def put(root, key, value, removes=False):
    *path, last = key.split(".")
    for part in path:
        root = root[part]
    if removes:
        root.pop(last, None)
    else:
        root[last] = value


def rename(name, spelling):
    vision = name.startswith("visual.")
    if spelling == "v5":
        return "model." + name if vision else name.replace("model.", "model.language_model.", 1)
    if spelling == "mixed":
        return "model." + name if vision else name
    if spelling == "base":
        return name if vision or name.startswith("lm_head") else name
    return name


def make(variant, folder):
    base = os.path.join(fixtures, BASES[variant["base"]])
    config = json.load(open(os.path.join(base, "config.nested.json" if variant.get("nested") else "config.json")))
    for key in variant.get("remove", []):
        put(config, key, None, removes=True)
    for key, value in variant.get("set", {}).items():
        put(config, key, value)
    json.dump(config, open(os.path.join(folder, "config.json"), "w"))
    tensors = load_file(os.path.join(base, "model.safetensors"))
    for name, change in variant.get("tensors", {}).items():
        if change is None:
            tensors.pop(name, None)
        elif isinstance(change, str):
            tensors[name] = tensors[change.removeprefix("copy ")].clone()
        else:
            tensors[name] = fill(change)
    spelling = variant.get("names")
    if spelling == "base":
        prefix = "language_model." if variant["base"] == VL else ""
        tensors = {prefix + name.removeprefix("model.") if name.startswith("model.") else name: value for name, value in tensors.items()}
    else:
        tensors = {rename(name, spelling): value for name, value in tensors.items()}
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    for name, text in variant.get("files", {}).items():
        open(os.path.join(folder, name), "w").write(text)


inputs = {}
for base, place in BASES.items():
    golden = load_file(os.path.join(fixtures, place, "golden", "single.safetensors" if base == VL else "text.safetensors"))
    ids = golden["input_ids"][:1]
    inputs[base] = {"input_ids": ids if base == VL else ids[:, :40]}
    if base == VL:
        inputs[base] |= {"pixel_values": golden["pixel_values"], "image_grid_thw": golden["image_grid_thw"]}
        image_token = json.load(open(os.path.join(fixtures, place, "config.json")))["image_token_id"]
        inputs[base]["mm_token_type_ids"] = (ids == image_token).int()
first = {base: 1 if base != VL else int((values["input_ids"][0] == image_token).nonzero()[-1]) + 2 for base, values in inputs.items()}

known = {}
for variant in variants:
    if "refused" in variant:
        continue
    with tempfile.TemporaryDirectory() as folder:
        make(variant, folder)
        cls = AutoModelForImageTextToText if variant["base"] == VL else AutoModelForCausalLM
        try:
            model, info = cls.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
        except Exception as error:  # noqa: BLE001
            print("FAILED", variant["base"], variant["name"], repr(error)[:300])
            continue
        if info["missing_keys"] or info["mismatched_keys"]:
            print("MISSING", variant["base"], variant["name"], info["missing_keys"], info["mismatched_keys"])
        values = inputs[variant["base"]]
        try:
            with torch.no_grad():
                logits = model.eval()(**values, use_cache=False).logits[0].double()
        except Exception as error:  # noqa: BLE001
            print("FAILED", variant["base"], variant["name"], repr(error)[:300])
            continue
        ids = values["input_ids"][0]
        log_probs = logits.log_softmax(-1)[:-1].gather(1, ids[1:, None])[:, 0]
        values = tuple(round(float(value), 7) for value in log_probs[first[variant["base"]] - 1 :])
        variant["expected"] = known.setdefault(values, len(known))

with open(output, "w") as file:
    length = {base: values["input_ids"].shape[1] for base, values in inputs.items()}
    about = f"make_variants.py, transformers {transformers.__version__}, torch {torch.__version__}"
    file.write(json.dumps({"about": about, "first": first, "length": length})[:-1] + ', "log_probs": [\n')
    file.write(",\n".join(json.dumps(values) for values in known) + '\n], "variants": [\n')
    file.write(",\n".join(json.dumps(variant) for variant in variants) + "\n]}\n")
print(len(variants), "variants,", len(known), "different")
