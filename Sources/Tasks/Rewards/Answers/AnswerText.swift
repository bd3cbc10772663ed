/// An answer without its markup: LaTeX wrappers, dollar signs, spacing commands, outer braces and the full stop are gone.
struct AnswerText: Hashable {
    let plain: String

    /// - Parameter text: Evened out by ``AnswerSigns``.
    /// - Complexity: O(bytes): one pass over the markup, then a bounded number of trims.
    init(_ text: String) {
        plain = Self.trimmed(Self.withoutMarkup(text))
    }

    /// The text for comparing words and formulas: words in lower case, one space between them; in formulas none but between digits.
    var comparable: String {
        let plain = Self.withLowercaseWords(plain)
        let isFormula = plain.utf8.contains { "\\^_+=*/()[]{}<>|".utf8.contains($0) }
        var text = ""
        for word in plain.split(separator: " ") {
            // "1 1/2" is not "11/2".
            let joins = text.isEmpty || isFormula && !(text.utf8.last?.isDigit == true && word.utf8.first?.isDigit == true)
            text += joins ? word : " " + word
        }
        return text
    }

    /// Words lose their capitals; variables, names and commands keep them.
    private static func withLowercaseWords(_ text: String) -> String {
        var output = String.UnicodeScalarView()
        var run = String.UnicodeScalarView()
        var isCommand = false
        func close() {
            let word = String(run)
            output.append(contentsOf: !isCommand && AnswerVocabulary.isWord(word) ? word.lowercased().unicodeScalars : run)
            run.removeAll()
        }
        for scalar in text.unicodeScalars {
            if scalar.properties.isAlphabetic {
                run.append(scalar)
                continue
            }
            if !run.isEmpty { close() }
            isCommand = scalar == "\\"
            output.append(scalar)
        }
        if !run.isEmpty { close() }
        return String(output)
    }

    /// Commands with a plain spelling.
    private static let spellings: [String: String] = [
        "dfrac": "\\frac", "tfrac": "\\frac", "cfrac": "\\frac", "left": "", "right": "", "quad": " ", "qquad": " ", "circ": "°",
        "degree": "°",
        "degrees": "°", "times": "*", "cdot": "*", "displaystyle": "", "percent": "%", "div": "/",
    ]

    private static func withoutMarkup(_ text: String) -> String {
        var output: [Unicode.Scalar] = []
        let scalars = Array(text.unicodeScalars)
        // For each open brace, whether it is only a wrapper's.
        var isWrapper: [Bool] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case "\\":
                guard index < scalars.count else { break }
                let name = scalars[index...].prefix { $0.value < 128 && $0.properties.isAlphabetic }
                if name.isEmpty {
                    appendEscaped(scalars[index], to: &output)
                    index += 1
                    break
                }
                index += name.count
                let word = String(String.UnicodeScalarView(name))
                if AnswerSpelling.wrappers.contains(word) {
                    if index < scalars.count, scalars[index] == "{" {
                        isWrapper.append(true)
                        index += 1
                    }
                } else {
                    output += (spellings[word] ?? "\\\(word)").unicodeScalars
                    if spellings[word] == "°" { joinDegree(&output) }
                }
            case "{":
                isWrapper.append(false)
                output.append(scalar)
            case "}":
                if isWrapper.popLast() != true { output.append(scalar) }
            case "$": break
            case "\u{B0}":
                output.append(scalar)
                joinDegree(&output)
            default: output.append(scalar.properties.isWhitespace ? " " : scalar)
            }
        }
        return String(String.UnicodeScalarView(output)).replacing("{,}", with: ",").replacing("{°}", with: "°")
    }

    private static func appendEscaped(_ scalar: Unicode.Scalar, to output: inout [Unicode.Scalar]) {
        switch scalar {
        case "(", ")", "[", "]", "!", "$": break
        case ",", ";", ":", " ", "\\": output.append(" ")
        default: output.append(scalar)
        }
    }

    /// Takes the raising sign from before a degree sign: `30^°` and `30^{°` are `30°` and `30{°`.
    private static func joinDegree(_ output: inout [Unicode.Scalar]) {
        let last = output.count - 1
        if last >= 1, output[last - 1] == "^" {
            output.remove(at: last - 1)
        } else if last >= 2, output[last - 1] == "{", output[last - 2] == "^" {
            output.remove(at: last - 2)
        }
    }

    private static func trimmed(_ text: String) -> String {
        var rest = Array(text.utf8)[...]
        // Each round takes something away; answers nest no deeper than this on purpose.
        for _ in 0..<8 {
            let before = rest.count
            while rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
            while let last = rest.last, last == UInt8(ascii: " ") || last == UInt8(ascii: ".") { rest = rest.dropLast() }
            if isEnclosed(rest, UInt8(ascii: "{"), UInt8(ascii: "}")) { rest = rest.dropFirst().dropLast() }
            // "(A)" is the choice A; "(3, 4)" stays a point.
            if rest.count == 3, isEnclosed(rest, UInt8(ascii: "("), UInt8(ascii: ")")) { rest = rest.dropFirst().dropLast() }
            if rest.count == before { break }
        }
        return String(decoding: rest, as: UTF8.self)
    }

    /// Whether the first bracket closes at the very end.
    private static func isEnclosed(_ text: ArraySlice<UInt8>, _ open: UInt8, _ close: UInt8) -> Bool {
        guard text.count >= 2, text.first == open, text.last == close else { return false }
        var depth = 0
        for (offset, byte) in text.enumerated() {
            if byte == open { depth += 1 }
            if byte == close { depth -= 1 }
            if depth == 0 { return offset == text.count - 1 }
        }
        return false
    }
}
