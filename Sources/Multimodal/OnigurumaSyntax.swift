/// Regular expressions as Hugging Face's tokenizers read them (Oniguruma, Ruby's syntax), written for PCRE2.
///
/// The two agree but for a few things. `\s`, `\w` and `\h` are other sets in Oniguruma: Unicode's White_Space, the letters, marks, numbers
/// and connectors, the hexadecimal digits. A class may hold classes, which are joined here. What has no equal meaning in PCRE2 is refused,
/// so that no pattern silently finds other words.
enum OnigurumaSyntax {
    private static let word = #"\p{L}\p{M}\p{N}\p{Pc}"#
    private static let hexadecimal = "0-9a-fA-F"

    /// - Throws: ``MultimodalError`` (`unsupported`) naming the pattern and the construct.
    static func translated(_ pattern: String) throws(MultimodalError) -> String {
        func refusal(_ what: String) -> MultimodalError {
            MultimodalError(.unsupported, "the regular expression \(pattern) is not supported: it has \(what)")
        }
        let scalars = Array(pattern.unicodeScalars)
        var output = String.UnicodeScalarView()
        /// How many classes are open; all but the outermost are joined to it.
        var depth = 0
        /// Whether a name such as `[:alpha:]` is being read.
        var isInName = false
        /// Whether a quantifier in braces has just ended.
        var isPastBraces = false
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            let wasPastBraces = isPastBraces
            isPastBraces = false
            index += 1
            switch scalar {
            case "\\":
                guard let next else { throw refusal("a backslash at its end") }
                index += 1
                switch next {
                case "s": output.append(contentsOf: #"\p{White_Space}"#.unicodeScalars)
                case "S": output.append(contentsOf: #"\P{White_Space}"#.unicodeScalars)
                case "w": output.append(contentsOf: (depth > 0 ? word : "[\(word)]").unicodeScalars)
                case "h": output.append(contentsOf: (depth > 0 ? hexadecimal : "[\(hexadecimal)]").unicodeScalars)
                case "W", "H":
                    guard depth == 0 else { throw refusal("\\\(next) inside of a class") }
                    output.append(contentsOf: "[^\(next == "W" ? word : hexadecimal)]".unicodeScalars)
                case "u":
                    let digits = scalars[index...].prefix(4)
                    guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit) else {
                        throw refusal("\\u without four digits")
                    }
                    output.append(contentsOf: "\\x{".unicodeScalars + digits + "}".unicodeScalars)
                    index += 4
                case "v": output.append(contentsOf: #"\x{b}"#.unicodeScalars)
                case "p", "P":
                    output.append(contentsOf: ["\\", next])
                    // The braces of a property are no quantifier.
                    let name = scalars[index...].prefix { $0 != "}" }
                    guard name.first == "{" else { throw refusal("\\\(next) without a property in braces") }
                    output.append(contentsOf: name)
                    index += name.count
                    if index < scalars.count { output.append(scalars[index]) }
                    index += 1
                case "d", "D", "n", "r", "t", "f", "a", "e", "x", "b", "B", "A", "z", "Z", "R", "X", "G", "K":
                    output.append(contentsOf: ["\\", next])
                case _ where next.properties.isAlphabetic && next.isASCII: throw refusal("\\\(next)")
                default: output.append(contentsOf: ["\\", next])
                }
            case "[" where next == ":" && depth > 0:
                output.append(scalar)
                isInName = true
            case "[":
                if depth == 0 {
                    output.append(scalar)
                } else if next == "^" {
                    throw refusal("a negated class inside of a class")
                }
                depth += 1
                // A bracket that comes first is a letter.
                for first in ["^", "]"] as [Unicode.Scalar]
                where index < scalars.count && scalars[index] == first && (depth == 1 || first == "]") {
                    output.append(contentsOf: first == "]" ? ["\\", first] : [first])
                    index += 1
                }
            case "]" where depth > 0:
                if isInName {
                    output.append(scalar)
                    isInName = false
                } else {
                    depth -= 1
                    if depth == 0 { output.append(scalar) }
                }
            case "&" where depth > 0 && next == "&": throw refusal("an intersection of classes")
            case "(" where depth == 0 && next == "?":
                output.append(scalar)
                // Inline options up to the colon or the bracket.
                let options = scalars[(index + 1)...].prefix { $0 == "-" || $0.properties.isAlphabetic }
                let isOptions = index + 1 + options.count < scalars.count && [":", ")"].contains(scalars[index + 1 + options.count])
                if isOptions, options.contains(where: { !["i", "x", "-"].contains($0) }) {
                    throw refusal("the options \(String(String.UnicodeScalarView(options)))")
                }
            case "}" where depth == 0:
                output.append(scalar)
                isPastBraces = true
            case "+" where depth == 0 && wasPastBraces: throw refusal("a + behind braces, which means other things in other engines")
            default: output.append(scalar)
            }
        }
        return String(output)
    }
}
