"""The pictures of the shapes task, drawn a second time in Python's whole numbers (docs/shapes.md): the hash that ShapesTaskTests pins.

    python3 Tests/Oracles/shapes_picture.py     # FNV-1a over the bytes of the first eight pictures of test, seed 5
"""

from math import isqrt

MASK = (1 << 64) - 1
NOISE_PERCENT = 12
JITTER, OVERLAP, SIDE, CELL = 24, 8, 48, 16
RADII = {"small": 22, "medium": 32, "large": 44}
# Of 255, in 256ths, times the root of 3.
NOISE = round(isqrt(3 * (NOISE_PERCENT * 255 * 256) ** 2) / 100)

KINDS = ["circle", "square", "triangle", "diamond", "star"]
COLORS = {
    "red": (210, 50, 50), "orange": (225, 125, 45), "yellow": (225, 210, 70),
    "green": (60, 165, 75), "blue": (60, 95, 210), "purple": (140, 75, 190),
}
SIZES = ["small", "medium", "large"]
SPLITS = {"warm-start": 0, "training": 1, "validation": 2, "test": 3}
CORNERS = {
    "triangle": [(0, -1400), (1330, 960), (-1330, 960)],
    "star": [(0, -1382), (406, -559), (1314, -427), (657, 214), (812, 1118), (0, 691), (-812, 1118), (-657, 214), (-1314, -427),
             (-406, -559)],
}


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Keyed:
    """SplitMix64 by key and counter."""

    def __init__(self, seed, words):
        self.key, self.count = seed, 0
        for word in words:
            self.key = mix((self.key + 0x9E3779B97F4A7C15) & MASK) ^ mix((word + 0xD1B54A32D192ED03) & MASK)

    def at(self, index):
        return mix((self.key + (index + 1) * 0x9E3779B97F4A7C15) & MASK)

    def below(self, bound):
        self.count += 1
        return self.at(self.count - 1) * bound >> 64

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def split_of(shapes):
    words = [place * 64 + KINDS.index(kind) * 8 + list(COLORS).index(color) for place, kind, color, _ in shapes]
    bucket = Keyed(0x534841504553, words).at(0) % 16
    return {0: "warm-start", 1: "warm-start", 2: "validation", 3: "validation", 4: "test", 5: "test"}.get(bucket, "training")


def shapes_of(stream, split):
    while True:
        count = 3 + stream.below(4)
        places = sorted(stream.permutation(9)[:count])
        colors = [list(COLORS)[i] for i in stream.permutation(6)[:3]]
        kinds = [KINDS[i] for i in stream.permutation(5)[:3]]
        shapes = []
        for place in places:
            kind = kinds[stream.below(3)]
            color = colors[stream.below(3)]
            shapes.append((place, kind, color, SIZES[stream.below(3)]))
        if split_of(shapes) == split:
            return shapes


def inside(kind, radius, x, y):
    """Whether a point is in a shape: crossings of a ray to the right, by exact fractions."""
    if kind == "circle":
        return x * x + y * y <= radius * radius
    if kind == "square":
        return max(abs(x), abs(y)) * 1024 <= 907 * radius
    if kind == "diamond":
        return (abs(x) + abs(y)) * 1024 <= 1283 * radius
    corners = [(a * radius, b * radius) for a, b in CORNERS[kind]]
    x, y, crossings = x * 1024, y * 1024, 0
    for (ax, ay), (bx, by) in zip(corners[-1:] + corners[:-1], corners):
        if (ay > y) != (by > y):
            # The ray meets the border at ax + (y - ay)(bx - ax)/(by - ay).
            top, bottom = (y - ay) * (bx - ax), by - ay
            crossings += (x - ax) * abs(bottom) < top * (1 if bottom > 0 else -1)
    return crossings % 2 == 1


def picture(split, seed, index):
    stream = lambda use: Keyed(seed, [0x534841504553, SPLITS[split], index, use])
    shapes = shapes_of(stream(1), split)
    place, noise = stream(2), stream(3)
    ground = 24 + place.below(49)
    paint = [ground] * (SIDE * SIDE * 3)
    for cell, kind, color, size in shapes:
        radius = RADII[size]
        reach = -(-1400 * radius // 1024)

        def center(number):
            span = min(JITTER, CELL * 4 + OVERLAP - reach)
            drawn = number * CELL * 8 + CELL * 4 + place.below(2 * span + 1) - span
            return min(max(drawn, reach), SIDE * 8 - reach)

        x, y = center(cell % 3), center(cell // 3)
        contrast = 70 + place.below(31)
        levels = []
        for level in COLORS[color]:
            far = (level + place.below(33) - 16 - ground) * contrast
            levels.append(ground + (far // 100 if far >= 0 else -(-far // 100)))
        for row in range(SIDE):
            for column in range(SIDE):
                if abs(column * 8 + 4 - x) > reach + 8 or abs(row * 8 + 4 - y) > reach + 8:
                    continue
                share = sum(
                    inside(kind, radius, column * 8 + right - x, row * 8 + down - y) for down in (1, 3, 5, 7) for right in (1, 3, 5, 7))
                for channel in range(3):
                    at = (row * SIDE + column) * 3 + channel
                    paint[at] = (paint[at] * (16 - share) + levels[channel] * share + 8) // 16
    pixels = []
    for at, value in enumerate(paint):
        bits = noise.at(at)
        total = sum((bits >> shift) & 0xFFFF for shift in (0, 16, 32, 48))
        pixels.append(min(max(value + (((total - 2 * 0xFFFF) * NOISE) >> 24), 0), 255))
    return pixels


hash = 0xCBF29CE484222325
for index in range(8):
    for byte in picture("test", 5, index):
        hash = ((hash ^ byte) * 0x100000001B3) & MASK
print(hash)
