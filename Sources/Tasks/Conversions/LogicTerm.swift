/// A term of Geometry3K's logic forms: `Equals(LengthOf(Line(A, B)), 2x+3)`.
indirect enum LogicTerm: Hashable, Sendable {
    /// A name of two letters or more, the first a capital, with its arguments.
    case predicate(String, [LogicTerm])
    /// Anything else: a point, a number, an expression, "angle 1".
    case text(String)

    /// The longest literal that is read, in bytes, and how deep its terms may nest. Real ones have up to 100 bytes and 4 levels.
    static let byteLimit = 2_000
    static let depthLimit = 8

    /// The term that `literal` spells; nil if it spells none.
    init?(parsing literal: String) {
        guard literal.utf8.count <= Self.byteLimit else { return nil }
        var parser = LogicTermParser(text: Array(literal.unicodeScalars))
        guard let term = parser.term(depth: 0), parser.isAtEnd else { return nil }
        self = term
    }
}

private struct LogicTermParser {
    let text: [Unicode.Scalar]
    var position = 0

    init(text: [Unicode.Scalar]) { self.text = text }

    var isAtEnd: Bool { text[position...].allSatisfy { $0 == " " } }

    mutating func term(depth: Int) -> LogicTerm? {
        guard depth <= LogicTerm.depthLimit else { return nil }
        skipSpaces()
        let name = text[position...].prefix { $0.isASCII && $0.properties.isAlphabetic }
        guard name.count >= 2, name[position].properties.isUppercase, name.endIndex < text.count, text[name.endIndex] == "(" else {
            return plainText()
        }
        position = name.endIndex + 1
        var arguments: [LogicTerm] = []
        while let argument = term(depth: depth + 1) {
            arguments.append(argument)
            skipSpaces()
            guard position < text.count else { return nil }
            position += 1
            switch text[position - 1] {
            case ",": continue
            case ")": return .predicate(Self.string(name), arguments)
            default: return nil
            }
        }
        return nil
    }

    /// Up to the comma or parenthesis that ends the argument; brackets inside must be balanced.
    private mutating func plainText() -> LogicTerm? {
        let start = position
        var open = 0
        while position < text.count {
            let scalar = text[position]
            if open == 0, scalar == "," || scalar == ")" { break }
            if "([{".unicodeScalars.contains(scalar) { open += 1 }
            if ")]}".unicodeScalars.contains(scalar) { open -= 1 }
            guard open >= 0 else { return nil }
            position += 1
        }
        var end = position
        while end > start, text[end - 1] == " " { end -= 1 }
        guard open == 0, end > start else { return nil }
        return .text(Self.string(text[start..<end]))
    }

    private mutating func skipSpaces() {
        while position < text.count, text[position] == " " { position += 1 }
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var string = ""
        string.unicodeScalars.append(contentsOf: scalars)
        return string
    }
}
