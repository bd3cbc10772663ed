"""Makes quants.gguf (one tensor of random blocks for each type) and quants.safetensors (what the reference dequantises it to).

Oracle: the packages gguf 0.19.0, numpy, safetensors from PyPI. Usage: python make_quants.py FOLDER
"""

import sys

import gguf
import numpy
from gguf import GGMLQuantizationType as T
from safetensors.numpy import save_file

# Where the half-precision scales stand in a block; they are made finite, the other bytes are random.
SCALES = {T.Q8_0: [0], T.Q4_0: [0], T.Q4_1: [0, 2], T.Q4_K: [0, 2], T.Q6_K: [208]}
ROWS, COLUMNS = 3, 512

folder = sys.argv[1]
random = numpy.random.default_rng(20)
writer = gguf.GGUFWriter(f"{folder}/quants.gguf", "none")
writer.add_uint8("values.uint8", 255)
writer.add_int8("values.int8", -128)
writer.add_uint16("values.uint16", 65535)
writer.add_int16("values.int16", -32768)
writer.add_uint32("values.uint32", 4294967295)
writer.add_int32("values.int32", -2147483648)
writer.add_uint64("values.uint64", 1 << 62)
writer.add_int64("values.int64", -(1 << 62))
writer.add_float32("values.float32", 1e-5)
writer.add_float64("values.float64", 1 / 3)
writer.add_bool("values.bool", True)
writer.add_string("values.string", "Grüße, 世界 🙂")
writer.add_array("values.strings", ["a", "", "Ġthe", "Ã©"])
writer.add_array("values.integers", [3, -1, 2147483647])
writer.add_array("values.reals", [0.5, -2.0])

expected = {}
for kind in [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1, T.Q4_K, T.Q6_K]:
    size, count = gguf.GGML_QUANT_SIZES[kind]
    if kind in SCALES:
        blocks = random.integers(0, 256, (ROWS * COLUMNS // size, count), dtype=numpy.uint8)
        for place in SCALES[kind]:
            # Ordinary scales, and a few at the ends of the range: zero, subnormal, the largest, negative.
            scale = random.normal(0, 0.05, len(blocks)).astype(numpy.float16)
            scale[:4] = numpy.array([0.0, 6e-8, 65504.0, -1.5], dtype=numpy.float16)
            blocks[:, place : place + 2] = scale.view(numpy.uint8).reshape(-1, 2)
        data = blocks.reshape(ROWS, -1)
    else:
        values = random.normal(0, 1, (ROWS, COLUMNS)).astype(numpy.float32)
        values[0, :4] = [0.0, -0.0, 6e-8, -60000.0]
        data = values if kind == T.F32 else gguf.quants.quantize(values, kind)
    writer.add_tensor(kind.name, data, raw_dtype=kind)
    values = gguf.quants.dequantize(data.view(numpy.uint8) if kind == T.BF16 else data, kind)
    expected[kind.name] = numpy.ascontiguousarray(values.reshape(ROWS, COLUMNS).astype(numpy.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

# The reader must see the tensors as they were meant.
for tensor in gguf.GGUFReader(f"{folder}/quants.gguf").tensors:
    read = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    assert read.tobytes() == expected[tensor.name].tobytes(), tensor.name
save_file(expected, f"{folder}/quants.safetensors")
