/// Which spellings mean the same: the vocabulary of ``AnswerTokenizer``.
enum AnswerSpelling {
    typealias Kind = AnswerToken.Kind

    /// Commands whose braces only set the type face.
    static let wrappers: Set<String> = [
        "text", "textbf", "textit", "textrm", "textnormal", "textsf", "mathrm", "mathbf", "mathit", "mathsf", "mathnormal", "mbox",
        "operatorname", "boxed", "fbox", "emph", "boldsymbol", "bm", "hbox", "underline",
    ]

    /// Commands that change how things look, and nothing else.
    static let ignored: Set<String> = [
        "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "displaystyle", "textstyle", "limits", "quad",
        "qquad",
        "rm", "bf", "it", "thinspace", "hfill", "middle", "mathstrut",
    ]

    /// Unicode signs.
    static let signs: [Unicode.Scalar: [Kind]] = {
        var signs: [Unicode.Scalar: [Kind]] = [
            "\u{2212}": [.mark("-")], "\u{2013}": [.mark("-")], "\u{D7}": [.mark("*")], "\u{B7}": [.mark("*")], "\u{22C5}": [.mark("*")],
            "\u{F7}": [.mark("/")], "\u{B0}": [.mark("\u{B0}")], "\u{B1}": [.mark("\u{B1}")], "\u{2264}": [.relation(.lessOrEqual)],
            "\u{2265}": [.relation(.greaterOrEqual)], "\u{2260}": [.relation(.unequal)], "\u{2248}": [.relation(.equal)],
            "\u{2208}": [.relation(.element)], "\u{3C0}": [.command("pi")], "\u{221A}": [.command("root")], "\u{221E}": [.command("infty")],
            "\u{222A}": [.command("cup")], "\u{2205}": [.command("emptyset")], "\u{211D}": [.command("reals")],
            "\u{2220}": [.command("angle")],
        ]
        for (sign, digit) in [("\u{B2}", 2), ("\u{B3}", 3), ("\u{2074}", 4), ("\u{2075}", 5)] as [(Unicode.Scalar, Int64)] {
            signs[sign] = [.mark("^"), number(digit)]
        }
        for (sign, top, bottom) in [("\u{BD}", 1, 2), ("\u{BC}", 1, 4), ("\u{BE}", 3, 4), ("\u{2153}", 1, 3), ("\u{2154}", 2, 3)]
            as [(Unicode.Scalar, Int64, Int64)]
        {
            signs[sign] = [.command("frac"), .mark("{"), number(top), .mark("}"), .mark("{"), number(bottom), .mark("}")]
        }
        return signs
    }()

    /// LaTeX commands with another meaning than their own name.
    static let commands: [String: Kind] = {
        var commands: [String: Kind] = [
            "times": .mark("*"), "cdot": .mark("*"), "ast": .mark("*"), "div": .mark("/"), "circ": .mark("\u{B0}"),
            "degree": .mark("\u{B0}"),
            "degrees": .mark("\u{B0}"), "percent": .mark("%"), "pm": .mark("\u{B1}"), "colon": .mark(":"), "lt": .relation(.less),
            "gt": .relation(.greater), "vert": .mark("|"), "lvert": .mark("|"), "rvert": .mark("|"), "mid": .mark("|"),
            "prime": .mark("'"), "varnothing": .command("emptyset"), "lbrack": .mark("["), "rbrack": .mark("]"), "lparen": .mark("("),
            "rparen": .mark(")"), "varphi": .command("phi"), "varepsilon": .command("epsilon"), "tg": .command("tan"),
            "ctg": .command("cot"),
        ]
        for name in ["dfrac", "tfrac", "cfrac"] { commands[name] = .command("frac") }
        for name in ["dbinom", "tbinom"] { commands[name] = .command("binom") }
        for name in ["le", "leq", "leqslant", "leqq"] { commands[name] = .relation(.lessOrEqual) }
        for name in ["ge", "geq", "geqslant", "geqq"] { commands[name] = .relation(.greaterOrEqual) }
        for name in ["ne", "neq"] { commands[name] = .relation(.unequal) }
        for name in ["approx", "simeq", "equiv"] { commands[name] = .relation(.equal) }
        commands["in"] = .relation(.element)
        return commands
    }()

    /// Words of plain text and of `\text{…}`.
    static let words: [String: Kind] = {
        var words: [String: Kind] = [
            "pi": .command("pi"), "sqrt": .command("root"), "infinity": .command("infty"), "inf": .command("infty"), "and": .mark(","),
            "or": .mark(","), "percent": .mark("%"), "pct": .mark("%"), "degree": .mark("\u{B0}"), "degrees": .mark("\u{B0}"),
            "deg": .mark("\u{B0}"), "abs": .command("abs"), "exp": .command("exp"), "union": .command("cup"),
        ]
        for name in ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "log"] {
            words[name] = .command(name)
        }
        return words
    }()

    private static func number(_ value: Int64) -> Kind { .number(ExactRational(value), isDecimal: false, digits: String(value)) }
}
