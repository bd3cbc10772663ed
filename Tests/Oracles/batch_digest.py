#!/usr/bin/env python3
"""Computes the digests of a run's batches from samples.jsonl alone, and compares them with metrics.jsonl: batch_digest.py RUN.

Prints "step DIGEST equal" or "step DIGEST other" for each step; exit code 1 if any is another one. docs/formats.md says what goes in.
"""

import hashlib
import json
import struct
import sys

VERDICTS = {"missing": 0, "reflected": 1, "unknown": 2}
FINISH_REASONS = {"stop": 0, "length": 1}


def integer(value):
    return struct.pack("<q", value)


def text(value):
    data = value.encode()
    return integer(len(data)) + data


def values(kind, numbers):
    return integer(len(numbers)) + struct.pack(f"<{len(numbers)}{kind}", *numbers)


FIRST = ["accuracy", "format", "repetition", "visual"]


def sample_bytes(sample, names):
    """names: the reward's parts in the rubric's order, as the metrics have them."""
    parts = sample["parts"]
    turns = sample.get("turns", [])
    return b"".join([
        integer(sample["group"]),
        text(sample["problem_id"]),
        integer(sample["visit"]),
        integer(sample["member"]),
        values("i", sample["tokens"]),
        values("I", sample["log_prob_bits"]),
        struct.pack("<B", FINISH_REASONS[sample["finish_reason"]]),
        values("B", [VERDICTS[verdict] for verdict in sample["verdicts"]]),
        values("f", [parts["accuracy"], parts["format"], parts["repetition"]]),
        struct.pack("<3f", parts.get("visual", -1), sample["reward"]["overall"], sample["advantage"]),
    ] + [text(name) + struct.pack("<f", parts.get(name, 0)) for name in names if name not in FIRST]
      + ([text("turns")] if turns else [])
      + [integer(turn["token_count"]) + values("i", turn.get("reply_tokens", [])) for turn in turns])


def main(run):
    digests = {}
    with open(run + "/metrics.jsonl", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    names = {
        record["step"]: [key[len("reward/"):] for key in record if key.startswith("reward/") and key != "reward/overall"]
        for record in records
    }
    with open(run + "/samples.jsonl", encoding="utf-8") as lines:
        for line in lines:
            sample = json.loads(line)
            step = sample["step"]
            digests.setdefault(step, hashlib.sha256()).update(sample_bytes(sample, names.get(step, [])))
    others = 0
    for record in records:
        if "digest/batch" not in record:
            continue
        step = record["step"]
        digest = digests.get(step, hashlib.sha256()).hexdigest()
        is_equal = digest == record["digest/batch"]
        others += not is_equal
        print(step, digest, "equal" if is_equal else "other")
    return 1 if others else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
