"""Makes answer_pairs.tsv: pairs of answers, what was meant, and the verdict of math-verify 0.9.0 (the oracle).

    python make_answer_pairs.py GEOMETRY3K/metadata.jsonl > answer_pairs.tsv

Columns: class, gold, answer, meant (1 equal, 0 not), math-verify's verdict. Both answers are given to math-verify inside \\boxed{}, gold first.
Every distinct gold answer of Geometry3K has 3 equal and 3 near-miss forms. Deterministic: no random numbers.
"""
import json
import logging
import re
import sys
from fractions import Fraction
from math import gcd, pi, sqrt

from math_verify import parse, verify

logging.disable(logging.CRITICAL)
pairs = []


def add(kind, gold, equal=(), unequal=()):
    pairs.extend((kind, gold, other, 1) for other in equal)
    pairs.extend((kind, gold, other, 0) for other in unequal)


def turn(forms, index, count=3):
    """`count` of the forms, beginning elsewhere for each index, so that all forms are used."""
    forms = list(dict.fromkeys(forms))
    return [forms[(index + k) % len(forms)] for k in range(min(count, len(forms)))]


def geometry(gold, index):
    integer = re.fullmatch(r"-?\d+", gold)
    decimal = re.fullmatch(r"-?\d+\.\d+", gold)
    fraction = re.fullmatch(r"\\frac\{(\d+)\}\{(\d+)\}", gold)
    root = re.fullmatch(r"(\d*)\\sqrt\{(\d+)\}", gold)
    circle = re.fullmatch(r"(\d*)\\pi", gold)
    general = re.fullmatch(r"\\frac\{(.*)\}\{(\d+)\}", gold)
    if integer:
        n = int(gold)
        equal = [f"{n}.0", f"\\frac{{{2 * n}}}{{2}}", f"{n}^\\circ", f"{n}\\text{{ cm}}", f"x = {n}", f"\\text{{{n}}}", f"\\boxed{{{n}}}",
                 f"{3 * n}/3", f"{n} \\text{{ units}}", f"{n + 7} - 7", f"${n}$", f"{n}\\mathrm{{~cm}}^2"]
        near = [f"{n + 1}", f"{-n or 3}", f"{n * 10 or 10}", f"{n}.5", f"{n - 1}", f"\\frac{{1}}{{{n if abs(n) > 1 else 7}}}",
                f"{n + 2}^\\circ", f"x = {n + 3}", f"{n + 10}\\text{{ cm}}"]
    elif decimal:
        value = Fraction(gold)
        places = len(gold.split(".")[1])
        equal = [gold + "0", f"\\frac{{{value.numerator}}}{{{value.denominator}}}", f"{gold}\\text{{ units}}", f"x = {gold}",
                 f"{gold}^\\circ", f"\\approx {gold}", f"{value.numerator}/{value.denominator}", f"${gold}$", f"{gold} \\text{{ cm}}"]
        near = [f"{float(value) + 10 ** -places:.{places}f}", f"{float(value) - 10 ** -places:.{places}f}", f"{float(value) * 10:.2f}",
                f"-{gold}", f"{int(value)}", f"{float(value) + 1:.{places}f}", f"{float(value) + 0.001:.3f}"]
    elif fraction:
        a, b = int(fraction[1]), int(fraction[2])
        equal = [f"{a}/{b}", f"\\dfrac{{{a}}}{{{b}}}", f"\\frac{{{2 * a}}}{{{2 * b}}}", f"{a} \\div {b}", f"x = \\frac{{{a}}}{{{b}}}",
                 f"\\frac{{{a}}}{{{b}}}\\text{{ cm}}", f"\\frac{{-{a}}}{{-{b}}}", f"{a} \\cdot \\frac{{1}}{{{b}}}", f"{a / b:.8f}"]
        if a > b:
            equal.append(f"{a // b}\\frac{{{a % b}}}{{{b}}}")
        near = [f"\\frac{{{b}}}{{{a}}}", f"\\frac{{{a + 1}}}{{{b}}}", f"\\frac{{{a}}}{{{b + 1}}}", f"-\\frac{{{a}}}{{{b}}}", f"{a / b:.2f}1",
                f"{a}", f"\\frac{{{a}}}{{{2 * b}}}"]
    elif root:
        k, n = int(root[1] or 1), int(root[2])
        equal = [f"\\sqrt{{{k * k * n}}}", f"{k} \\cdot \\sqrt{{{n}}}", f"\\sqrt{{{n}}} \\cdot {k}", f"{k * sqrt(n):.6f}",
                 f"{k} \\times {n}^{{1/2}}", f"\\frac{{{k * n}}}{{\\sqrt{{{n}}}}}", f"x = {gold}", f"{gold}\\text{{ cm}}", f"{2 * k}\\sqrt{{{n}}} / 2"]
        near = [f"{k + 1}\\sqrt{{{n}}}", f"{k}\\sqrt{{{n + 1}}}", f"{n + 1}\\sqrt{{{k + 1}}}", f"\\sqrt{{{k * n + 1}}}", f"-{gold}",
                f"{k * sqrt(n):.2f}", f"{k * n}", f"{k}\\sqrt[3]{{{n}}}"]
    elif circle:
        k = int(circle[1] or 1)
        equal = [f"{k} \\cdot \\pi", f"\\pi \\cdot {k}", f"{k * pi:.6f}", f"{k}\u03c0", f"\\frac{{{2 * k}\\pi}}{{2}}", f"{gold}\\text{{ cm}}^2",
                 f"A = {gold}"]
        near = [f"{k + 1}\\pi", f"{k}", f"{k}\\pi^2", f"{k * 3.14:.2f}", f"\\frac{{\\pi}}{{{k + 1}}}", f"-{gold}"]
    else:
        top, b = general[1], int(general[2])
        equal = [f"\\dfrac{{{top}}}{{{b}}}", f"\\frac{{1}}{{{b}}} \\cdot {top}", f"{top} / {b}", f"\\frac{{2 \\cdot {top}}}{{{2 * b}}}",
                 f"x = {gold}", f"{gold}\\text{{ cm}}"]
        near = [f"\\frac{{{top}}}{{{b + 1}}}", f"-{gold}", top, f"\\frac{{{top} + 1}}{{{b}}}", f"\\frac{{{b}}}{{{top}}}"]
    add("geometry3k", gold, turn([e for e in equal if e != gold], index), turn([n for n in near if n != gold], index))


def forms():
    for k in range(1, 13):
        n = 37 * k + 1000 * k
        add("thousands", f"{n}", [f"{n:,}", f"{n:,}".replace(",", "{,}")], [f"{n + 1:,}", f"{n * 10:,}"])
        add("scientific", f"{k}.5 \\times 10^{{{k % 5 + 1}}}", [f"{int((k + .5) * 10 ** (k % 5 + 1))}"],
            [f"{k}.5 \\times 10^{{{k % 5 + 2}}}"])
        add("percent", f"{5 * k}\\%", [f"{5 * k}", f"{Fraction(k, 20).numerator}/{Fraction(k, 20).denominator}", f"{5 * k} percent"],
            [f"{5 * k + 1}\\%", f"{5 * k / 1000}", f"{50 * k}"])
        add("degrees", f"{11 * k}^\\circ", [f"{11 * k}^{{\\circ}}", f"{11 * k} degrees"], [f"{11 * k + 1}^\\circ", f"{11 * k - 2}"])
        add("units", f"{k} cm", [f"{k}", f"{k}\\text{{ cm}}"], [f"{k + 1} cm", f"{k}.5\\text{{ cm}}"])
        add("units", f"{k}\\text{{ m}}^2", [f"{k}", f"{k} \\mathrm{{~m}}^{{2}}"], [f"{k + 1}", f"{k + 2} \\mathrm{{~m}}^{{2}}"])
        add("units", f"{10 * k} mph", [f"{10 * k}"], [f"{10 * k + 5} mph"])
        add("units", f"\\${k}", [f"{k}"], [f"\\${k + 1}"])
        add("powers", f"2^{{{k}}}", [f"{2 ** k}", f"4^{{{k}/2}}"], [f"{2 ** k + 1}", f"3^{{{k}}}"])
        add("powers", f"{k}^{{-2}}" if k > 1 else "2^{-3}", [f"\\frac{{1}}{{{k * k}}}" if k > 1 else "\\frac{1}{8}"], [f"-{k * k}"])
        add("roots", f"{k}\\sqrt{{7}}", [f"\\sqrt{{{7 * k * k}}}", f"\\frac{{{7 * k}}}{{\\sqrt{{7}}}}"],
            [f"{k}\\sqrt{{5}}", f"\\sqrt{{{7 * k}}}" if k > 1 else "7"])
        add("roots", f"\\sqrt[3]{{{k ** 3}}}", [f"{k}"], [f"{k + 1}"])
        add("roots", f"{k}+\\sqrt{{2}}", [f"\\sqrt{{2}}+{k}", f"\\sqrt{{{k * k + 2} + {2 * k}\\sqrt{{2}}}}"], [f"{k}-\\sqrt{{2}}", f"{k}\\sqrt{{2}}"])
        add("roots", f"\\frac{{1}}{{{k + 1}+\\sqrt{{3}}}}", [f"\\frac{{{k + 1}-\\sqrt{{3}}}}{{{(k + 1) ** 2 - 3}}}"], [f"\\frac{{1}}{{{k + 1}-\\sqrt{{3}}}}"])
        add("pi", f"\\frac{{{k}\\pi}}{{7}}", [f"\\frac{{{k}}}{{7}}\\pi", f"{k}\\pi/7"], [f"\\frac{{{k}}}{{7}}", f"\\frac{{7\\pi}}{{{k}}}" if k != 7 else "7"])
        add("pi", f"{k} + \\pi", [f"\\pi + {k}"], [f"{k}\\pi" if k > 0 else "0"])
        add("mixed", f"{k}\\frac{{1}}{{3}}", [f"\\frac{{{3 * k + 1}}}{{3}}"], [f"\\frac{{{k}}}{{3}}"])
        add("intervals", f"[{k}, {k + 5})", [f"[{k},{k + 5})", f"\\left[{k}, \\frac{{{2 * k + 10}}}{{2}}\\right)"], [f"({k}, {k + 5})", f"[{k}, {k + 5}]"])
        add("intervals", f"(-\\infty, {k}]", [f"\\left(-\\infty, {2 * k}/2\\right]"], [f"(-\\infty, {k})"])
        add("intervals", f"[{k}, \\infty)", [f"[{k}, +\\infty)"], [f"[{k + 1}, \\infty)"])
        add("intervals", f"(0,{k})\\cup({k + 1},20)", [f"({k + 1},20)\\cup(0,{k})"], [f"(0,{k})\\cup({k + 2},20)"])
        add("sets", f"\\{{{k}, {k + 2}, -1\\}}", [f"\\{{-1, {k}, {k + 2}\\}}", f"\\{{{k + 2},{k},-1\\}}"], [f"\\{{{k}, {k + 2}\\}}", f"\\{{{k}, {k + 3}, -1\\}}"])
        add("lists", f"{k}, {k + 3}", [f"{k + 3}, {k}", f"{k} and {k + 3}"], [f"{k}, {k + 4}", f"{k}"])
        add("lists", f"\\pm {k}", [f"{k}, -{k}"], [f"{k}"])
        add("tuples", f"({k}, -4)", [f"({k},-4)", f"\\left({k}, -\\frac{{8}}{{2}}\\right)"], [f"(-4, {k})", f"({k}, 4)"])
        add("tuples", f"({k}, 0, {k + 1})", [f"({2 * k}/2, 0, {k + 1})"], [f"({k}, 1, {k + 1})", f"({k}, 0)"])
        add("equations", f"x = {k}", [f"{k}", f"x={k}.0"], [f"y = {k}", f"x = {k + 1}"])
        add("equations", f"y = {k}x + 1", [f"y = 1 + {k}x", f"{k}x - y + 1 = 0"], [f"y = {k + 1}x + 1", f"y = {k}x - 1"])
        add("inequalities", f"x > {k}", [f"{k} < x", f"x > \\frac{{{2 * k}}}{{2}}"], [f"x < {k}", f"x \\ge {k}"])
        add("inequalities", f"{k} < x \\le 20", [f"{k}<x\\leq 20"], [f"{k} \\le x \\le 20"])
        add("expressions", f"(x+{k})^2", [f"x^2+{2 * k}x+{k * k}", f"(x+{k})(x+{k})"], [f"x^2+{k * k}", f"(x-{k})^2"])
        add("expressions", f"{k}x^2 - 3xy", [f"x({k}x - 3y)", f"-3yx + {k}x^2"], [f"{k}x^2 - 3x", f"{k}x^2 + 3xy"])
        add("expressions", f"\\frac{{x^2-{k * k}}}{{x-{k}}}", [f"x+{k}"], [f"x-{k}"])
        add("expressions", f"\\frac{{{k}}}{{x}}", [f"{k}x^{{-1}}"], [f"\\frac{{x}}{{{k + 1}}}"])
        add("expressions", f"\\frac{{x}}{{{k + 1}}}", [f"\\frac{{1}}{{{k + 1}}}x"], [f"x - {k + 1}"])
        add("decimals", f"0.{k}5", [f"0.{k}50", f"\\frac{{{k}5}}{{{10 ** len(str(k)) * 10}}}", f".{k}5"], [f"0.{k}6", f"0.0{k}5", f"{k}5"])
        add("decimals", f"\\frac{{{k}}}{{{7 if k != 7 else 11}}}", [f"{k / (7 if k != 7 else 11):.9f}"], [f"{k / (7 if k != 7 else 11):.4f}"])
        add("integers", f"{k * 13}", [f"{k * 13}.0", f"0{k * 13}", f"{k * 13 * 2} / 2"], [f"-{k * 13}", f"{k * 13 + 1}", f"{k * 130}"])
        add("functions", f"\\sin {k}", [f"\\sin({k})"], [f"\\cos {k}"])
        add("functions", f"\\log_{{2}} {2 ** k}", [f"{k}"], [f"{k + 1}"])
        add("functions", f"e^{{{k}}}", [f"e \\cdot e^{{{k - 1}}}"], [f"{k + 1}e"])
        if k < 7:
            add("functions", f"{k}!", [str([1, 2, 6, 24, 120, 720][k - 1])], [str(k + 7)])
            add("matrices", f"\\begin{{pmatrix}}{k}&2\\\\0&1\\end{{pmatrix}}", [f"\\begin{{pmatrix}}{2 * k}/2&2\\\\0&1\\end{{pmatrix}}"],
                [f"\\begin{{pmatrix}}{k}&1\\\\0&2\\end{{pmatrix}}"])
    words = ["Yes", "No", "Monday", "rhombus", "isosceles", "square"]
    for word, other in zip(words, words[1:] + words[:1]):
        add("words", f"\\text{{{word}}}", [word, f"\\text{{{word.lower()}}}"], [other, f"\\text{{{other}}}"])
    for letter, other in zip("ABCD", "BCDA"):
        add("choices", letter, [f"({letter})", f"\\text{{{letter}}}"], [f"({other})", f"\\text{{{other}}}"])


def known():
    """Where math-verify errs: each class stands in docs/answers.md. `meant` is the truth."""
    add("full stop", "13", ["13."], ["14."])
    add("plain roots", "5\\sqrt{3}", ["5 sqrt(3)", "5\u221a3", "sqrt(75)*1"])
    add("plain pi", "6\\pi", ["6 pi"])
    add("degree sign", "30", ["30\u00b0"])
    add("degrees in functions", "\\sin 30^\\circ", ["0.5", "\\frac{1}{2}"])
    add("exponent notation", "1500", ["1.5e3"], ["1.5e4"])
    add("thin space", "1234", ["1\\,234"])
    add("spaced mixed number", "2 1/2", ["5/2"], ["2"])
    add("other unit", "5 cm", [], ["5 m", "5 kg"])
    add("unit words", "5 dollars", ["5"])
    add("point or set", "(3,4)", [], ["\\{3,4\\}"])
    add("letters in another order", "AB", [], ["BA"])
    add("choice with a mark", "B", ["B.", "B) 12"], ["C) 12"])
    add("interval for inequality", "(-\\infty, 3]", ["x \\le 3"])
    add("compass word", "\\text{north}", ["north"], ["south"])
    add("bracketed number", "10", ["5(2)"], ["2(8)"])
    add("bracketed number", "7", [], ["5(2)"])
    add("lone variable", "x", ["-(-x)", "(\\sqrt{x})^2", "x + 0"])
    add("decimals in sums", "1.5476 + \\sqrt{11}", ["(0.74)^2 + 1 + \\sqrt{11}"])
    add("decimal per cent", "12.5", ["12.5\\%"], ["12.6\\%"])


def verdict(gold, answer):
    try:
        return int(verify(parse(f"\\boxed{{{gold}}}"), parse(f"\\boxed{{{answer}}}")))
    except Exception:
        return 0


def main():
    answers = []
    for line in open(sys.argv[1], encoding="utf-8"):
        answer = json.loads(line)["answer"]
        if answer not in answers:
            answers.append(answer)
    for index, answer in enumerate(answers):
        geometry(answer, index)
    forms()
    known()
    seen = set()
    for kind, gold, answer, meant in pairs:
        if (gold, answer) not in seen and gold != answer:
            seen.add((gold, answer))
            print(kind, gold, answer, meant, verdict(gold, answer), sep="\t")


main()
