"""Structured values for answer_pairs.py and their spellings: numbers q·√n, sets, unions of intervals, units."""

from fractions import Fraction

from answer_formulas import SUPERSCRIPTS, VULGAR, ratio, render, root, show, style, times

FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in "0123456789abcxyzABCDERXY()+-=,:%/."}


def scalar(rng, surd=0.15, most=12):
    """A number q·√n as the pair (q, n), n free of squares."""
    if rng.random() < surd:
        return Fraction(rng.choice((1, 1, 2, 3, -1, -2))), rng.choice((2, 3, 5, 7))
    q = Fraction(rng.randint(-most, most))
    return (q if rng.random() < 0.75 else q + Fraction(rng.randint(1, 3), rng.choice((2, 3, 4, 5)))), 1


def near(value, rng):
    q, n = value
    return rng.choice([p for p in (-q, q + 1, q - 1, q + Fraction(1, 2), q * 10) if p != 0 or n == 1]), n


def decimal_text(q):
    """The exact decimal, or None where it has more than four places."""
    if 10 ** 4 % q.denominator:
        return None
    places = next(i for i in range(5) if 10 ** i % q.denominator == 0)
    digits = str(abs(q.numerator) * 10 ** places // q.denominator).rjust(places + 1, "0")
    return ("-" if q < 0 else "") + (digits[:len(digits) - places] + "." + digits[len(digits) - places:] if places else digits)


def scalar_text(value, rng, kind=None):
    q, n = value
    if n == 1 and q.denominator > 1 and rng.random() < 0.3 and decimal_text(q):
        return decimal_text(q)
    s = style(rng, kind)
    return render(ratio(q) if n == 1 else times(ratio(q), root(2, n)), s, rng)


def repeating_text(q, rng):
    """A repeating decimal with at most 6 repeating digits, or None."""
    rest, seen, digits = abs(q.numerator) % q.denominator, {}, ""
    while rest not in seen and len(digits) < 9:
        seen[rest] = len(digits)
        digits, rest = digits + str(rest * 10 // q.denominator), rest * 10 % q.denominator
    if rest == 0 or rest not in seen or len(digits) - seen[rest] > 6:
        return None
    head, period = digits[:seen[rest]], digits[seen[rest]:]
    dotted = f"\\dot{{{period}}}" if len(period) == 1 else f"\\dot{{{period[0]}}}{period[1:-1]}\\dot{{{period[-1]}}}"
    repeated = rng.choice((f"\\overline{{{period}}}", f"\\overline{{{period}}}", dotted))
    return f"{'-' if q < 0 else ''}{abs(q.numerator) // q.denominator}.{head}{repeated}"


def number_text(q, rng):
    """A text and the values it may stand for (two where it is a per cent)."""
    sign, size = "-" if q < 0 else "", abs(q)
    forms = [show(ratio(q), rng)] * 2
    if q.denominator > 1 and size > 1:
        i, f = divmod(size, 1)
        forms += [f"{sign}{i}\\frac{{{f.numerator}}}{{{f.denominator}}}", f"{sign}{i} {f.numerator}/{f.denominator}"]
        if (f.numerator, f.denominator) in VULGAR:
            forms.append(f"{sign}{i}{VULGAR[f.numerator, f.denominator]}")
    decimal = decimal_text(q)
    if decimal:
        forms += [decimal, decimal + ("0" if "." in decimal else ".0"), decimal.replace("-", "−"), decimal.translate(FULL_WIDTH)]
        forms += ["+" + decimal] if q > 0 else []
        forms += [decimal[1:]] * decimal.startswith("0.")
        exponent = rng.choice((-2, 2, 3, 4))
        mantissa = decimal_text(q / Fraction(10) ** exponent)
        if mantissa and 1 <= size / Fraction(10) ** exponent < 10:
            forms += [f"{mantissa} \\times 10^{{{exponent}}}", f"{mantissa}\\cdot10^{{{exponent}}}", f"{mantissa}e{exponent}",
                      f"{mantissa}×10{str(exponent).translate(SUPERSCRIPTS)}"] * 3
    if q.denominator == 1 and size >= 1000:
        forms += [sign + f"{size.numerator:,}".replace(",", mark) for mark in (",", "{,}", "\\,")] * 3
    repeating = repeating_text(q, rng)
    forms += [repeating] * 4 if repeating else []
    if size.numerator == 1 and q.denominator > 1:
        forms += [f"{sign}{q.denominator}" + power for power in ("^{-1}", "⁻¹")]
    if decimal and 0 < size <= 200 and rng.random() < 0.25:
        return decimal + rng.choice(("\\%", "%", "％", " percent", "\\text{ percent}")), {q, q / 100}
    return rng.choice(forms), {q}


AND, OR = (" and ", " \\text{ and } ", ", and ", "和"), (" or ", " \\text{ or } ", "或")


def joined(parts, rng, words=()):
    """Members in a row; the last one sometimes behind one of the words."""
    space = rng.choice(("", " "))
    if words and rng.random() < 0.4 and len(parts) > 1:
        word = rng.choice(words)
        return f",{space}".join(parts[:-1]) + word + parts[-1]
    return rng.choice((f",{space}",) * 5 + (" , ", "，", "、", ",\\ ", ", \\, ")).join(parts)


def set_text(members, rng, braced=False):
    """In braces, or (if not braced is asked) as a plain list or with ±."""
    kind = rng.choice(("latex", "latex", "unicode"))
    members = rng.sample(members, len(members))
    left, right = ("{", "}") if kind == "unicode" else rng.choice((("\\{", "\\}"), ("\\left\\{", "\\right\\}"), ("\\lbrace ", "\\rbrace")))
    comma = rng.choice((",", ", "))
    braces = lambda part: left + comma.join(scalar_text(m, rng, kind) for m in part) + right
    if not members:
        return rng.choice(("\\emptyset", "\\varnothing", "∅", "\\{\\}", "\\{ \\}"))
    opposite = sorted(members)
    if len(members) == 2 and opposite[0][0] == -opposite[1][0] and opposite[0][1] == opposite[1][1] and not braced and rng.random() < 0.6:
        return rng.choice(("\\pm ", "±", "x = \\pm ")) + scalar_text(opposite[1], rng, "latex")
    if len(members) > 1 and rng.random() < 0.3:
        cut = rng.randint(1, len(members) - 1)
        cup = rng.choice(("\\cup", " \\cup ") if kind == "latex" else ("∪", " ∪ "))
        return braces(members[:cut]) + cup + braces(members[cut - rng.randint(0, 1):])
    if len(members) > 1 and not braced and rng.random() < 0.15:
        return joined([scalar_text(m, rng, kind) for m in members], rng)
    return braces(members)


INFINITY = Fraction(10 ** 9)


def merged(parts):
    """Intervals (low, low closed, high, high closed), united where they touch."""
    rows = []
    for low, closed_low, high, closed_high in sorted(parts, key=lambda p: (p[0], not p[1])):
        if rows and (low < rows[-1][2] or low == rows[-1][2] and (closed_low or rows[-1][3])):
            before = rows.pop()
            low, closed_low = before[:2]
            high, closed_high = max((before[2], before[3]), (high, closed_high))
        rows.append((low, closed_low, high, closed_high))
    return rows


def interval_text(parts, rng):
    kind = rng.choice(("latex", "latex", "unicode"))
    number = lambda q: scalar_text((q, 1), rng, kind)
    endless = "\\infty" if kind == "latex" else "∞"
    space = rng.choice(("", " "))
    at_most, at_least = (("\\le ", "\\leq ", "\\leqslant "), ("\\ge ", "\\geq ", "\\geqslant ")) if kind == "latex" else (("≤", "<=", "⩽"), ("≥", ">=", "⩾"))
    less = lambda equal: space + (rng.choice(at_most) if equal else "<") + space
    more = lambda equal: space + (rng.choice(at_least) if equal else ">") + space

    def interval(p):
        low = "-" + endless if p[0] == -INFINITY else number(p[0])
        high = rng.choice(("", "", "+")) + endless if p[2] == INFINITY else number(p[2])
        left, right = "[" if p[1] else "(", "]" if p[3] else ")"
        if kind == "latex" and space and rng.random() < 0.4:
            left, right = "\\left" + left, "\\right" + right
        return f"{left}{low},{space}{high}{right}"

    def inequality(p):
        if p[0] == -INFINITY:
            return "x" + less(p[3]) + number(p[2]) if rng.random() < 0.8 else number(p[2]) + more(p[3]) + "x"
        if p[2] == INFINITY:
            return "x" + more(p[1]) + number(p[0]) if rng.random() < 0.8 else number(p[0]) + less(p[1]) + "x"
        if rng.random() < 0.8:
            return number(p[0]) + less(p[1]) + "x" + less(p[3]) + number(p[2])
        return number(p[2]) + more(p[3]) + "x" + more(p[1]) + number(p[0])
    if parts == [(-INFINITY, False, INFINITY, False)]:
        return rng.choice(("\\mathbb{R}", "ℝ", "(-\\infty, \\infty)", "(-∞,∞)", "(-\\infty,+\\infty)"))
    form = rng.randrange(4)
    if form < 2:
        text = (" ∪ " if kind == "unicode" else rng.choice(("\\cup ", " \\cup "))).join(map(interval, rng.sample(parts, len(parts))))
        return ("x ∈ " if kind == "unicode" else "x \\in ") + text if rng.random() < 0.2 else text
    text = rng.choice((" or ", " \\text{ or } ", "\\text{ or }", "或") if kind == "latex" else (" or ", "或")).join(map(inequality, parts))
    bar = rng.choice(("\\mid ", ":", "|", " \\mid "))
    return text if form == 2 or kind == "unicode" else f"\\{{x{bar}{text}\\}}"


# Spellings of a unit behind a number. No two rows are convertible without a factor, and none is converted.
UNITS = {
    "cm": (" cm", "cm", "\\text{ cm}", "\\,\\text{cm}", " \\mathrm{~cm}", " centimeters", " centimetres", "厘米"),
    "m": (" m", "\\text{ m}", " meters", " metres", "米"), "km": (" km", "\\text{ km}", " kilometers", "千米"),
    "mm": (" mm", "\\mathrm{~mm}", " millimeters", "毫米"), "ft": (" ft", " feet", "\\text{ feet}"),
    "in": (" in.", " inches", "\\text{ inches}", "\\text{ in}"), "yd": (" yards", " yd", "\\text{ yards}"), "mi": (" miles", "\\text{ miles}"),
    "cm2": (" cm^2", " cm²", "\\text{ cm}^2", " \\mathrm{~cm}^{2}", " square centimeters", " sq cm", "平方厘米", "\\text{ cm}^{2}"),
    "cm3": (" cm^3", " cm³", "\\text{ cm}^3", " cubic centimeters", "立方厘米"), "m2": (" m^2", " m²", "\\text{ m}^2", " square meters", "平方米"),
    "units2": (" square units", "\\text{ square units}", " sq. units"),
    "deg": ("°", "^\\circ", "^{\\circ}", " degrees", "\\text{ degrees}", "度", "º", "˚"), "rad": (" radians", "\\text{ radians}", " rad"),
    "kg": (" kg", "\\text{ kg}", " kilograms", "千克"), "g": (" grams", " g", "\\text{ g}", "克"), "h": (" hours", "\\text{ hours}", " hr", "小时"),
    "min": (" minutes", " min", "\\text{ min}", "分钟"), "s": (" seconds", " s", "\\text{ s}", "秒"), "L": (" liters", " litres", " L", "升"),
    "mL": (" mL", " milliliters", "毫升"), "m/s": (" m/s", "\\text{ m/s}", " meters per second", "米/秒"),
    "km/h": (" km/h", "\\text{ km/h}", " kilometers per hour"), "mph": (" mph", " miles per hour"), "cents": (" cents", "\\text{ cents}", "¢"),
    "dollars": (" dollars", "\\text{ dollars}", "\\$", "$"), "euros": (" euros", "€"), "yuan": ("元", " yuan"),
}
NEIGHBOURS = {
    "cm": "m mm cm2 in", "m": "cm km m2 s", "cm2": "cm cm3 m2", "cm3": "cm2 cm", "deg": "rad", "rad": "deg", "dollars": "cents euros yuan",
    "cents": "dollars", "m/s": "km/h m", "km/h": "m/s mph", "h": "min s", "min": "h s", "s": "min h", "kg": "g", "g": "kg", "L": "mL", "mL": "L",
    "yuan": "dollars", "euros": "dollars",
}
THINGS = ("apples", "people", "triangles", "red cubes", "students", "small squares", "marbles", "fish", "white stones")
