/// Which spellings mean the same: the vocabulary of ``AnswerTokenizer``.
enum AnswerSpelling {
    typealias Kind = AnswerToken.Kind

    /// Commands whose braces hold plain text: what stands in them are words.
    static let textWrappers: Set<String> = ["text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mbox", "hbox", "emph"]

    /// Commands whose braces only set the type face.
    static let wrappers: Set<String> = textWrappers.union([
        "mathrm", "mathbf", "mathit", "mathsf", "mathnormal", "operatorname", "boxed", "fbox", "framebox", "boldsymbol", "bm", "underline",
    ])

    /// Commands that change how things look, and nothing else.
    static let ignored: Set<String> = [
        "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "displaystyle", "textstyle", "limits", "quad",
        "qquad",
        "rm", "bf", "it", "thinspace", "hfill", "middle", "mathstrut",
    ]

    /// Sets of numbers, by the letter that `\mathbb` gives them.
    static let numberSets: [Unicode.Scalar: Kind] = [
        "R": .command("reals"), "Z": .command("integers"), "N": .command("naturals"), "Q": .command("rationals"),
        "C": .command("complexes"),
    ]

    /// Signs that ``AnswerSigns`` leaves as they are.
    static let signs: [Unicode.Scalar: Kind] = [
        "\u{B0}": .mark("\u{B0}"), "\u{20AC}": .mark("\u{20AC}"), "\u{A3}": .mark("\u{A3}"), "\u{A5}": .mark("\u{A5}"),
        "\u{A2}": .mark("\u{A2}"),
    ]

    /// LaTeX commands with another meaning than their own name.
    static let commands: [String: Kind] = {
        var commands: [String: Kind] = [
            "times": .mark("*"), "cdot": .mark("*"), "ast": .mark("*"), "div": .mark("/"), "circ": .mark("\u{B0}"),
            "degree": .mark("\u{B0}"),
            "degrees": .mark("\u{B0}"), "percent": .mark("%"), "pm": .mark("\u{B1}"), "colon": .mark(":"), "lt": .relation(.less),
            "gt": .relation(.greater), "vert": .mark("|"), "lvert": .mark("|"), "rvert": .mark("|"), "mid": .mark("|"),
            "langle": .mark("("), "rangle": .mark(")"), "surd": .command("root"),
            "land": .mark(AnswerToken.and), "lor": .mark(AnswerToken.or), "wedge": .mark(AnswerToken.and), "vee": .mark(AnswerToken.or),
            "pounds": .mark("\u{A3}"), "euro": .mark("\u{20AC}"), "yen": .mark("\u{A5}"),
            "prime": .mark("'"), "varnothing": .command("emptyset"), "lbrack": .mark("["), "rbrack": .mark("]"), "lparen": .mark("("),
            "rparen": .mark(")"), "varphi": .command("phi"), "varepsilon": .command("epsilon"), "tg": .command("tan"),
            "ctg": .command("cot"),
        ]
        for name in ["dfrac", "tfrac", "cfrac"] { commands[name] = .command("frac") }
        for name in ["dbinom", "tbinom"] { commands[name] = .command("binom") }
        for name in ["le", "leq", "leqslant", "leqq"] { commands[name] = .relation(.lessOrEqual) }
        for name in ["ge", "geq", "geqslant", "geqq"] { commands[name] = .relation(.greaterOrEqual) }
        for name in ["ne", "neq"] { commands[name] = .relation(.unequal) }
        for name in ["approx", "simeq", "approxeq", "thickapprox", "doteq"] { commands[name] = .relation(.approximate) }
        commands["equiv"] = .relation(.equal)
        for name in ["dots", "cdots", "dotsc", "dotsb"] { commands[name] = .command("ldots") }
        commands["in"] = .relation(.element)
        return commands
    }()

    /// What a word of plain text or of `\text{…}` stands for, nil if for itself. Capitals make names: LN and OR are segments, "Sin" and "AND" are not.
    static func word(_ word: String) -> Kind? {
        let isWritten = word == word.lowercased() || word.count > 2 && (word.dropFirst() == word.dropFirst().lowercased() || word == "AND")
        return isWritten ? words[word.lowercased()] : nil
    }

    /// Lower-case.
    private static let words: [String: Kind] = {
        var words: [String: Kind] = [
            "pi": .command("pi"), "sqrt": .command("root"), "infinity": .command("infty"), "inf": .command("infty"),
            "and": .mark(AnswerToken.and),
            "or": .mark(AnswerToken.or), "\u{6216}": .mark(AnswerToken.or), "\u{6216}\u{8005}": .mark(AnswerToken.or),
            "\u{548C}": .mark(AnswerToken.and), "\u{4E0E}": .mark(AnswerToken.and), "\u{4EE5}\u{53CA}": .mark(AnswerToken.and),
            "\u{5EA6}": .mark("\u{B0}"), "percent": .mark("%"), "pct": .mark("%"), "degree": .mark("\u{B0}"), "degrees": .mark("\u{B0}"),
            "deg": .mark("\u{B0}"), "abs": .command("abs"), "exp": .command("exp"), "union": .command("cup"),
        ]
        for name in ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "log"] {
            words[name] = .command(name)
        }
        return words
    }()
}
