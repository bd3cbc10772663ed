/// A fact as words that can be compared: what people write in different ways becomes the same.
///
/// Letters are lower-case, but of names of lines that would be other words (BE, IF); LaTeX, dollar and degree signs and punctuation are gone;
/// signs have their names (∠ angle, ⊥ perpendicular, ∥ parallel); number words are figures ("three" is 3); operators stand alone, so that
/// "x+21" and "x + 21" agree; a hyphen between letters is a space ("top-left" is "top left").
package struct FactText: Hashable, Sendable {
    /// All words and signs in their order.
    package let words: [String]

    package init(_ text: String) {
        var lexer = Lexer()
        for scalar in text.unicodeScalars { lexer.read(scalar) }
        lexer.endWord()
        words = lexer.words
    }

    /// Equal keys are the same fact: the words without articles and copulas, in their order.
    package var key: String { words.filter { !Self.light.contains($0) }.joined(separator: " ") }

    /// What the fact is about, in any order: the words without articles, copulas and words that only name a kind of thing or a view
    /// ("length", "point", "in the figure"). Coarser than ``key``; for comparing a paraphrase with a known fact.
    package var content: Set<String> { Set(words.filter { !Self.light.contains($0) && !Self.kinds.contains($0) }) }

    /// The words that are numbers.
    package var numbers: [String] { words.filter(Self.isNumber) }

    /// Whether `word` is a number in figures.
    package static func isNumber(_ word: String) -> Bool {
        word.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } == true && word.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2E }
    }

    /// Whether `word` is a sign of arithmetic.
    package static func isOperator(_ word: String) -> Bool { ["+", "-", "*", "/", "^"].contains(word) }

    private static let light: Set<String> = [
        "the", "a", "an", "is", "are", "was", "were", "be", "=", "equals", "equal", "to", "of", "that", "there", "has", "have", "which",
        "its",
        "it", "measures", "and",
    ]
    private static let kinds: Set<String> = [
        "length", "long", "measure", "line", "segment", "side", "point", "digit", "number", "value", "degree", "degrees", "unit", "units",
        "in", "on", "at", "by", "lies", "lie", "shown", "given", "labeled", "labelled", "label", "marked", "figure", "diagram", "image",
        "picture",
        "this", "with", "located", "shows",
    ]

    private static let numberWords: [String: String] = [
        "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
        "ten": "10", "eleven": "11", "twelve": "12",
    ]
    private static let commands: [String: String] = [
        "angle": "angle", "measuredangle": "angle", "perp": "perpendicular", "parallel": "parallel", "triangle": "triangle", "cdot": "*",
        "times": "*", "div": "/", "circ": "", "degree": "", "overline": "", "text": "", "mathrm": "", "left": "", "right": "", "quad": "",
        "boxed": "boxed", "dfrac": "frac", "tfrac": "frac", "odot": "circle",
    ]

    private static func isCommon(_ word: String) -> Bool {
        light.contains(word) || kinds.contains(word) || ["if", "so", "we", "let", "any", "add"].contains(word)
    }

    /// Reads scalars into words.
    private struct Lexer {
        var words: [String] = []
        private var word = ""
        /// Inside the name of a LaTeX command.
        private var isCommand = false
        /// The number straight before a command.
        private var factor = ""
        private var last: Unicode.Scalar = " "
        /// A hyphen that may join two words or subtract.
        private var hasHyphen = false

        mutating func read(_ scalar: Unicode.Scalar) {
            defer { last = scalar }
            let isASCII = scalar.value < 128
            let isLetter = isASCII ? (scalar.value | 0x20 >= 0x61 && scalar.value | 0x20 <= 0x7A) : scalar.properties.isAlphabetic
            let isDigit = scalar.value >= 0x30 && scalar.value <= 0x39
            if isCommand, !isLetter { endCommand() }
            if hasHyphen, scalar != " " {
                hasHyphen = false
                if !isLetter || !isPlainWord(words.last) { words.append("-") }
            } else if hasHyphen {
                hasHyphen = false
                words.append("-")
            }
            if isLetter || isDigit {
                word.unicodeScalars.append(scalar)
                return
            }
            switch scalar {
            // A point between figures is part of the number; a comma between groups of three is too rare in facts to be guessed.
            case ".": if !word.isEmpty, FactText.isNumber(word) { word.append(".") } else { endWord() }
            // "isn't" stays one word.
            case "'", "\u{2019}": break
            case "\\":
                // "7\sqrt{2}" keeps its 7, as "7sqrt{2}" does.
                if FactText.isNumber(word) { (factor, word) = (word, "") } else { endWord() }
                isCommand = true
            case "-" where isASCII && last != " ":
                endWord()
                hasHyphen = true
            default:
                endWord()
                if let sign = Self.sign(scalar) { words.append(sign) }
            }
        }

        mutating func endWord() {
            if isCommand { return endCommand() }
            while word.hasSuffix(".") { word.removeLast() }
            guard !word.isEmpty else { return }
            let lower = word.lowercased()
            // "BE" and "IF" are names of lines, not words.
            let isName = word.utf8.count > 1 && word == word.uppercased() && FactText.isCommon(lower)
            words.append(isName ? word : FactText.numberWords[lower] ?? lower)
            word = ""
        }

        private mutating func endCommand() {
            isCommand = false
            let name = FactText.commands[word] ?? word
            let joins = ["sqrt", "frac", "pi"].contains(name)
            if !factor.isEmpty, !joins { words.append(factor) }
            // The raised circle of a degree is no power.
            if ["circ", "degree"].contains(word), words.last == "^" { words.removeLast() }
            if !name.isEmpty { words.append(joins ? factor + name : name) }
            (word, factor) = ("", "")
        }

        private func isPlainWord(_ word: String?) -> Bool {
            guard let word, let first = word.unicodeScalars.first, word.unicodeScalars.count > 1 else { return false }
            return first.properties.isAlphabetic
        }

        private static func sign(_ scalar: Unicode.Scalar) -> String? {
            switch scalar {
            case "=": "="
            case "+": "+"
            case "-", "\u{2212}": "-"
            case "*", "\u{D7}", "\u{B7}": "*"
            case "/", "\u{F7}": "/"
            case "^": "^"
            case "%": "%"
            case "?": "?"
            case "\u{2220}": "angle"
            case "\u{22A5}", "\u{27C2}": "perpendicular"
            case "\u{2225}": "parallel"
            case "\u{25B3}": "triangle"
            case "\u{2299}": "circle"
            case "\u{221A}": "sqrt"
            default: nil
            }
        }
    }
}
