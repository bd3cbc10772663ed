import Foundation

/// Unicode's normal forms.
///
/// Foundation's mappings, but for three things. Characters younger than Unicode 9 stay as and where they are: the tables of Hugging Face's
/// tokenizers are of that version, and models were trained on what they give. And Hangul in form C, where Foundation composes jamo that lie
/// outside of the ranges that compose, follows section 3.12 of the Unicode Standard. And the four characters without combining class whose
/// decomposition begins with a combining mark are decomposed before: Foundation doesn't sort such marks among those that stand before them.
enum NormalForm: String, Sendable {
    case canonicalComposition = "NFC"
    case canonicalDecomposition = "NFD"
    case compatibilityComposition = "NFKC"
    case compatibilityDecomposition = "NFKD"

    func of(_ text: String) -> String {
        // What has no mapping, no combining class and no composition parts the text: the runs between are mapped by themselves.
        Self.mapRuns(of: text, where: Self.isYoung) { isYoung, run in isYoung ? run : mapped(run) }
    }

    private static let hiddenMarks: [Unicode.Scalar: String] = [
        "\u{344}": "\u{308}\u{301}", "\u{F73}": "\u{F71}\u{F72}", "\u{F75}": "\u{F71}\u{F74}", "\u{F81}": "\u{F71}\u{F80}",
    ]

    private func mapped(_ text: String) -> String {
        var text = text
        if text.unicodeScalars.contains(where: { Self.hiddenMarks[$0] != nil }) {
            text = text.unicodeScalars.map { Self.hiddenMarks[$0] ?? String($0) }.joined()
        }
        switch self {
        case .canonicalComposition: return Self.composed(text)
        case .canonicalDecomposition: return text.decomposedStringWithCanonicalMapping
        case .compatibilityComposition: return Self.composed(text.decomposedStringWithCompatibilityMapping)
        case .compatibilityDecomposition: return text.decomposedStringWithCompatibilityMapping
        }
    }

    /// Whether `text` (UTF-8) is in this form already, told by its bytes alone; false if that isn't certain.
    func isPlainly(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard self == .canonicalComposition else { return !text.contains { $0 >= 0x80 } }
        // Below U+0300 (CC 80) nothing composes with what stands before it. Nor do Cyrillic up to U+047F (D0, D1) and the ideographs and
        // Yi syllables of U+4000 to U+9FFF (E4 to E9), of which none has a combining class.
        return !text.contains { $0 >= 0xCC && $0 != 0xD0 && $0 != 0xD1 && !(0xE4...0xE9).contains($0) }
    }

    /// `text` with each run of scalars that agree in `predicate` mapped by `map`.
    private static func mapRuns(of text: String, where predicate: (Unicode.Scalar) -> Bool, _ map: (Bool, String) -> String) -> String {
        guard text.unicodeScalars.contains(where: predicate) else { return map(false, text) }
        var output = ""
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            let kind = predicate(first)
            let run = rest.prefix { predicate($0) == kind }
            output += map(kind, String(run))
            rest = rest[run.endIndex...]
        }
        return output
    }

    /// Whether a scalar isn't assigned in Unicode 9.
    private static func isYoung(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x300 else { return false }
        return scalar.properties.age.map { $0.major > 9 } ?? true
    }

    /// Hangul composes with Hangul alone.
    private static func composed(_ text: String) -> String {
        mapRuns(of: text, where: isHangul) { isHangul, run in
            isHangul ? composedHangul(run) : run.precomposedStringWithCanonicalMapping
        }
    }

    /// Conjoining jamo and syllables.
    private static func isHangul(_ scalar: Unicode.Scalar) -> Bool {
        (0x1100...0x11FF).contains(scalar.value) || (0xAC00...0xD7A3).contains(scalar.value)
    }

    /// Leading and vowel make a syllable, a syllable without trailing consonant takes one.
    private static func composedHangul(_ run: String) -> String {
        var output = String.UnicodeScalarView()
        var last: UInt32?
        func append(_ value: UInt32) {
            if let scalar = Unicode.Scalar(value) { output.append(scalar) }
        }
        for scalar in run.unicodeScalars {
            let value = scalar.value
            guard let before = last else {
                last = value
                continue
            }
            if (0x1100...0x1112).contains(before), (0x1161...0x1175).contains(value) {
                last = 0xAC00 + ((before - 0x1100) * 21 + value - 0x1161) * 28
            } else if (0xAC00...0xD7A3).contains(before), (before - 0xAC00) % 28 == 0, (0x11A8...0x11C2).contains(value) {
                last = before + value - 0x11A7
            } else {
                append(before)
                last = value
            }
        }
        if let last { append(last) }
        return String(output)
    }
}
