import Foundation

/// Unicode's normal form C.
///
/// Foundation's mapping, but for Hangul, where it composes jamo that lie outside of the ranges that compose: those follow section 3.12 of
/// the Unicode Standard here. Hangul composes with Hangul alone, so the runs between can be mapped by themselves.
enum NormalFormC {
    static func of(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isHangul) else { return text.precomposedStringWithCanonicalMapping }
        var output = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            let isHangulRun = isHangul(first)
            let run = rest.prefix { isHangul($0) == isHangulRun }
            if isHangulRun {
                appendComposed(run, to: &output)
            } else {
                output.append(contentsOf: String(run).precomposedStringWithCanonicalMapping.unicodeScalars)
            }
            rest = rest[run.endIndex...]
        }
        return String(output)
    }

    /// Conjoining jamo and syllables.
    private static func isHangul(_ scalar: Unicode.Scalar) -> Bool {
        (0x1100...0x11FF).contains(scalar.value) || (0xAC00...0xD7A3).contains(scalar.value)
    }

    /// Leading and vowel make a syllable, a syllable without trailing consonant takes one.
    private static func appendComposed(_ run: Substring.UnicodeScalarView, to output: inout String.UnicodeScalarView) {
        var last: UInt32?
        func append(_ value: UInt32) {
            if let scalar = Unicode.Scalar(value) { output.append(scalar) }
        }
        for scalar in run {
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
    }
}
