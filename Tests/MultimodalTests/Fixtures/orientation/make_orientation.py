"""Pictures with an EXIF orientation and what Pillow's exif_transpose and convert("RGB") make of them: orientation.safetensors.

    python make_orientation.py FOLDER

Needs Pillow, numpy and safetensors. JPEG files are grey-free ramps of 24 x 16 pixels; every orientation, both byte orders.
"""

import struct, sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import save_file

folder = Path(sys.argv[1])
y, x = np.mgrid[0:16, 0:24]
ramp = Image.fromarray(np.stack([x * 10, y * 15, (x + y) * 6], -1).astype(np.uint8))


def exif(orientation, order):
    """A TIFF block of two tags."""
    mark, e = (b"II", "<") if order == "little" else (b"MM", ">")
    entries = struct.pack(e + "HHIHxx", 0x0103, 3, 1, 6) + struct.pack(e + "HHIHxx", 0x0112, 3, 1, orientation)
    return mark + struct.pack(e + "HI", 42, 8) + struct.pack(e + "H", 2) + entries + struct.pack(e + "I", 0)


expected = {}
for orientation in range(0, 10):
    for suffix, order in (("jpg", "big" if orientation % 2 else "little"), ("png", "little" if orientation % 2 else "big")):
        path = folder / f"orientation{orientation}.{suffix}"
        block = exif(orientation, order)
        options = {"quality": 95, "subsampling": 0} if suffix == "jpg" else {}
        ramp.save(path, exif=(b"Exif\0\0" + block) if suffix == "jpg" else block, **options)
        expected[path.name] = np.array(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
save_file(expected, folder / "orientation.safetensors")
