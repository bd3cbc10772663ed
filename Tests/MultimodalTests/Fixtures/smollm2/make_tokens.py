"""Makes tokens.json: texts and the ids that the tokenizers library gives them with SmolLM2's vocabulary and merges, for each way of
splitting text that GGUF files name (`tokenizer.ggml.pre`) and that can be tried with this vocabulary.

Oracle: tokenizers 0.23.3, gguf 0.19.0 from PyPI. Usage: python make_tokens.py MODEL.gguf TEXTS.json FOLDER
TEXTS.json: a list of {"text": ...}, of which the texts are taken (the pairs of Qwen2.5's tokenizer).
"""

import json
import random
import sys
import unicodedata

import gguf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

reader = gguf.GGUFReader(sys.argv[1])
tokens = reader.fields["tokenizer.ggml.tokens"].contents()
types = reader.fields["tokenizer.ggml.token_type"].contents()
merges = [tuple(merge.split(" ")) for merge in reader.fields["tokenizer.ggml.merges"].contents()]

WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def split(digits):
    words = pre_tokenizers.Split(Regex(WORDS % digits), behavior="isolated")
    return pre_tokenizers.Sequence([words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
ways = {
    # As in the tokenizer.json that the models' authors publish.
    "smollm": (pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2]), False, None),
    "gpt-2": (gpt2, False, None),
    "llama-bpe": (split("{1,3}"), True, None),
    "qwen2": (split(""), False, normalizers.NFC()),
}

chosen = random.Random(4)
texts = [pair["text"] for pair in json.load(open(sys.argv[2]))]
texts += [
    "<|im_start|>user\nHow many sides has a hexagon?<|im_end|>\n<|im_start|>assistant\n",
    "a<|im_end|>b<|im_start|><|endoftext|>", "<|im_start", "12345678901 1 22 333 4444 ½ ² ٣٤٥",
    "He'll say 'tis THEY'RE we'Ve don'T", "  two  spaces\n\n\n\ttabs\t\r\nend   ", "e\u0301 vs \u00e9", "",
]
letters = [c for c in map(chr, range(0x20, 0x2FA20)) if unicodedata.category(c)[0] not in "C" ]
for _ in range(150):
    pieces = [
        chosen.choice(["the", " angle", "ABC", " x = ", "12", "7", ".", ", ", "\n", " ", "  ", "'s", "degrees", "(", ")", "\\frac{1}{2}", "²"])
        if chosen.random() < 0.7 else chosen.choice(letters)
        for _ in range(chosen.randrange(1, 24))
    ]
    texts.append("".join(pieces))

result = []
for name, (pre_tokenizer, ignores_merges, normalizer) in ways.items():
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges, ignore_merges=ignores_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, kind in zip(tokens, types) if kind == 3])
    # All texts for the model's own way, a share of them for the others.
    for index, text in enumerate(texts):
        if name == "smollm" or index % 3 == 0 or "\n" in text and len(text) < 200:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            line = {"pre": name, "text": text, "ids": ids}
            # Bytes that the vocabulary lacks are lost.
            decoded = tokenizer.decode(ids, skip_special_tokens=False)
            if decoded != text:
                line["decoded"] = decoded
            result.append(line)
json.dump(result, open(f"{sys.argv[3]}/tokens.json", "w"), ensure_ascii=True, separators=(",", ":"))
print(len(result), {name: sum(r["pre"] == name for r in result) for name in ways})
