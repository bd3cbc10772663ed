/// Text from strangers (files, servers, models, file names) as a terminal may have it.
///
/// Whatever a terminal acts on, or doesn't show, becomes its number, `\u{1b}`: control characters, of which only line ends and tabs stay, and format
/// characters but joiners, which reorder or hide what stands beside them. Text without such characters stays as it is.
package enum VisibleText {
    /// Longer messages are cut: a server or a file could fill a disk or a screen with one.
    package static let messageLimit = 16 << 10

    /// - Parameter keepingLines: False where a line end would let the text pass for a line of its own.
    package static func of(_ text: String, keepingLines: Bool = true) -> String {
        // Nearly all text is plain.
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || (keepingLines && ($0 == 0x0A || $0 == 0x09)) }
        guard !isPlain else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHarmless(scalar) || (keepingLines && (scalar == "\n" || scalar == "\t")) {
                result.append(scalar)
            } else {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            }
        }
        return String(result)
    }

    /// A message of bounded length: its beginning, and how much is left out.
    package static func message(_ text: String, limit: Int = messageLimit) -> String {
        guard text.utf8.count > limit else { return of(text) }
        let start = String(decoding: text.utf8.prefix(limit), as: UTF8.self)
        return of(start) + " … (\(text.utf8.count - limit) bytes more)" + (text.hasSuffix("\n") ? "\n" : "")
    }

    /// JSON text with the characters that a terminal acts on written as JSON's own escapes, `\u009b`: another spelling of the same value.
    package static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { !isHarmless($0) && $0 != "\n" && $0 != "\t" && $0 != "\r" }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHarmless(scalar) || scalar == "\n" || scalar == "\t" || scalar == "\r" {
                result.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
                }
            }
        }
        return String(result)
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x7F else { return scalar.value >= 0x20 }
        // Joiners belong to words of many scripts and to emoji, and move nothing.
        if scalar.value == 0x200C || scalar.value == 0x200D { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }
}
