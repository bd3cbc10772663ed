"""Random texts and what Hugging Face's tokenizers make of them: fuzz.json, and the tokenizers themselves.

    python make_fuzz.py --qwen QWEN2.5/tokenizer.json --count 2500 --output .

Needs tokenizers and Python 3.11, whose unicodedata is Unicode 14: texts hold assigned characters alone. One small vocabulary is trained
here; every tokenizer but Qwen's has it, with another pre-tokenizer. Qwen's is written without the merges that can't apply to these texts,
its ids kept. Instead of ids fuzz.json has a hash for each five texts: FNV-1a of their ids (four bytes each, little endian), each text's
ids followed by the text that they decode to (UTF-8).
"""

import argparse, json, random, unicodedata
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

parser = argparse.ArgumentParser()
parser.add_argument("--qwen", type=Path, required=True)
parser.add_argument("--count", type=int, default=2500)
parser.add_argument("--seed", type=int, default=14)
parser.add_argument("--output", type=Path, required=True)
parser.add_argument("--rows", action="store_true", help="write texts with ids, one file a tokenizer, for reading differences")
options = parser.parse_args()
rng = random.Random(options.seed)

QWEN = r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
LLAMA3 = QWEN.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
OTHER_SPELLINGS = {name: f"(?:{pattern})" for name, pattern in [("qwen", QWEN), ("llama3", LLAMA3)]}
GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def byte_level(**changes):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False, **changes}


def split(pattern, behavior="Isolated", invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def added(content, id, **flags):
    return {"id": id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags}


# What differs from the common tokenizer: (pre_tokenizer, normalizer, other sections).
KINDS = {
    "gpt2": (byte_level(use_regex=True), None, {}),
    "roberta": (byte_level(use_regex=True, add_prefix_space=True), None, {"mask": {"lstrip": True}}),
    "smollm2": (sequence({"type": "Digits", "individual_digits": True}, byte_level(use_regex=True)), None, {"lacking": [1, 4, 20]}),
    "llama3": (sequence(split(LLAMA3), byte_level()), None, {"ignore_merges": True}),
    "llama3_engine": (sequence(split(OTHER_SPELLINGS["llama3"]), byte_level()), None, {}),
    "qwen_engine": (sequence(split(OTHER_SPELLINGS["qwen"]), byte_level()), {"type": "NFC"}, {}),
    "gpt2_engine": (sequence(split(f"(?:{GPT2})"), byte_level()), None, {}),
    "falcon": (
        sequence({"type": "Punctuation", "behavior": "Contiguous"}, byte_level(use_regex=True),
                 {"type": "Digits", "individual_digits": False}, split("[0-9][0-9][0-9]")), None, {}),
    "deepseek": (
        sequence(split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"),
                 {"type": "Digits", "individual_digits": True}, byte_level()), {"type": "Sequence", "normalizers": []}, {}),
    "deepseek3": (
        sequence(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"),
                 split(r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^""" "\r\n" r"""\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[""" "\r\n" r"""]*|\s*[""" "\r\n" r"""]+|\s+(?!\S)|\s+"""),
                 byte_level()), None, {}),
    "gpt4o": (
        sequence(split(
            r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?"""
            r"""[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|"""
            r"""\s*[\r\n]+|\s+(?!\S)|\s+"""), byte_level()), None, {}),
    "bloom": (sequence(split(r" ?[^(\s|[.,!?…。，、।۔،])]+"), byte_level()), None, {}),
    "merged": (
        sequence(split(r"\s", "MergedWithNext"), split(r"[\w']x*", "MergedWithPrevious", invert=True), split("e", "Removed", kind="String"),
                 split(r"a*", "Contiguous"), byte_level()), None, {}),
    "nfkc": (
        sequence({"type": "WhitespaceSplit"}, byte_level(add_prefix_space=True)),
        {"type": "Sequence", "normalizers": [
            {"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": "b+"}, "content": "bee"},
            {"type": "Replace", "pattern": {"String": "."}, "content": " . "}, {"type": "Strip", "strip_left": True, "strip_right": False}]},
        {"single": {"normalized": True, "single_word": True, "special": False}}),
    "nfd": (byte_level(use_regex=True), {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Prepend", "prepend": "_"}]}, {
        "strip": {"lstrip": True, "rstrip": True}}),
}

corpus = [
    "In the figure, triangle ABC has a right angle at C. If AB = 13 and BC = 5, find the length of AC. It's what we'll see.",
    "如图，在三角形ABC中，角A等于60度，求角B的度数。 naïve café über straße  привет мир γειά σου  مرحبا  שלום  नमस्ते 안녕하세요 こんにちは",
    "for i in range(10):\n\tprint(i * 2 + 1)  # 12345 67890\r\n\r\n", "The the there then other another. 100 200 3000 1234567",
] * 4
base = Tokenizer(models.BPE())
base.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
base.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=620, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
base.decoder = decoders.ByteLevel()
common = json.loads(base.to_str())
vocabulary, merges = common["model"]["vocab"], common["model"]["merges"]
letters = {byte: letter for byte, letter in zip(
    list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256)) + [b for b in range(256) if b < 33 or 126 < b < 161 or b == 173],
    [chr(b) for b in list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))] + [chr(256 + i) for i in range(68)])}


def tokenizer_json(kind):
    pre_tokenizer, normalizer, extra = KINDS[kind]
    result = json.loads(json.dumps(common))
    result.update({"pre_tokenizer": pre_tokenizer, "normalizer": normalizer, "post_processor": None})
    lacking = {letters[byte] for byte in extra.get("lacking", [])}
    kept = [token for token in vocabulary if token not in lacking]
    result["model"]["vocab"] = {token: index for index, token in enumerate(kept)}
    result["model"]["ignore_merges"] = extra.get("ignore_merges", False)
    next_id = len(kept)
    tokens = [("<|end|>", {}), ("<|end|><|x|>", {}), ("<mask>", extra.get("mask", {})),
              ("word", extra.get("single")), (" é!", extra.get("strip"))]
    result["added_tokens"] = []
    for content, flags in tokens:
        if flags is not None:
            result["added_tokens"].append(added(content, next_id, **flags))
            next_id += 1
    return result


assigned = [chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
by_category = {}
for character in assigned:
    by_category.setdefault(unicodedata.category(character), []).append(character)
planes = [[c for c in assigned if lower <= ord(c) < upper] for lower, upper in [
    (0, 0x80), (0x80, 0x250), (0x250, 0x590), (0x590, 0x900), (0x900, 0x1100), (0x1100, 0x1200), (0x1200, 0x2000), (0x2000, 0x2E80),
    (0x2E80, 0xA000), (0xA000, 0xAC00), (0xAC00, 0xD800), (0xF900, 0x10000), (0x10000, 0x20000), (0x20000, 0x110000)]]
spaces = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2003\u2028\u2029\u202f\u205f\u3000\u200b\u180e\ufeff"
marks = by_category["Mn"] + by_category["Mc"]
pieces = ["'s", "'S", "'ſ", "'ll", "'LL", "'re", "'vE", "'d", "'m", "' s", "''t", "don't", "  ", "\n\n", "\r\n", " \n", "\t\t", "<|end|>",
          "<|end|><|x|>", "<|im_end|>", "<mask>", "word", "words", " é!", "e\u0301", "123", "1234567", "0.5", "x²", "the", " The", "triangle",
          "ANGLE", "//", "=>", "...", "---", "你好", "안녕", "привет", "👩‍🔬", "🇩🇪", "ﬁ", "İ", "ß", "…", "bbb", "aaa", "xxx", "()[]"]


def text():
    style = rng.randrange(10)
    length = 1 + int(rng.expovariate(1 / 14))
    if style == 0:
        return "".join(rng.choice(assigned) for _ in range(length))
    if style == 1:
        return "".join(rng.choice(rng.choice(planes)) for _ in range(length))
    if style == 2:
        plane = rng.choice(planes)
        return "".join(rng.choice(plane) if rng.random() < 0.8 else rng.choice(" \n'1") for _ in range(length))
    if style == 3:
        return "".join(rng.choice(spaces) if rng.random() < 0.6 else rng.choice("ab1.é中'") for _ in range(length))
    if style == 4:
        return "".join(rng.choice(rng.choice(planes)) + "".join(rng.choice(marks) for _ in range(rng.randrange(4))) for _ in range(1 + length // 3))
    if style == 5:
        numbers = by_category["Nd"] + by_category["Nl"] + by_category["No"]
        return "".join(rng.choice(numbers) if rng.random() < 0.4 else rng.choice("0123456789 ,.") for _ in range(length))
    if style == 6:
        category = by_category[rng.choice(list(by_category))]
        return "".join(rng.choice(category) if rng.random() < 0.7 else rng.choice("a '\n") for _ in range(length))
    if style == 7:
        return "".join(chr(rng.choice([rng.randrange(0x1100, 0x1200), rng.randrange(0xAC00, 0xD7A4), 0x1161, 0x11A8, 0x1112, 0x20])) for _ in range(length))
    if style == 8:
        return "".join(chr(rng.randrange(0x80)) for _ in range(length))
    return "".join(rng.choice(pieces) + rng.choice(["", "", " ", rng.choice(assigned)]) for _ in range(1 + length // 3))


texts = [text() for _ in range(options.count)]


def trimmed_qwen():
    """Qwen2.5's tokenizer without the merges whose token stands nowhere in the texts."""
    result = json.loads(options.qwen.read_text())
    written = ["".join(letters[byte] for byte in unicodedata.normalize("NFC", t).encode()) for t in texts] + [
        "".join(letters[byte] for byte in t.encode()) for t in texts]
    spans = {t[start:end] for t in written for start in range(len(t)) for end in range(start + 2, min(len(t), start + 25) + 1)}
    sides = [merge if isinstance(merge, list) else merge.split(" ") for merge in result["model"]["merges"]]
    kept = [merge for merge in sides if "".join(merge) in spans]
    names = set(letters.values()) | {"".join(merge) for merge in kept}
    result["model"]["merges"] = kept
    result["model"]["vocab"] = {token: index for token, index in result["model"]["vocab"].items() if token in names}
    return result


def fnv(data):
    value = 0x811C9DC5
    for byte in data:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


options.output.mkdir(parents=True, exist_ok=True)
answers = {}
for kind in ["qwen2_5", *KINDS]:
    content = trimmed_qwen() if kind == "qwen2_5" else tokenizer_json(kind)
    (options.output / f"{kind}.json").write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")
    tokenizer = Tokenizer.from_file(str(options.qwen)) if kind == "qwen2_5" else Tokenizer.from_str(json.dumps(content))
    encodings = [tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    decoded = [tokenizer.decode(ids, skip_special_tokens=False) for ids in encodings]
    parts = [b"".join(id.to_bytes(4, "little") for id in ids) + d.encode() for ids, d in zip(encodings, decoded)]
    answers[kind] = [fnv(b"".join(parts[start:start + 5])) for start in range(0, len(parts), 5)]
    if options.rows:
        rows = [{"text": t, "ids": ids, "decoded": d} for t, ids, d in zip(texts, encodings, decoded)]
        (options.output / f"{kind}.rows.json").write_text(json.dumps(rows))
(options.output / "fuzz.json").write_text(json.dumps({"texts": texts, "answers": answers}, separators=(",", ":")) + "\n")
