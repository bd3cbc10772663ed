"""Formulas for answer_pairs.py: trees, their values, the proof that two are equal, spellings, near misses; and the five classes made of them."""

import sys
from collections import namedtuple
from fractions import Fraction

try:
    import mpmath
    import sympy
    from sympy.simplify.simplify import nthroot
except ImportError:
    sys.exit(print("skipped: sympy is not installed", file=sys.stderr) or 77)

mpmath.mp.dps = 50
GREEK = {"alpha": "α", "beta": "β", "theta": "θ", "lambda": "λ"}
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
VULGAR = {(1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼", (3, 4): "¾", (1, 5): "⅕", (2, 5): "⅖", (1, 6): "⅙",
          (1, 8): "⅛", (5, 8): "⅝"}

# Trees: ("int", n≥0) ("sym", name) ("pi",) ("deg", n) ("neg", a) ("add", a, b…) ("mul", a, b…) ("div", a, b) ("pow", a, n) ("root", n, a)
# ("fn", name, a), where name is sin, cos, tan, ln or a number, the base of a logarithm.
PI = ("pi",)


def whole(n):
    return ("int", n) if n >= 0 else ("neg", ("int", -n))


def ratio(q):
    q = Fraction(q)
    tree = ("int", abs(q.numerator)) if q.denominator == 1 else ("div", ("int", abs(q.numerator)), ("int", q.denominator))
    return tree if q >= 0 else ("neg", tree)


def times(*factors):
    """A product without ones, its sign in front."""
    negative = sum(f[0] == "neg" for f in factors) % 2
    factors = [f[1] if f[0] == "neg" else f for f in factors]
    factors = [f for f in factors if f != ("int", 1)] or [("int", 1)]
    tree = factors[0] if len(factors) == 1 else ("mul", *factors)
    return ("neg", tree) if negative else tree


def root(n, a):
    return ("root", n, ("int", a) if isinstance(a, int) else a)


def function(name, a):
    return ("fn", name, ("int", a) if isinstance(a, int) else a)


FUNCTIONS = {"sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "ln": sympy.log}
NUMERIC = {"sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "ln": mpmath.log}


def symbolic(tree):
    kind, *rest = tree
    if kind in ("int", "deg"):
        return sympy.Integer(rest[0]) * (sympy.pi / 180 if kind == "deg" else 1)
    if kind in ("pi", "sym"):
        return sympy.pi if kind == "pi" else sympy.Symbol(rest[0], positive=True)
    if kind == "pow":
        return symbolic(rest[0]) ** rest[1]
    if kind == "root":
        return symbolic(rest[1]) ** sympy.Rational(1, rest[0])
    if kind == "fn":
        a = symbolic(rest[1])
        return FUNCTIONS[rest[0]](a) if rest[0] in FUNCTIONS else sympy.log(a) / sympy.log(rest[0])
    parts = [symbolic(part) for part in rest]
    return {"neg": lambda: -parts[0], "add": lambda: sympy.Add(*parts), "mul": lambda: sympy.Mul(*parts), "div": lambda: parts[0] / parts[1]}[kind]()


def numeric(tree, point):
    """The value with 50 digits; ValueError where it is not real or not defined."""
    kind, *rest = tree
    if kind in ("int", "deg"):
        return mpmath.mpf(rest[0]) * (mpmath.pi / 180 if kind == "deg" else 1)
    if kind in ("pi", "sym"):
        return +mpmath.pi if kind == "pi" else point[rest[0]]
    parts = [numeric(part, point) for part in rest if isinstance(part, tuple)]
    if kind in ("root", "fn") and (parts[0] < 0 and kind == "root" or parts[0] <= 0 and rest[0] not in ("sin", "cos", "tan") and kind == "fn"):
        raise ValueError("not real")
    if kind == "fn":
        return NUMERIC[rest[0]](parts[0]) if rest[0] in NUMERIC else mpmath.log(parts[0]) / mpmath.log(rest[0])
    if kind in ("div", "pow") and abs(parts[-1]) < 1e-9:
        raise ValueError("not defined")
    return {"neg": lambda: -parts[0], "add": lambda: mpmath.fsum(parts), "mul": lambda: mpmath.fprod(parts), "div": lambda: parts[0] / parts[1],
            "pow": lambda: parts[0] ** rest[1], "root": lambda: mpmath.root(parts[0], rest[0])}[kind]()


def symbols(tree):
    return {tree[1]} if tree[0] == "sym" else set().union(*(symbols(part) for part in tree[1:] if isinstance(part, tuple)))


def without_squares(d):
    """In sines and cosines alone, cos² written as 1 - sin²."""
    d = sympy.expand(sympy.expand_trig(d).replace(sympy.tan, lambda a: sympy.sin(a) / sympy.cos(a)))
    square = lambda p: p.is_Pow and p.base.func is sympy.cos and p.exp == 2
    return sympy.expand(d.replace(square, lambda p: 1 - sympy.sin(p.base.args[0]) ** 2))


def denested(d):
    third = sympy.Rational(1, 3)
    d = d.replace(lambda p: p.is_Pow and p.exp == third and p.base.is_Add, lambda p: nthroot(p.base, 3))
    return sympy.expand(sympy.sqrtdenest(d))


def proven_zero(d):
    attempts = [sympy.expand]
    if d.has(sympy.sin, sympy.cos, sympy.tan):
        attempts += [without_squares]
    elif d.has(sympy.log):
        attempts += [lambda d: sympy.simplify(sympy.expand_log(d, factor=True))]
    elif d.free_symbols:
        attempts += [sympy.cancel]
    else:
        attempts += [denested, lambda d: sympy.expand(sympy.radsimp(d))]
    return any(attempt(d) == 0 for attempt in attempts + [sympy.simplify]) or d.equals(0) is True


def decide(rng, a, b):
    """True, False, or None where neither is certain."""
    names = sorted(symbols(a) | symbols(b))
    try:
        for _ in range(4 if names else 1):
            point = {name: mpmath.mpf(rng.randint(300, 3000)) / 997 for name in names}
            x, y = numeric(a, point), numeric(b, point)
            if abs(x - y) > 1e-6 * (1 + abs(x)):
                return False
            if abs(x - y) > 1e-40 * (1 + abs(x)):
                return None
    except (ValueError, ZeroDivisionError):
        return None
    return True if proven_zero(symbolic(a) - symbolic(b)) else None


def from_sympy(e, rng):
    if e.is_Rational:
        return ratio(Fraction(int(e.p), int(e.q)))
    if e.is_Symbol or e == sympy.pi:
        return PI if e == sympy.pi else ("sym", e.name)
    if e.is_Add:
        return ("add", *(from_sympy(a, rng) for a in e.args))
    if e.is_Pow:
        if e.exp.is_Integer:
            return ("pow", from_sympy(e.base, rng), int(e.exp)) if e.exp > 0 else ("div", ("int", 1), from_sympy(1 / e, rng))
        return root(int(e.exp.q), from_sympy(e.base ** e.exp.p, rng))
    assert e.is_Mul, e
    top, bottom = sympy.fraction(e)
    if bottom != 1:
        sign = -1 if top.could_extract_minus_sign() else 1
        a, b = from_sympy(sign * top, rng), from_sympy(bottom, rng)
        coefficient, rest = (sign * top).as_coeff_Mul()
        if bottom.is_Integer and rest != 1 and rng.random() < 0.4:
            tree = times(ratio(Fraction(int(coefficient), int(bottom))), from_sympy(rest, rng))
        else:
            tree = ("div", a, b)
        return ("neg", tree) if sign < 0 else tree
    return times(*(from_sympy(a, rng) for a in e.args))


# Rendering. A style is drawn once a text.
Style = namedtuple("Style", "kind fraction times left space short")


def style(rng, kind=None):
    kind = kind or rng.choice(("latex", "latex", "plain", "unicode"))
    return Style(kind, rng.choice(("\\frac", "\\frac", "\\dfrac", "\\tfrac", "/")) if kind == "latex" else "/", rng.random() < 0.25,
                 rng.random() < 0.4, rng.choice(("", " ")), rng.random() < 0.4)


def bracket(text, s):
    return f"\\left({text}\\right)" if s.kind == "latex" and s.left else f"({text})"


def render(tree, s, rng):
    kind, *rest = tree
    if kind == "int":
        return str(rest[0])
    if kind == "deg":
        return f"{rest[0]}°" if s.kind != "latex" else f"{rest[0]}^\\circ" if s.short else f"{rest[0]}^{{\\circ}}"
    if kind == "pi":
        return {"latex": "\\pi", "plain": "pi", "unicode": "π"}[s.kind]
    if kind == "sym":
        return rest[0] if rest[0] not in GREEK else "\\" + rest[0] if s.kind == "latex" else GREEK[rest[0]]
    if kind == "neg":
        return ("−" if s.kind == "unicode" else "-") + closed(rest[0], s, rng, ("add", "neg"))
    if kind == "add":
        terms = rng.sample(rest, len(rest))
        text = render(terms[0], s, rng)
        for term in terms[1:]:
            sign = "+" if term[0] != "neg" else "−" if s.kind == "unicode" else "-"
            text += s.space + sign + s.space + closed(term[1] if term[0] == "neg" else term, s, rng, ("add", "neg"))
        return text
    if kind == "mul":
        return product(rest, s, rng)
    if kind == "div":
        if s.fraction != "/":
            if s.short and all(part[0] == "int" and part[1] < 10 for part in rest):
                return f"{s.fraction}{rest[0][1]}{rest[1][1]}"
            return f"{s.fraction}{{{render(rest[0], s, rng)}}}{{{render(rest[1], s, rng)}}}"
        if s.kind == "unicode" and s.short and tuple(part[-1] for part in rest) in VULGAR and rest[0][0] == rest[1][0] == "int":
            return VULGAR[rest[0][1], rest[1][1]]
        top = closed(rest[0], s, rng, ("add", "neg", "fn", "div"))
        return top + "/" + closed(rest[1], s, rng, ("add", "neg", "mul", "div", "fn", "pow"))
    if kind == "pow":
        exponent = str(rest[1])
        if s.kind == "unicode":
            power = exponent.translate(SUPERSCRIPTS)
        elif len(exponent) == 1 and (s.kind == "plain" or s.short):
            power = f"^{exponent}"
        else:
            power = f"^{{{exponent}}}" if s.kind == "latex" else f"^({exponent})"
        if rest[0][0] == "fn" and rest[0][1] in ("sin", "cos", "tan"):
            name, argument = rest[0][1:]
            return ("\\" if s.kind == "latex" else "") + name + power + bracket(render(argument, s, rng), s)
        return closed(rest[0], s, rng, ("add", "neg", "mul", "div", "fn", "pow", "root")) + power
    if kind == "root":
        inner = render(rest[1], s, rng)
        if s.kind == "latex":
            if s.short and len(inner) == 1 and rest[0] == 2:
                return f"\\sqrt{inner}"
            return ("\\sqrt" if rest[0] == 2 else f"\\sqrt[{rest[0]}]") + f"{{{inner}}}"
        if s.kind == "unicode" and rest[0] < 4:
            return "√∛"[rest[0] - 2] + (inner if rest[1][0] == "int" else f"({inner})")
        return f"sqrt({inner})" if rest[0] == 2 else closed(rest[1], s, rng, ("add", "neg", "mul", "div", "root")) + f"^(1/{rest[0]})"
    name, argument = rest
    inner = render(argument, s, rng)
    if isinstance(name, str):
        head = name
    elif s.kind == "unicode":
        head = "log" + str(name).translate(SUBSCRIPTS)
    else:
        head = f"log_{name}" if s.kind == "plain" or name < 10 and s.short else f"log_{{{name}}}"
    if s.kind != "latex":
        return f"{head}({inner})"
    return f"\\{head} {inner}" if argument[0] in ("int", "sym", "deg", "pi") and not s.left else f"\\{head}" + bracket(inner, s)


def closed(tree, s, rng, kinds):
    """In brackets if it is of these kinds; `\\frac` needs none but below powers."""
    text = render(tree, s, rng)
    bare = tree[0] == "div" and (s.fraction != "/" or text in VULGAR.values()) and "pow" not in kinds
    return bracket(text, s) if tree[0] in kinds and not bare else text


def product(factors, s, rng):
    """Numbers first, roots and functions last; without a sign only where that has one meaning."""
    rank = {"int": 0, "div": 1, "pi": 2, "sym": 3, "pow": 4, "add": 5, "root": 6, "fn": 7}
    kind_of = lambda f: f[1][0] if f[0] == "pow" and f[1][0] in ("fn", "sym") else f[0]
    factors = sorted(rng.sample(factors, len(factors)), key=lambda f: rank.get(kind_of(f), 5))
    text, run = "", 0
    sign = rng.choice({"latex": ("\\cdot ", " \\cdot ", " \\times "), "plain": ("*", " * "), "unicode": ("·", "×")}[s.kind])
    for i, factor in enumerate(factors):
        part = closed(factor, s, rng, ("add", "neg", "div"))
        before = factors[i - 1] if i else None
        letter = kind_of(factor) == "sym" and factor[0] == "sym" and factor[1] not in GREEK
        if before is not None:
            explicit = s.times or part[0].isdigit() or factor[0] == "div" or before[0] == "root" or letter and run >= 2
            if kind_of(before) == "fn":
                explicit |= s.kind != "latex" or kind_of(factor) != "fn"
            elif s.kind == "plain":
                explicit |= before[0] in ("pow", "pi") or before[0] == "sym" and not letter or factor[0] == "pi" and before[0] != "int"
            elif s.kind == "unicode":
                explicit |= kind_of(factor) == "fn" and before[0] != "int"
            run = 0 if explicit else run
            text += sign if explicit else " " if text[-1].isalpha() and part[0].isalpha() and s.kind == "latex" and (s.space or "\\" in text) else ""
        run = run + 1 if letter else 0
        text += part
    return text


def show(tree, rng, kind=None):
    return render(tree, style(rng, kind), rng)


def mutate(tree, rng):
    """One thing changed: a number, a sign, a letter or its case, a power, top and bottom of a fraction, a function."""
    places = []

    def walk(node, rebuild):
        places.append((node, rebuild))
        for i, part in enumerate(node):
            if isinstance(part, tuple):
                walk(part, lambda new, i=i: rebuild(node[:i] + (new,) + node[i + 1:]))
    walk(tree, lambda new: new)
    names = symbols(tree)
    node, rebuild = rng.choice(places)
    kind = node[0]
    if kind in ("int", "deg"):
        step = 15 if kind == "deg" else 1
        return rebuild((kind, max(node[1] + rng.choice((-step, step)), step)))
    if kind == "sym":
        other = node[1].swapcase() if len(node[1]) == 1 and (node[1].swapcase() in names or rng.random() < 0.3) else rng.choice(sorted(names))
        return rebuild(("sym", other))
    if kind == "neg":
        return rebuild(node[1])
    if kind == "add":
        i = rng.randrange(1, len(node))
        return rebuild(node[:i] + (node[i][1] if node[i][0] == "neg" else ("neg", node[i]),) + node[i + 1:])
    if kind == "div":
        return rebuild(("div", node[2], node[1])) if rng.random() < 0.5 else rebuild(("neg", node))
    if kind == "pow":
        return rebuild(("pow", node[1], node[2] + 1))
    if kind == "root":
        return rebuild(node[2]) if rng.random() < 0.2 else rebuild(("root", node[1] % 2 + 2, node[2]))
    if kind == "fn" and node[1] in ("sin", "cos", "tan"):
        return rebuild(("fn", rng.choice([n for n in ("sin", "cos", "tan") if n != node[1]]), node[2]))
    return ("neg", tree)


def formula_pair(rng, want, a, b):
    """Two texts for two trees that should be equal; a near miss of the second where unequal ones are wanted."""
    if rng.random() < 0.5:
        a, b = b, a
    if not want:
        b = mutate(b, rng)
    truth = decide(rng, a, b)
    return None if truth is None else (show(a, rng), show(b, rng), truth)


def polynomials(rng, want):
    names = rng.choice(("x y", "x y z", "a b c", "R r", "R r", "X x", "p q", "n k", "alpha beta", "V v", "x", "a b")).split()
    circle = ("pi",) if names == ["R", "r"] and rng.random() < 0.6 else None

    def some_sum():
        powers = [("sym", name) if rng.random() < 0.7 else ("pow", ("sym", name), 2) for name in rng.sample(names, min(2, len(names)))]
        terms = [times(whole(rng.choice((1, 1, 2, 3, 4, 5, 7))), power) for power in powers]
        if len(terms) < 2 or rng.random() < 0.2:
            terms.append(("int", rng.randint(1, 9)))
        return ("add", terms[0], *(t if rng.random() < 0.5 else ("neg", t) for t in terms[1:]))
    form = rng.randrange(5)
    if form == 4 and len(names) > 1:
        x, y = (("sym", name) for name in rng.sample(names, 2))
        k = whole(rng.randint(1, 5))
        pairs = ((("pow", ("div", x, y), 2), ("div", ("pow", x, 2), ("pow", y, 2))), (("div", ("add", x, times(k, y)), y), ("add", ("div", x, y), k)),
                 (("div", x, y), ("div", times(("int", 2), x), times(("int", 2), y))))
        return formula_pair(rng, want, *rng.choice(pairs))
    if form in (0, 4):
        a = times(whole(rng.choice((1, 1, 2, 3, -1, -2))), ("sym", rng.choice(names)), some_sum())
    elif form == 1:
        a = ("mul", some_sum(), some_sum()) if rng.random() < 0.7 else ("pow", some_sum(), 2)
    elif form == 2:
        a = ("div", some_sum(), ("int", rng.randint(2, 9)))
    else:
        left, right = (("div", ("int", rng.randint(1, 6)), rng.choice((("sym", rng.choice(names)), some_sum()))) for _ in range(2))
        a = ("add", left, rng.choice((right, ("neg", right))))
    a = times(circle, a) if circle else a
    e = symbolic(a)
    b = from_sympy(sympy.together(e) if form == 3 else sympy.expand(e) if rng.random() < 0.7 else sympy.factor(e), rng)
    if form == 3 and sympy.cancel(e).as_numer_denom()[1] != e.together().as_numer_denom()[1] or not e.is_Add and len(sympy.expand(e).args) < 2 \
            or sympy.expand(e).is_Mul and form != 3:
        return None  # a removable gap, or a lone product that could be a name or a unit
    return formula_pair(rng, want, a, b)


def surds(rng, want):
    n, m = rng.sample((2, 3, 5, 6, 7, 10, 11), 2)
    k, p, q = rng.randint(2, 5), rng.randint(1, 9), rng.randint(2, 9)
    sign = rng.choice((1, -1))
    form = rng.randrange(6)
    if form == 0:
        a = times(whole(p), root(2, k * k * n))
    elif form == 1:
        a = ("div", whole(p), times(whole(rng.choice((1, q))), root(2, n)))
    elif form == 2:
        a = ("div", whole(p), ("add", root(2, n) if rng.random() < 0.5 else whole(q), times(whole(sign), root(2, m))))
    elif form == 3:
        a = ("pow", ("add", whole(q), times(whole(sign), root(2, n))), 2)
    elif form == 4:
        a = ("add", root(2, k * k * n), times(whole(sign * p), root(2, n)), times(whole(rng.choice((1, -1, q))), root(2, m)))
    else:
        a = ("mul", root(2, n * k), root(2, m * k))
    b = from_sympy(sympy.expand(sympy.radsimp(symbolic(a))), rng)
    if rng.random() < 0.15:
        a, b = times(PI, a), times(PI, b)
    return formula_pair(rng, want, a, b)


def nested_roots(rng, want):
    m, n = sorted(rng.sample((1, 2, 3, 5, 6, 7, 8, 10, 11, 13), 2), reverse=True)
    sign = rng.choice((1, -1))
    form = rng.randrange(4)
    if form < 2:
        inner = times(whole(2), root(2, m * n)) if form == 0 else root(2, 4 * m * n)
        a = root(2, ("add", ("int", m + n), times(whole(sign), inner)))
        b = ("add", from_sympy(sympy.sqrt(m), rng), times(whole(sign), from_sympy(sympy.sqrt(n), rng)))
    elif form == 2:
        e = sympy.expand((n + sign * sympy.sqrt(m)) ** 3)
        a, b = root(3, from_sympy(e, rng)), ("add", ("int", n), times(whole(sign), from_sympy(sympy.sqrt(m), rng)))
    else:
        k = rng.randint(2, 4)
        inner = lambda f: ("add", ("int", (m + n) * f), times(whole(sign), root(2, n * f * f)))
        a, b = times(("int", k), root(2, inner(1))), root(2, inner(k * k))
    return formula_pair(rng, want, a, b)


def logs(rng, want):
    base, p, q, k = rng.choice((2, 3, 5)), *rng.sample((2, 3, 5, 7, 11), 2), rng.randint(2, 4)
    name = rng.choice(("ln", base, 10))
    form = rng.randrange(6)
    if form == 0:
        a, b = function(name, p * q), ("add", function(name, p), function(name, q))
    elif form == 1:
        a, b = function(name, ("div", ("int", p), ("int", q))), ("add", function(name, p), ("neg", function(name, q)))
    elif form == 2:
        a, b = function(name, p ** k), times(("int", k), function(name, p))
    elif form == 3:
        j = rng.randint(1, 5)
        a, b = function(base ** k, base ** j), ratio(Fraction(j, k))
    elif form == 4:
        p = q if p == base else p
        a, b = function(base, p), ("div", function("ln", p), function("ln", base))
    else:
        x = ("sym", rng.choice("xn"))
        a, b = times(x, function(name, p * q)), ("add", times(x, function(name, p)), times(x, function(name, q)))
    if rng.random() < 0.3 and form != 5:
        c = rng.randint(1, 9)
        a, b = ("add", a, ("int", c)), ("add", ("int", c), b)
    return formula_pair(rng, want, a, b)


def trigonometry(rng, want):
    x, y = ("sym", rng.choice(("x", "theta", "alpha"))), ("sym", "y")
    name = rng.choice(("sin", "cos", "tan"))
    sin, cos = (lambda a: ("fn", "sin", a)), (lambda a: ("fn", "cos", a))
    if rng.random() < 0.55:
        degrees = rng.choice((15, 30, 45, 60, 75, 105, 120, 135, 150, 210, 225, 240, 300, 330))
        turn = Fraction(degrees, 180)
        angle = ("deg", degrees) if rng.random() < 0.6 else ("div", times(whole(turn.numerator), PI), whole(turn.denominator))
        c = whole(rng.choice((1, 1, 2, 3, 5, 8)))
        a = times(c, ("fn", name, angle))
        b = from_sympy(sympy.expand(sympy.radsimp(symbolic(c) * FUNCTIONS[name](sympy.pi * degrees / 180).rewrite(sympy.sqrt))), rng)
        return formula_pair(rng, want, a, b)
    two = times(("int", 2), x)
    square = lambda t: ("pow", t, 2)
    a, b = rng.choice((
        (sin(two), times(("int", 2), sin(x), cos(x))), (cos(two), ("add", ("int", 1), ("neg", times(("int", 2), square(sin(x)))))),
        (cos(two), ("add", times(("int", 2), square(cos(x))), ("neg", ("int", 1)))), (cos(two), ("add", square(cos(x)), ("neg", square(sin(x))))),
        (("fn", "tan", x), ("div", sin(x), cos(x))), (sin(("add", x, PI)), ("neg", sin(x))),
        (cos(("add", ("div", PI, ("int", 2)), ("neg", x))), sin(x)), (("add", ("int", 1), ("neg", square(sin(x)))), square(cos(x))),
        (sin(("add", x, y)), ("add", times(sin(x), cos(y)), times(cos(x), sin(y)))),
        (cos(("add", x, ("neg", y))), ("add", times(cos(x), cos(y)), times(sin(x), sin(y))))))
    if rng.random() < 0.4:
        c = ("int", rng.randint(2, 7))
        a, b = times(c, a), ("mul", c, b)
    return formula_pair(rng, want, a, b)
