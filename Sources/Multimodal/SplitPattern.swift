import CPCRE2

/// A compiled regular expression that finds the words of a text.
///
/// PCRE2 with UTF-8, Unicode properties and, where the machine has it, its just-in-time compiler. `\s` and `\S` are rewritten to Unicode's
/// White_Space, which is what Hugging Face's tokenizers match (PCRE2's own `\s` also takes U+180E).
///
/// Compiled once, then only read: PCRE2 documents such a pattern as safe to share between threads; what a match writes is made for each
/// call.
final class SplitPattern: @unchecked Sendable {
    private let code: OpaquePointer

    /// - Throws: ``MultimodalError`` (`unsupported`) if PCRE2 doesn't accept `pattern`.
    init(_ pattern: String) throws(MultimodalError) {
        var errorNumber: Int32 = 0
        var errorOffset = 0
        let source = Array(Self.rewritten(pattern).utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(source, source.count, options, &errorNumber, &errorOffset, nil) else {
            throw MultimodalError(
                .unsupported, "the regular expression \(pattern) is not understood: PCRE2 error \(errorNumber) at byte \(errorOffset)")
        }
        // Without a just-in-time compiler (or memory for it) matching is interpreted, with the same result.
        _ = pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        self.code = code
    }

    deinit { pcre2_code_free_8(code) }

    /// A pattern that matches `literal` alone.
    static func escaped(_ literal: String) -> String {
        var pattern = ""
        for scalar in literal.unicodeScalars {
            if scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) { pattern += "\\" }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
    }

    /// Calls `body` with each match in `text[range]`, from the left, as a range of `text`. `range` must hold whole UTF-8 characters.
    ///
    /// Nothing outside of `range` is seen, not even by look-around. Empty matches are passed over.
    /// If PCRE2 gives up (out of memory, or a pattern that backtracks without end), the matches end there.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void) {
        guard !range.isEmpty, let base = text.baseAddress, let match = pcre2_match_data_create_8(1, nil) else { return }
        defer { pcre2_match_data_free_8(match) }
        let subject = base + range.lowerBound
        let bounds = pcre2_get_ovector_pointer_8(match)
        var start = 0
        while start < range.count {
            var status = pcre2_match_8(code, subject, range.count, start, UInt32(PCRE2_NO_UTF_CHECK), match, nil)
            if status == PCRE2_ERROR_JIT_STACKLIMIT {
                status = pcre2_match_8(code, subject, range.count, start, UInt32(PCRE2_NO_UTF_CHECK) | UInt32(PCRE2_NO_JIT), match, nil)
            }
            guard status >= 0, let bounds else { return }
            let found = bounds[0]..<max(bounds[0], bounds[1])
            if !found.isEmpty {
                body(found.lowerBound + range.lowerBound..<found.upperBound + range.lowerBound)
                start = found.upperBound
            } else {
                start = found.lowerBound + 1
                while start < range.count, subject[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
    }

    /// The characters with Unicode's White_Space property, as the inside of a class.
    private static let whiteSpace =
        "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}"

    /// `pattern` with `\s`, and `\S` outside of classes, written out.
    private static func rewritten(_ pattern: String) -> String {
        var output = ""
        var isEscaped = false
        var isInClass = false
        for scalar in pattern.unicodeScalars {
            if isEscaped {
                isEscaped = false
                switch scalar {
                case "s": output += isInClass ? whiteSpace : "[\(whiteSpace)]"
                case "S" where !isInClass: output += "[^\(whiteSpace)]"
                default:
                    output += "\\"
                    output.unicodeScalars.append(scalar)
                }
                continue
            }
            switch scalar {
            case "\\":
                isEscaped = true
                continue
            case "[": isInClass = true
            case "]": isInClass = false
            default: break
            }
            output.unicodeScalars.append(scalar)
        }
        return isEscaped ? output + "\\" : output
    }
}
