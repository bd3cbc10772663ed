"""Makes logits.safetensors: what transformers computes in fp32 with SmolLM2-135M-Instruct's dequantised weights.

Oracle: torch 2.15.0, transformers 5.24.0, gguf 0.19.0 from PyPI. Usage: python make_logits.py MODEL.gguf FOLDER
"""

import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPT = (
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nIn triangle ABC, angle A is 40 degrees and angle B is 65 degrees. What is angle C?<|im_end|>\n"
    "<|im_start|>assistant\n"
)
STRIDE = 64

model_path, folder = sys.argv[1], sys.argv[2]
place, name = os.path.split(model_path)
torch.set_num_threads(1)
tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name)
model = AutoModelForCausalLM.from_pretrained(place, gguf_file=name, dtype=torch.float32, attn_implementation="eager").eval()
ids = tokenizer(PROMPT, add_special_tokens=False, return_tensors="pt")["input_ids"]
with torch.no_grad():
    logits = model(ids).logits[0].double()
    greedy = model.generate(ids, do_sample=False, max_new_tokens=48, min_new_tokens=48, use_cache=True)[0, ids.shape[1] :]
print(tokenizer.decode(greedy))
print(model.config)
log_probs = torch.log_softmax(logits, -1)
weights = model.state_dict()
save_file(
    {
        "input_ids": ids[0].to(torch.int32),
        # Every 64th token's logit at every position, and what the model says of the prompt's own next tokens.
        "logits": logits[:, ::STRIDE].float().contiguous(),
        "next_log_probs": log_probs[:-1].gather(1, ids[0, 1:, None])[:, 0].float().contiguous(),
        "greedy": greedy.to(torch.int32),
        # Rows of tensors with and without the order of rows that the file's conversion changes.
        "q_proj.row_33": weights["model.layers.7.self_attn.q_proj.weight"][64 + 33].clone(),
        "k_proj.row_5": weights["model.layers.7.self_attn.k_proj.weight"][128 + 5].clone(),
        "v_proj.row_33": weights["model.layers.7.self_attn.v_proj.weight"][33].clone(),
        "down_proj.row_100": weights["model.layers.29.mlp.down_proj.weight"][100].clone(),
        "embed_tokens.row_49151": weights["model.embed_tokens.weight"][49151].clone(),
    },
    f"{folder}/logits.safetensors",
)
