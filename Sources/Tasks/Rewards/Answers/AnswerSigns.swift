/// Evens out signs and forms: the one step before anything of an answer is read.
///
/// Unicode has many signs for one thing: full-width digits, superscripts, vulgar fractions, Greek letters, six kinds of hyphen. Here each becomes
/// its ASCII or LaTeX spelling, so that all later steps know one. The table is the part of Unicode's compatibility mapping (NFKC) that keeps the
/// meaning in mathematics: `x²` becomes `x^{2}`, where NFKC itself would say `x2`. Circled numbers and ligatures stay as they are.
enum AnswerSigns {
    /// The text in one spelling; ASCII comes back as it went in.
    ///
    /// - Complexity: O(length); the result has at most six times as many bytes.
    static func evenedOut(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 128 }) { return text }
        var output = ""
        var raised = ""
        var lowered = ""
        func close() {
            if !raised.isEmpty { output += "^{\(raised)}" }
            if !lowered.isEmpty { output += "_{\(lowered)}" }
            (raised, lowered) = ("", "")
        }
        for scalar in text.unicodeScalars {
            if let digit = superscripts[scalar] {
                if !lowered.isEmpty { close() }
                raised += digit
            } else if let digit = subscripts[scalar] {
                if !raised.isEmpty { close() }
                lowered += digit
            } else {
                if !isIgnored(scalar) { close() }
                output += spelling(of: scalar)
            }
        }
        close()
        return output
    }

    /// One scalar that is no superscript and no subscript.
    private static func spelling(of scalar: Unicode.Scalar) -> String {
        if scalar.value < 128 { return String(Character(scalar)) }
        if isIgnored(scalar) { return "" }
        if let spelling = spellings[scalar] { return spelling }
        if let plain = plain(scalar) { return String(Character(plain)) }
        return scalar.properties.isWhitespace ? " " : String(Character(scalar))
    }

    /// Signs that are not seen: joiners, directions, variation selectors, the soft hyphen.
    private static func isIgnored(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFE00...0xFE0F, 0xFEFF: true
        default: false
        }
    }

    /// The ASCII sign behind full-width signs, and behind the letters and digits of mathematical type faces.
    private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0)
        case 0x1D400...0x1D6A3:
            Unicode.Scalar((scalar.value - 0x1D400) % 52 < 26 ? 65 + (scalar.value - 0x1D400) % 52 : 71 + (scalar.value - 0x1D400) % 52)
        case 0x1D7CE...0x1D7FF: Unicode.Scalar(48 + (scalar.value - 0x1D7CE) % 10)
        default: nil
        }
    }

    private static let superscripts: [Unicode.Scalar: String] = [
        "\u{2070}": "0", "\u{B9}": "1", "\u{B2}": "2", "\u{B3}": "3", "\u{2074}": "4", "\u{2075}": "5", "\u{2076}": "6", "\u{2077}": "7",
        "\u{2078}": "8", "\u{2079}": "9", "\u{207A}": "+", "\u{207B}": "-", "\u{207D}": "(", "\u{207E}": ")", "\u{207F}": "n",
        "\u{2071}": "i",
    ]

    private static let subscripts: [Unicode.Scalar: String] = [
        "\u{2080}": "0", "\u{2081}": "1", "\u{2082}": "2", "\u{2083}": "3", "\u{2084}": "4", "\u{2085}": "5", "\u{2086}": "6",
        "\u{2087}": "7",
        "\u{2088}": "8", "\u{2089}": "9", "\u{208A}": "+", "\u{208B}": "-", "\u{208D}": "(", "\u{208E}": ")", "\u{2090}": "a",
        "\u{2091}": "e",
        "\u{2092}": "o", "\u{2093}": "x", "\u{2096}": "k", "\u{2098}": "m", "\u{2099}": "n", "\u{209C}": "t", "\u{1D62}": "i",
    ]

    private static let spellings: [Unicode.Scalar: String] = {
        var spellings: [Unicode.Scalar: String] = [:]
        func add(_ spelling: String, _ scalars: String) { for scalar in scalars.unicodeScalars { spellings[scalar] = spelling } }
        // Signs of arithmetic.
        add("-", "\u{2212}\u{2010}\u{2011}\u{2012}\u{2013}\u{FE63}\u{2796}")
        add("+", "\u{2795}\u{FE62}")
        add("\\times ", "\u{D7}\u{2715}\u{2A2F}")
        add("\\cdot ", "\u{B7}\u{22C5}\u{2219}\u{30FB}")
        add("\\div ", "\u{F7}")
        add("/", "\u{2044}\u{2215}")
        add(":", "\u{2236}\u{FE13}")
        add("\\pm ", "\u{B1}")
        add("\\mp ", "\u{2213}")
        add("\\surd ", "\u{221A}")
        add("\\surd[3]", "\u{221B}")
        add("\\surd[4]", "\u{221C}")
        add("\u{B0}", "\u{BA}\u{2DA}")
        add("\u{B0}C", "\u{2103}")
        add("\u{B0}F", "\u{2109}")
        add("'", "\u{2032}\u{2018}\u{2019}")
        add("\"", "\u{201C}\u{201D}\u{AB}\u{BB}")
        // Relations.
        add("\\le ", "\u{2264}\u{2266}\u{2A7D}")
        add("\\ge ", "\u{2265}\u{2267}\u{2A7E}")
        add("\\ne ", "\u{2260}")
        add("\\approx ", "\u{2248}\u{2243}\u{2252}\u{2245}")
        add("\\in ", "\u{2208}")
        // Sets and structures.
        add("\\infty ", "\u{221E}")
        add("\\emptyset ", "\u{2205}")
        add("\\cup ", "\u{222A}")
        add("\\cap ", "\u{2229}")
        add("\\setminus ", "\u{2216}")
        add("\\mathbb{R}", "\u{211D}")
        add("\\mathbb{Z}", "\u{2124}")
        add("\\mathbb{N}", "\u{2115}")
        add("\\mathbb{Q}", "\u{211A}")
        add("\\mathbb{C}", "\u{2102}")
        add("\\langle ", "\u{27E8}\u{2329}\u{3008}")
        add("\\rangle ", "\u{27E9}\u{232A}\u{3009}")
        add("\\angle ", "\u{2220}\u{2221}")
        add("\\triangle ", "\u{25B3}")
        add("\\ldots ", "\u{2026}\u{22EF}")
        add(",", "\u{3001}")
        add(". ", "\u{3002}\u{FF61}")
        add("(", "\u{3010}")
        add(")", "\u{3011}")
        add("\u{A3}", "\u{FFE1}")
        add("\u{A5}", "\u{FFE5}")
        // Letters.
        add("h", "\u{210E}")
        add("\\ell ", "\u{2113}")
        add("\\Delta ", "\u{2206}")
        let small =
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho  sigma tau upsilon phi chi psi omega"
        for (offset, name) in small.split(separator: " ", omittingEmptySubsequences: false).enumerated()
        where !name.isEmpty && name != "omicron" {
            if let scalar = Unicode.Scalar(0x3B1 + UInt32(offset)) { spellings[scalar] = "\\\(name) " }
        }
        for (scalar, name) in zip("\u{393}\u{394}\u{398}\u{39B}\u{39E}\u{3A0}\u{3A3}\u{3A6}\u{3A8}\u{3A9}".unicodeScalars, capitals) {
            spellings[scalar] = "\\\(name) "
        }
        add("\\mu ", "\u{B5}")
        add("\\Omega ", "\u{2126}")
        add("\\phi ", "\u{3D5}")
        add("\\epsilon ", "\u{3F5}")
        add("\\theta ", "\u{3D1}")
        // Vulgar fractions.
        let fractions: [(Unicode.Scalar, Int, Int)] = [
            ("\u{BC}", 1, 4), ("\u{BD}", 1, 2), ("\u{BE}", 3, 4), ("\u{2150}", 1, 7), ("\u{2151}", 1, 9), ("\u{2152}", 1, 10),
            ("\u{2153}", 1, 3), ("\u{2154}", 2, 3), ("\u{2155}", 1, 5), ("\u{2156}", 2, 5), ("\u{2157}", 3, 5), ("\u{2158}", 4, 5),
            ("\u{2159}", 1, 6), ("\u{215A}", 5, 6), ("\u{215B}", 1, 8), ("\u{215C}", 3, 8), ("\u{215D}", 5, 8), ("\u{215E}", 7, 8),
        ]
        for (scalar, top, bottom) in fractions { spellings[scalar] = "\\frac{\(top)}{\(bottom)}" }
        // Units in one sign.
        let units: [(Unicode.Scalar, String)] = [
            ("\u{339C}", "mm"), ("\u{339D}", "cm"), ("\u{339E}", "km"), ("\u{339F}", "mm^2"), ("\u{33A0}", "cm^2"), ("\u{33A1}", "m^2"),
            ("\u{33A2}", "km^2"), ("\u{33A3}", "mm^3"), ("\u{33A4}", "cm^3"), ("\u{33A5}", "m^3"), ("\u{338E}", "mg"), ("\u{338F}", "kg"),
            ("\u{3396}", "ml"),
        ]
        for (scalar, unit) in units { spellings[scalar] = " \(unit)" }
        // Letters in circles and brackets, as choices are marked.
        for offset in 0..<UInt32(26) {
            guard let letter = Unicode.Scalar(65 + offset), let circled = Unicode.Scalar(0x24B6 + offset),
                let small = Unicode.Scalar(0x249C + offset), let lower = Unicode.Scalar(97 + offset)
            else { continue }
            spellings[circled] = "(\(letter))"
            spellings[small] = "(\(lower))"
        }
        return spellings
    }()

    private static let capitals = ["Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega"]
}
