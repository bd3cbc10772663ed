"""Saves the processor of ../qwen2_5_vl_tiny as transformers 5 does: processor_config.json, tokenizer_config.json, chat_template.jinja.

Oracle: transformers 5.24.0. Usage: python make_saved.py MODEL OUTPUT, with qwen2_5_vl_tiny of Tests/PolicyModelTests/Fixtures for MODEL. The tokenizer.json
that it also saves has the same tokens, and is left out here.
"""

import os
import sys

from transformers import AutoProcessor

AutoProcessor.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[2])
os.remove(os.path.join(sys.argv[2], "tokenizer.json"))
