#!/usr/bin/env python3
"""Makes random pairs of answers whose truth is known: answer_pairs.py SEED COUNT > pairs.jsonl

One JSON object a line: {"class", "gold", "answer", "question" (only where it bears on equality), "equal"}. The same seed gives the same bytes.
Needs sympy (python3 -m venv v && v/bin/pip install sympy); without it the program says so and ends with exit code 77 (skipped).

How truth is had, never by comparing texts:
- formulas (polynomials, surds, nested roots, logs, trigonometry): two trees, rendered to texts. Different if values of 50 digits at random points
  differ by more than 1e-6; equal if they agree to 1e-40 *and* sympy proves the difference to be zero; else the pair is thrown away.
- all other classes: both texts are rendered from structured values (fractions, q·√n, intervals, number and unit, choices), which are compared.

Conventions are those of docs/answers.md: a missing unit equals any; `50\\%` equals 50 and 0.5; order counts where the question asks for it or
members repeat; in a chain all members must agree to the rounding shown, then any may equal the gold answer; several choices are none.

Left out, as their meaning is open: 1/2x, √2x, x^2y in plain text, `\\log x` without base, ln x² = 2 ln x and (x²-1)/(x-1) (domains), runs of
three variables (abc: a word or a product?), AB for BA, lone 2m (a unit?), 2m for 200cm, degrees for radians, 0.333... , truncated instead of
rounded decimals, an exact value for its rounded decimal, a list for a tuple, repeated members in sets, x<2, x>7 with a comma, 101_2 for 5 or 101,
hedges behind numbers (24 or so), unknown words of two and more behind numbers, word numerals (five), y=4, x=3 for (3,4), names against other names,
EF^2=9 for 9, A for a where no choices are listed.
"""

import json
import random
import sys
from collections import Counter
from fractions import Fraction

from answer_formulas import (PI, SUBSCRIPTS, decide, logs, mpmath, mutate, nested_roots, numeric, polynomials, ratio, root, show, surds, times,
                             trigonometry)
from answer_values import (AND, FULL_WIDTH, INFINITY, NEIGHBOURS, OR, THINGS, UNITS, decimal_text, interval_text, joined, merged, near, number_text,
                           scalar, scalar_text, set_text)

MAXIMUM_BYTES = 300


def numbers(rng, want):
    q = rng.choice((Fraction(rng.randint(1, 60)), Fraction(rng.randint(1, 40), rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 11, 12))),
                    Fraction(rng.randint(1, 999), 100), Fraction(rng.randint(1000, 99999)), Fraction(rng.randint(1, 99) * 100)))
    q *= rng.choice((1, 1, -1))
    other = q if want and rng.random() < 0.85 else rng.choice((q / 100, -q, q + 1, q * 10, q / 10, q + Fraction(1, 10), 1 / q))
    if not want and q.denominator in (3, 6, 7, 9, 11) and rng.random() < 0.3:
        other = Fraction(round(q * 100), 100)  # a rounded decimal is another number
    (gold, golds), (answer, answers) = number_text(q, rng), number_text(other, rng)
    if len(golds) == len(answers) == 2:
        golds, answers = {max(golds, key=abs)}, {max(answers, key=abs)}
    if not golds & answers and any(abs(a - b) < Fraction(1, 1000) for a in golds for b in answers):
        return None
    return gold, answer, bool(golds & answers)


def sets(rng, want):
    gold = sorted({scalar(rng) for _ in range(rng.choice((1, 2, 2, 3, 3, 4)))}) if rng.random() < 0.95 else []
    if rng.random() < 0.15:
        q = rng.randint(1, 12)
        gold = [(Fraction(-q), 1), (Fraction(q), 1)]
    answer = list(gold)
    if not want and answer:
        i, form = rng.randrange(len(answer)), rng.randrange(4)  # a member changed (twice), taken away, put in its place
        if form == 3 and len(answer) == 2:
            return set_text(gold, rng, braced=True), f"({', '.join(scalar_text(m, rng, 'latex') for m in answer)})", False
        answer = answer[:i] + ([near(answer[i], rng)] if form < 2 else []) + answer[i + 1:] + ([scalar(rng)] if form == 3 else [])
        answer = sorted(set(answer))
    elif not want:
        answer = [(Fraction(0), 1)]
    return set_text(gold, rng), set_text(answer, rng), set(gold) == set(answer)


# Questions that ask for an order, and whether it goes down.
ORDERED = (("List them in ascending order.", False), ("Write the numbers from least to greatest.", False), ("Arrange them in increasing order.", False),
           ("List the values in descending order.", True), ("Write them from largest to smallest.", True),
           ("Give the lengths in order from greatest to least.", True))
UNORDERED = ("Find all solutions.", "What are the roots of the equation?", "Which numbers are missing in the picture?", None, None)


def lists(rng, want):
    if rng.random() < 0.1:
        a, b, last = rng.randint(1, 3), rng.randint(4, 6), rng.choice(("n", "20", "100", "k"))
        dots = lambda: rng.choice((",\\ldots,", ", \\dots, ", ", ..., ", ",…,", ", \\ldots, "))
        end = last if want else rng.choice((last + "+1", "30", "2n"))
        return f"{a},{b}{dots()}{last}", f"{a}, {b}{dots()}{end}", end == last
    large = rng.random() < 0.1
    gold = [(Fraction(rng.randint(100, 999)), 1) if large else scalar(rng, surd=0) for _ in range(rng.choice((2, 3, 3, 4)))]
    gold = sorted(set(gold))
    question, repeated = None, False
    if rng.random() < 0.5:
        question, down = rng.choice(ORDERED)
        gold = gold[::-1] if down else gold
    elif rng.random() < 0.3:
        gold, repeated = gold + [rng.choice(gold)], True
    else:
        question = rng.choice(UNORDERED)
        gold = rng.sample(gold, len(gold))
    ordered = repeated or question in [o[0] for o in ORDERED]
    answer = list(gold) if ordered and want else rng.sample(gold, len(gold))
    if not want and (not ordered or rng.random() < 0.5):
        i = rng.randrange(len(answer))
        answer = answer[:i] + [near(answer[i], rng)][:rng.choice((0, 1, 1))] + answer[i + 1:]
    if len(answer) < 2 or len(gold) < 2 or len(set(answer)) != len(answer) and not repeated:
        return None
    texts = [[scalar_text(m, rng) for m in row] for row in (gold, answer)]
    gold_text = ", ".join(texts[0]) if large else joined(texts[0], rng)
    answer_text = ",".join(texts[1]) if large else joined(texts[1], rng, AND if ordered else AND + OR)
    return gold_text, answer_text, gold == answer if ordered else sorted(gold) == sorted(answer), question


def tuples(rng, want):
    n = rng.choice((2, 2, 2, 3))
    gold = [scalar(rng) for _ in range(n)]
    answer = list(gold)
    if not want:
        i = rng.randrange(n)
        answer = rng.choice((answer[::-1], answer[:i] + [near(answer[i], rng)] + answer[i + 1:], answer[:-1] + [answer[0]]))
    names = rng.choice(("xyz", "abc", "pqr"))[:n]

    def text(values):
        kind = rng.choice(("latex", "unicode", "plain"))
        parts = [scalar_text(v, rng, kind) for v in values]
        comma = rng.choice((",", ", "))
        row = comma.join(parts)
        left, right = rng.choice((("(", ")"), ("(", ")"), ("\\left(", "\\right)"), ("\\langle ", "\\rangle"))) if kind == "latex" else ("(", ")")
        form = rng.randrange(5)
        if form < 2:
            return left + row + right, False
        if form == 2:
            return f"({comma.join(names)}){rng.choice(('=', ' = '))}({row})", True
        equations = [f"{name}{rng.choice(('=', ' = '))}{part}" for name, part in zip(names, parts)]
        return rng.choice((", ", ",", " and ", "，") if n == 2 else (", ", ",")).join(equations), True
    (gold_text, named), (answer_text, also) = text(gold), text(answer)
    if named and also and rng.random() < 0.3 and answer_text[0] != "(":
        separator = next((mark for mark in (", ", " and ", "，", ",") if mark in answer_text), None)
        answer_text = separator.join(answer_text.split(separator)[::-1])  # named parts may stand in any order
    return gold_text, answer_text, gold == answer


def intervals(rng, want):
    ends = sorted(rng.sample(range(-12, 13), 4))
    low, a, b, high = (Fraction(e) if rng.random() < 0.85 else Fraction(2 * e + 1, 2) for e in ends)
    bit = lambda: rng.random() < 0.5
    if not low < a < b < high:
        return None
    parts = rng.choice(([(low, bit(), high, bit())], [(low, bit(), INFINITY, False)], [(-INFINITY, False, high, bit())],
                        [(-INFINITY, False, a, bit()), (b, bit(), INFINITY, False)], [(low, bit(), a, bit()), (b, bit(), high, bit())],
                        [(low, bit(), b, bit()), (a, bit(), high, bit())], [(-INFINITY, False, INFINITY, False)]))
    other = merged(parts)
    if not want:
        i = rng.randrange(len(other))
        p = list(other[i])
        side = rng.choice([s for s in (0, 2) if abs(p[s]) != INFINITY] or [0])
        if abs(p[side]) == INFINITY:
            p = [Fraction(0), False, INFINITY, False]
        elif rng.random() < 0.5:
            p[side + 1] = not p[side + 1]
        else:
            p[side] = rng.choice((-p[side], p[side] + 1, p[side] - 1))
        if p[0] >= p[2]:
            return None
        other[i] = tuple(p)
    if len(parts) == 1 and len(other) == 1 and abs(parts[0][0]) != INFINITY and bit():
        parts, other = other, parts
    return interval_text(parts, rng), interval_text(other, rng), merged(parts) == merged(other)


def units(rng, want):
    changed = rng.random() < 0.5  # where they are to differ: in the number or in the unit
    if rng.random() < 0.25:
        thing, rest = rng.sample(THINGS, 2)
        count = rng.randint(2, 360)
        gold_unit, answer_unit = rng.choice(((None, thing), (thing, None), (thing, thing)) if want or changed else ((thing, rest),))
        answer_count = count if want or not changed else count + rng.choice((1, -1, 10))
        text = lambda c, unit: str(c) + (rng.choice((f" {unit}", f"\\text{{ {unit}}}", f" \\text{{{unit}}}")) if unit else "")
        equal = count == answer_count and (None in (gold_unit, answer_unit) or gold_unit == answer_unit)
        return text(count, gold_unit), text(answer_count, answer_unit), equal, f"How many {thing} are there in the picture?"
    n = rng.choice((Fraction(rng.randint(1, 360)), Fraction(rng.randint(1, 360)), Fraction(rng.randint(1, 99), 10)))
    other = n if want or not changed else rng.choice((n + 1, n * 10, n - 1, n / 10))
    unit = rng.choice(sorted(UNITS))
    gold_unit, answer_unit = rng.choice(((unit, unit), (unit, unit), (None, unit), (unit, None)))
    if not want and not changed:
        gold_unit, answer_unit = unit, rng.choice(NEIGHBOURS.get(unit, "s").split())

    def text(q, name):
        number = decimal_text(q)
        if name is None:
            return number
        if name == "cm2" and rng.random() < 0.2 or name in ("cm", "m", "kg", "mL") and rng.random() < 0.15:
            return number + rng.choice((" (cm^2)", " (cm²)") if name == "cm2" else (f" ({name})", f" (\\text{{{name}}})", f"（{name}）"))
        spelling = rng.choice(UNITS[name])
        return spelling + number if spelling in ("\\$", "$", "€") else number + spelling
    return text(n, gold_unit), text(other, answer_unit), n == other and (None in (gold_unit, answer_unit) or gold_unit == answer_unit)


SCALES = {"hundred": 100, "thousand": 1000, "million": 10 ** 6, "billion": 10 ** 9, "dozen": 12, "halves": Fraction(1, 2), "thirds": Fraction(1, 3),
          "quarters": Fraction(1, 4), "fourths": Fraction(1, 4), "fifths": Fraction(1, 5), "eighths": Fraction(1, 8), "tenths": Fraction(1, 10)}
# Behind a number from 4 on, each makes another answer of it.
OPERATIONS = ("minus two", "plus six", "times ten", "over two", "not six", "divided by 2", "plus or minus 1", "point five", "but maybe six", "factorial",
              "negative", "per hundred", "cube root", "or six", "to the power 3", "less than 9", "modulo 3", "and a half", "times", "minus", "below zero")
HEDGES = ("about {}", "approximately {}", "\\text{{about }} {}", "roughly {}", "around {}", "\\approx {}", "≈ {}", "About {}")


def scale_words(rng, want):
    n = rng.randint(2, 40)
    form = rng.randrange(6)
    if form == 0 and not want and n >= 4:
        return str(n), f"{n} {rng.choice(OPERATIONS)}", False
    if form == 1:
        word, power = rng.choice((("squared", 2), ("cubed", 3)))
        value, text = Fraction(n ** power), rng.choice((f"{n} {word}", f"{n} \\text{{ {word}}}"))
    elif form == 2:
        value, text = Fraction(-n), rng.choice(("minus {}", "negative {}", "\\text{{minus }}{}", "Negative {}")).format(n)
    elif form == 3:
        value, text = Fraction(n), rng.choice(HEDGES).format(n)
    else:
        word = rng.choice(sorted(SCALES))
        q = Fraction(n) if rng.random() < 0.7 or SCALES[word] < 100 else Fraction(rng.randint(11, 99), 10)
        value, number = q * SCALES[word], decimal_text(q)
        text = rng.choice((f"{number} {word}", f"{number} \\text{{ {word}}}", f"{number}\\text{{ {word}}}"))
        if SCALES[word] >= 100 and rng.random() < 0.2:
            text = rng.choice((f"\\${number} {word}", f"{number} {word} dollars"))
    gold = value if want else rng.choice((Fraction(n), -value, value * 10, value + 1, Fraction(n) * 1000, 1 / value))
    gold_text = rng.choice((decimal_text(gold) or show(ratio(gold), rng), show(ratio(gold), rng)))
    if gold.denominator == 1 and gold >= 10 ** 6 and rng.random() < 0.3:
        gold_text = f"{gold.numerator:,}"
    return gold_text, text, gold == value


NAMES = ("x", "BC", "AB", "A", "V", "r", "\\text{Area}", "d", "S", "\\overline{AB}", "h")


def rounded(value, places):
    """The rounded decimal and whether it is far from a tie."""
    scaled = value * mpmath.mpf(10) ** places
    n = int(mpmath.nint(scaled))
    digits = str(abs(n)).rjust(places + 1, "0")
    return ("-" if n < 0 else "") + digits[:-places] + "." + digits[-places:], abs(abs(scaled - n) - 0.5) > 0.02 and abs(scaled - n) > 0.01


def chains(rng, want):
    n, k = rng.choice((2, 3, 5, 7, 11)), rng.randint(2, 9)
    surd = times(("int", k), root(2, n))
    exact, form = rng.choice(((surd, root(2, k * k * n)), (times(("int", k), PI), None), (ratio(Fraction(rng.randint(1, 40), 7)), None),
                              (("div", ("int", k * n), root(2, n)), surd), (("add", ("int", k), root(2, n)), None), (("div", surd, ("int", 11)), None)))
    members = rng.sample([exact, form], 2) if form and rng.random() < 0.5 else [exact]
    places, gold = rng.choice((1, 2, 2, 2, 3, 4)), exact
    value = shown = numeric(exact, {})
    error = None if want else rng.choice(("member", "decimal", "gold"))
    if error == "decimal":
        shown += mpmath.mpf(rng.choice((-9, -3, -2, 2, 3, 9))) / 10 ** places
    elif error == "member":
        i = rng.randrange(len(members))
        members[i] = mutate(members[i], rng)
    elif error == "gold":
        gold = mutate(exact, rng)
    decimal, sure = rounded(shown, places)
    agreed = [decide(rng, exact, member) for member in members + [gold]]
    if not sure or decimal.endswith("0") or None in agreed or error in ("member", "gold") and all(agreed):
        return None
    if error == "member" and all(abs(numeric(m, {}) - mpmath.mpf(decimal)) < mpmath.mpf(10) ** -places for m in members):
        return None  # the wrong member is not wrong to the rounding shown
    if error == "gold" and abs(numeric(gold, {}) - mpmath.mpf(decimal)) < 0.001:
        return None
    gold_text = decimal if error != "gold" and rng.random() < 0.25 else show(gold, rng)
    kind = rng.choice(("latex", "latex", "unicode", "plain"))
    text = rng.choice((" = ", "=")).join(show(member, rng, kind) for member in members)
    text += rng.choice((" \\approx ", "\\approx ") if kind == "latex" else (" ≈ ",)) + decimal
    if rng.random() < 0.35:
        text = rng.choice([name for name in NAMES if kind == "latex" or "\\" not in name]) + rng.choice((" = ", "=")) + text
    return gold_text, text, all(agreed) and abs(mpmath.mpf(decimal) - value) < mpmath.mpf(10) ** -places


# What a left side may name: parts of 1, positive values, any values, angles.
PARTS = ("\\sin\\theta", "\\cos A", "sin A", "P(A)", "\\sin \\alpha", "P(X=2)", "\\cos \\angle ABC")
LENGTHS = ("\\frac{AB}{CD}", "AB/CD", "[ABC]", "[ABCD]", "S_{\\triangle ABC}", "|AB|", "AB", "\\overline{AB}", "\\text{Area}",
           "\\text{Area of } ABC", "V", "r", "|\\vec{a}|", "\\frac{S_1}{S_2}", "\\tan \\angle ABC")
VALUES = ("f(2)", "f(-1)", "g(3)", "a_5", "a_{10}", "x", "f'(1)", "k", "y_1", "\\overrightarrow{AB} \\cdot \\overrightarrow{AC}", "\\tan\\theta")
ANGLES = ("m\\angle 1", "\\angle 2", "∠1", "∠ABC", "\\angle ABC", "m\\angle A", "m∠3", "x^\\circ", "\\theta", "m\\widehat{AB}", "\\angle{4}")


def named_left_sides(rng, want):
    if rng.random() < 0.35:
        n = rng.randint(3, 170)
        other = n if want else rng.choice((n + 1, n - 1, 180 - n, 90 - n, 2 * n))
        degree = lambda: rng.choice(("°", "^\\circ", "^{\\circ}", ""))
        return f"{n}{degree()}", f"{rng.choice(ANGLES)}{rng.choice((' = ', '='))}{other}{degree()}", n == other
    value = (Fraction(rng.randint(1, 9), 10), 1) if rng.random() < 0.3 else scalar(rng)
    sides = PARTS + LENGTHS + VALUES if 0 < value[0] < 1 and value[1] == 1 else LENGTHS + VALUES if value[0] > 0 else VALUES
    other = value if want else near(value, rng)
    equals = rng.choice((" = ", "="))
    if not want and value[1] == 1 and value[0] > 3 and value[0].denominator == 1 and rng.random() < 0.4:
        n = int(value[0])  # the number stands at the wrong side, or beside a number that it doesn't equal
        text = rng.choice(("f({0}){2}{1}", "a_{{{0}}}{2}{1}", "{1} + 2{2}{0}", "\\sin 30^\\circ{2}{0}", "\\angle {0}{2}40^\\circ"))
        return scalar_text(value, rng), text.format(n, n + 2, equals), False
    return scalar_text(value, rng), rng.choice(sides) + equals + scalar_text(other, rng), value == other


STEMS = ("What is the area of the shaded region?", "Which one is it?", "How many are there in the picture?", "Find the missing value.")
OBJECTS = ("red", "blue", "green", "yellow", "black", "square", "circle", "hexagon", "Monday", "Friday", "Anna", "Peter", "north", "only the first",
           "the second one")
LETTER_FORMS = ("{0}", "({0})", "{0}.", "{0})", "\\text{{({0})}}", "\\text{{{0}}}", "\\textbf{{{0}}}", "\\textbf{{({0})}}", "\\mathrm{{{0}}}",
                "option {0}", "Option ({0})", "choice {0}", "选{0}", "（{0}）", "\\text{{Option }} {0}", "[{0}]")
BOTH_FORMS = ("({0}) {1}", "{0}. {1}", "{0}: {1}", "{0}) {1}", "\\text{{({0}) }}{1}", "\\textbf{{({0})}}\\ {1}", "({0})\\ {1}", "({0}): {1}")
SEVERAL_FORMS = ("({0}) and ({1})", "{0} and {1}", "{0}, {1}", "({0}), ({1})", "{0} or {1}", "\\text{{{0} and {1}}}", "({0})({1})", "{0}、{1}", "{0}. {1}.")


def choices(rng, want):
    count = rng.choice((4, 5, 5))
    letters = "ABCDE"[:count]
    kind = rng.choice(("int", "scalar", "object", "unit"))
    if kind == "object":
        values = rng.sample(OBJECTS, count)
    else:
        values = sorted({(Fraction(rng.randint(2, 60)), 1) if kind != "scalar" else scalar(rng) for _ in range(9)})
        values = rng.sample(values, count) if len(values) >= count else []
    if not values:
        return None
    unit = rng.choice(("cm", "deg", "kg", "dollars")) if kind == "unit" else None

    def text(value):
        if kind == "object":
            return rng.choice((value, value, f"\\text{{{value}}}"))
        spellings = ("",) if not unit or rng.random() < 0.2 else UNITS[unit][:1] if unit == "dollars" else UNITS[unit][:3]
        return scalar_text(value, rng) + rng.choice(spellings)
    several = rng.random() < 0.15
    question = "Which of these are right?" if several else rng.choice(STEMS)
    question += "".join(f"\n({letter}) {text(value)}" for letter, value in zip(letters, values))
    letter_of = lambda i: letters[i].lower() if rng.random() < 0.2 else letters[i]
    gold, other, third = rng.sample(range(count), 3)
    if several:  # the gold answer names several
        answer = {gold, other} if want else rng.choice(({gold, third}, {gold}, {gold, other, third}))
        row = [letters[i] for i in sorted(answer, reverse=rng.random() < 0.3)]
        answer_text = rng.choice([f for f in SEVERAL_FORMS if " or " not in f]).format(*row) if len(row) == 2 else ", ".join(row)
        gold_text = rng.choice(("{0}, {1}", "{0} and {1}", "({0}) and ({1})")).format(letters[min(gold, other)], letters[max(gold, other)])
        return gold_text, answer_text, answer == {gold, other}, question
    gold_text = rng.choice((letters[gold], letters[gold], f"({letters[gold]})", text(values[gold])))
    i = gold if want else other
    form = rng.randrange(3 if want else 6)
    if form == 0:
        return gold_text, rng.choice(LETTER_FORMS).format(letter_of(i)), i == gold, question
    if form == 1:
        return gold_text, text(values[i]), values[i] == values[gold], question
    if form == 2:
        return gold_text, rng.choice(BOTH_FORMS).format(letters[i], text(values[i])), i == gold, question
    if form == 3:
        return gold_text, rng.choice(BOTH_FORMS).format(letters[gold], text(values[other])), False, question
    if form == 4:
        return gold_text, rng.choice(SEVERAL_FORMS).format(*rng.sample((letters[gold], letters[other]), 2)), False, question
    all_of_them = (". ".join(letters) + ".", " ".join(f"({c})" for c in letters), ") ".join(letters) + ")", ", ".join(letters))
    return gold_text, rng.choice(all_of_them), False, question


WORDS = ("yes no", "true false", "top left|top right|bottom left|bottom right", "left right", "up down", "on off", "north south east west",
         "red blue green", "square circle rhombus", "isosceles equilateral scalene", "increasing decreasing", "Monday Tuesday", "even odd",
         "parallel perpendicular", "acute obtuse", "Alice Bob Carol", "rational irrational")
CASED = ("Aa aa AA", "AB ab Ab", "ABC abc", "V v", "R r", "BB Bb bb", "X x", "PQR pqr", "AaBb aabb AABB", "NaCl nacl", "k K")
GREEK_CASES = (("\\Delta", "Δ", "\\delta", "δ"), ("\\Omega", "Ω", "\\omega", "ω"), ("\\Theta", "Θ", "\\theta", "θ"),
               ("\\Phi", "Φ", "\\phi", "φ"), ("\\Gamma", "Γ", "\\gamma", "γ"))


def words(rng, want):
    form = rng.random()
    if form < 0.15:
        big, big_sign, small, small_sign = rng.choice(GREEK_CASES)
        return rng.choice((big, big_sign)), rng.choice((big, big_sign) if want else (small, small_sign)), want
    if form < 0.4:
        row = rng.choice(CASED).split()
        gold, other = rng.sample(row, 2)
        answer = gold if want else other
        return gold, rng.choice((answer, f"${answer}$", answer.translate(FULL_WIDTH), f" {answer} ", f"\\mathit{{{answer}}}")), gold == answer
    row = rng.choice(WORDS)
    row = row.split("|") if "|" in row else row.split()
    gold, other = rng.sample(row, 2)
    answer = gold if want else other

    def text(word):
        word = rng.choice((word.lower(), word.title(), word.capitalize(), word.upper() if word in ("yes", "no", "true", "false") else word))
        return rng.choice((word, word, f"\\text{{{word}}}", f"\\textbf{{{word}}}", word + ".", word if " " in word else f"\\mathrm{{{word}}}"))
    return text(gold), text(answer), gold == answer


def based_numbers(rng, want):
    base = rng.choice((2, 2, 3, 4, 5, 6, 7, 8, 9, 16))
    n = rng.randint(base, base ** 4 + 20)
    other, other_base = (n, base) if want else rng.choice(((n + 1, base), (n - 1, base), (n + base, base), (n, None)))
    if other_base is None:  # the same digits in another base
        other_base = rng.choice([b for b in (3, 4, 5, 6, 7, 8, 9, 12, 16) if b > base] or [17])

    def digits(m, b):
        return (digits(m // b, b) if m >= b else "") + "0123456789ABCDEF"[m % b]

    def text(m, b):
        form = rng.choice(("{0}_{1}", "{0}_{{{1}}}", "{0}_{{{1}}}", "({0})_{{{1}}}", "({0})_{1}", "{0}_{{({1})}}", "{0}{2}"))
        return form.format(m, b, str(b).translate(SUBSCRIPTS)) if b < 10 else f"{m}_{{{b}}}"
    shown = digits(other, base)
    if other < base or base == 16 and other_base != 16:
        return None
    return text(digits(n, base), base), text(shown, other_base), n == other and base == other_base


CLASSES = (polynomials, surds, nested_roots, logs, trigonometry, numbers, sets, lists, tuples, intervals, units, scale_words, chains,
           named_left_sides, choices, words, based_numbers)


def dressed(text, rng):
    """Some texts in dollars, with a full stop, with characters of no width, or full width."""
    roll = rng.random()
    if roll < 0.08 and "$" not in text and text[0] != "{":  # braces without a backslash vanish between dollars
        return rng.choice((f"${text}$", f"\\({text}\\)", f" {text} "))
    if roll < 0.11 and text[-1].isalnum() and text[-1].isascii():
        return text + "."
    if roll < 0.13:
        return rng.choice(("\u200b{}", "{}\u200b", "\ufeff{}", "\u2060{}")).replace("{}", text)
    if roll < 0.17 and all(ord(c) in FULL_WIDTH or c == " " for c in text):
        return text.translate(FULL_WIDTH)
    return text


def main(seed, count):
    rng = random.Random(seed)
    counts = Counter()
    for number in range(count):
        make, want = CLASSES[number % len(CLASSES)], number // len(CLASSES) % 2 == 0
        while True:
            pair = make(rng, want)
            if pair is None or pair[2] != want:
                continue
            gold, answer, equal, *question = pair
            answer = dressed(answer, rng)
            if (answer != gold or rng.random() < 0.1) and max(len(text.encode()) for text in (gold, answer)) < MAXIMUM_BYTES:
                break
        row = {"class": make.__name__, "gold": gold, "answer": answer}
        if question and question[0]:
            row["question"] = question[0]
        row["equal"] = bool(equal)
        counts[make.__name__, bool(equal)] += 1
        print(json.dumps(row, ensure_ascii=False))
    for make in CLASSES:
        print(f"{make.__name__:18} equal {counts[make.__name__, True]:5}  different {counts[make.__name__, False]:5}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(int(sys.argv[1]), int(sys.argv[2]))
