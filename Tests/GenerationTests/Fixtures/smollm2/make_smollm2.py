"""SmolLM2's greedy answers by transformers, from the dequantised weights of its GGUF file.

    python make_smollm2.py SmolLM2-135M-Instruct.Q4_1.gguf greedy.json

Needs torch, transformers, tokenizers, gguf and accelerate. Prompts are rendered by the file's own template and cut by its own merges; 64 tokens follow
each, the end of the turn included as a token like any other. `gaps` are the differences of the two largest logits before each token.
"""

import json
import sys
from pathlib import Path

import jinja2, torch
from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM

file, output = Path(sys.argv[1]), Path(sys.argv[2])
field = {key: value.contents() for key, value in GGUFReader(file).fields.items() if key.startswith("tokenizer.")}
tokens = field["tokenizer.ggml.tokens"]
tokenizer = Tokenizer(models.BPE(
    vocab={token: index for index, token in enumerate(tokens)},
    merges=[tuple(merge.split(" ")) for merge in field["tokenizer.ggml.merges"]]))
# What llama.cpp calls "smollm": each digit alone, then GPT-2's words.
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens(
    [AddedToken(token, normalized=False, special=True) for token, kind in zip(tokens, field["tokenizer.ggml.token_type"]) if kind == 3])
template = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(field["tokenizer.chat_template"])

QUESTIONS = [
    (None, "What is the capital of France?"),
    (None, "Name three primary colours and one thing of each colour."),
    (None, "Write a short poem about the sea."),
    (None, "How many days has a leap year, and why?"),
    (None, "Explain photosynthesis to a child."),
    (None, "What is 17 + 25?"),
    ("You answer in one sentence.", "Why is the sky blue?"),
    ("You are a judge. Answer Yes or No.", "Does the text \"the circle has radius 5\" state the radius?"),
    (None, "Translate \"good morning\" into French, German and Spanish."),
    (None, "Write a Python function that reverses a string."),
    (None, "List the planets of the solar system in order."),
    ("You are a pirate.", "Tell me about your ship."),
    (None, "What are the angles of an equilateral triangle?"),
    (None, "Summarise: The quick brown fox jumps over the lazy dog. The dog sleeps on."),
    (None, "Was ist der Unterschied zwischen Äpfeln und Birnen?"),
    (None, "如何用三个词形容春天？"),
    (None, "Give me a recipe for pancakes with 2 eggs and 250 ml milk."),
    ("", "Hello!"),
    (None, "What does the emoji 🎉 mean?"),
    (None, "Describe a picture that shows a red square above a blue circle."),
]

model = AutoModelForCausalLM.from_pretrained(
    file.parent, gguf_file=file.name, dtype=torch.float32, attn_implementation="eager").eval()
torch.set_num_threads(2)
records = []
for system, question in QUESTIONS:
    messages = [{"role": "user", "content": question}]
    if system is not None:
        messages.insert(0, {"role": "system", "content": system})
    prompt = tokenizer.encode(template.render(messages=messages, add_generation_prompt=True)).ids
    ids, gaps, cache, step = [], [], None, torch.tensor([prompt])
    with torch.no_grad():
        while len(ids) < 64:
            out = model(step, past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            best = out.logits[0, -1].double().topk(2)
            ids.append(int(best.indices[0]))
            gaps.append(float(best.values[0] - best.values[1]))
            step = torch.tensor([[ids[-1]]])
    records.append({
        "system": system, "prompt": question, "prompt_ids": prompt, "greedy": ids, "text": tokenizer.decode(ids, skip_special_tokens=False),
        "gaps": [float(f"{gap:.3g}") for gap in gaps]})
    print(len(records), min(gaps), repr(records[-1]["text"][:70]), flush=True)
output.write_text("[\n" + ",\n".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records) + "\n]\n")
