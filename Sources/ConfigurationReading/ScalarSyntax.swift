/// Why a scalar is not what its key wants; the text completes "key: ".
struct ScalarIssue: Error {
    let message: String
}

/// What words mean, without YAML 1.1's surprises: there, `010` is 8, `yes` is true, `1_000` is 1000, `1:30` is 90 and `.nan` a number.
enum ScalarSyntax {
    /// `-?(0|[1-9][0-9]*)`, within 64 bits.
    static func integer(_ text: String, _ style: SourceNode.ScalarStyle) throws(ScalarIssue) -> Int {
        let shown = shown(text)
        guard style != .quoted else { throw ScalarIssue(message: "expected an integer, found the quoted text \(shown); remove the quotes") }
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        if !digits.isEmpty, digits.allSatisfy(isDigit) {
            if digits.count > 1, digits.first == UInt8(ascii: "0") { throw leadingZero(text) }
            guard let value = Int(text) else { throw ScalarIssue(message: "\(shown) does not fit into 64 bits") }
            return value
        }
        if let value = try? real(text, style), let exact = Int(exactly: value) {
            throw ScalarIssue(message: "expected an integer, found \(shown); write \(exact)")
        }
        throw ScalarIssue(message: "expected an integer in decimal digits, found \(shown)")
    }

    /// A finite decimal number, with or without a fraction and an exponent.
    static func real(_ text: String, _ style: SourceNode.ScalarStyle) throws(ScalarIssue) -> Double {
        let shown = shown(text)
        guard style != .quoted else { throw ScalarIssue(message: "expected a number, found the quoted text \(shown); remove the quotes") }
        guard let shape = decimalShape(text) else {
            let word = text.lowercased().drop { "+-.".contains($0) }
            if ["nan", "inf", "infinity"].contains(word) { throw ScalarIssue(message: "expected a finite number, found \(shown)") }
            throw ScalarIssue(message: "expected a number such as 0.1 or 1e-6, found \(shown)")
        }
        if shape.hasLeadingZero { throw leadingZero(text) }
        guard let value = Double(text), value.isFinite, value != 0 || !shape.hasNonzeroDigit else {
            throw ScalarIssue(message: "\(shown) is outside the range of double precision")
        }
        return value
    }

    /// `true` or `false` and nothing else.
    static func flag(_ text: String, _ style: SourceNode.ScalarStyle) throws(ScalarIssue) -> Bool {
        guard style != .quoted else {
            throw ScalarIssue(message: "expected true or false, found the quoted text \(shown(text)); remove the quotes")
        }
        switch text {
        case "true": return true
        case "false": return false
        default: break
        }
        let hint: String
        switch text.lowercased() {
        case "yes", "on", "y", "true", "1": hint = "; write true"
        case "no", "off", "n", "false", "0": hint = "; write false"
        default: hint = ""
        }
        throw ScalarIssue(message: "expected true or false, found \(shown(text))\(hint)")
    }

    /// Text as it stands. A plain word that YAML takes for a number, a truth value or a date must be quoted, so that nobody is surprised.
    static func text(_ text: String, _ style: SourceNode.ScalarStyle) throws(ScalarIssue) -> String {
        if style == .plain, let kind = disguise(text) {
            throw ScalarIssue(message: "expected text, found \(shown(text)), which YAML takes for \(kind); quote it: \"\(text)\"")
        }
        guard text.utf8.count <= 65_536, !text.utf8.contains(0) else {
            throw ScalarIssue(message: "text must have at most 65536 bytes and no NUL byte")
        }
        return text
    }

    /// The value of a scalar whose key accepts any type.
    static func value(_ text: String, _ style: SourceNode.ScalarStyle) throws(ScalarIssue) -> ConfigurationValue {
        guard style != .quoted else { return .text(text) }
        switch text {
        case "", "~", "null": return .null
        case "true": return .flag(true)
        case "false": return .flag(false)
        default: break
        }
        if let shape = decimalShape(text) {
            return shape.isInteger ? .integer(try integer(text, style)) : .real(try real(text, style))
        }
        if let kind = disguise(text) {
            throw ScalarIssue(message: "\(shown(text)) is \(kind) to some YAML readers and a word to others; quote it or write it plainly")
        }
        return .text(text)
    }

    // MARK: - Shapes

    private struct DecimalShape {
        var isInteger = true
        var hasLeadingZero = false
        var hasNonzeroDigit = false
    }

    /// The parts of `-?digits(.digits)?([eE][+-]?digits)?`; nil for anything else.
    private static func decimalShape(_ text: String) -> DecimalShape? {
        var rest = text.utf8[...]
        var shape = DecimalShape()
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: isDigit)
        guard !whole.isEmpty else { return nil }
        shape.hasLeadingZero = whole.count > 1 && whole.first == UInt8(ascii: "0")
        shape.hasNonzeroDigit = whole.contains { $0 != UInt8(ascii: "0") }
        rest = rest.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !fraction.isEmpty else { return nil }
            shape.isInteger = false
            shape.hasNonzeroDigit = shape.hasNonzeroDigit || fraction.contains { $0 != UInt8(ascii: "0") }
            rest = rest.dropFirst(1 + fraction.count)
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            shape.isInteger = false
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            let exponent = rest.prefix(while: isDigit)
            guard !exponent.isEmpty else { return nil }
            rest = rest.dropFirst(exponent.count)
        }
        return rest.isEmpty ? shape : nil
    }

    /// What YAML 1.1 takes a plain word for, if not for text.
    private static func disguise(_ text: String) -> String? {
        let lower = text.lowercased()
        if ["yes", "no", "on", "off", "y", "n", "true", "false"].contains(lower) { return "a truth value" }
        if ["", "~", "null"].contains(lower) { return "no value" }
        if decimalShape(text) != nil || [".nan", ".inf", "-.inf", "+.inf"].contains(lower) { return "a number" }
        let unsigned = lower.drop { $0 == "+" || $0 == "-" }
        guard let first = unsigned.utf8.first, isDigit(first) || first == UInt8(ascii: ".") else { return nil }
        if ["0x", "0o", "0b"].contains(String(unsigned.prefix(2))), unsigned.dropFirst(2).allSatisfy(\.isHexDigit) { return "a number" }
        let isNumberLike =
            unsigned.utf8.contains(where: isDigit) && unsigned.allSatisfy { $0.isASCII && ($0.isNumber || "_.:e+-".contains($0)) }
        return isNumberLike ? "a number or a date" : nil
    }

    private static func leadingZero(_ text: String) -> ScalarIssue {
        ScalarIssue(message: "\(shown(text)) has a leading zero, which YAML reads as octal; write it without")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func shown(_ text: String) -> String { "'\(text.prefix(60))'" }
}
