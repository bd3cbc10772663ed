import CPCRE2

/// A compiled regular expression of a `tokenizer.json`.
///
/// PCRE2 with UTF-8, Unicode properties and, where the machine has it, its just-in-time compiler. The pattern is written in Oniguruma's
/// syntax and translated first (``OnigurumaSyntax``).
///
/// Compiled once, then only read: PCRE2 documents such a pattern as safe to share between threads; what a match writes is made for each
/// call.
final class RegularExpression: @unchecked Sendable {
    private let code: OpaquePointer

    /// - Throws: ``MultimodalError`` (`unsupported`) naming the pattern if it can't be translated or PCRE2 doesn't accept it.
    init(_ pattern: String) throws(MultimodalError) {
        var errorNumber: Int32 = 0
        var errorOffset = 0
        let source = Array(try OnigurumaSyntax.translated(pattern).utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_MULTILINE) | UInt32(PCRE2_NEVER_BACKSLASH_C)
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

    /// Calls `body` with each match in `text` from the left; `text` must be UTF-8.
    ///
    /// An empty match counts, unless it stands where the match before it ended: as in Hugging Face's tokenizers.
    /// If PCRE2 gives up (out of memory, or a pattern that backtracks without end), the matches end there.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        guard let base = text.baseAddress, let match = pcre2_match_data_create_8(1, nil) else { return }
        defer { pcre2_match_data_free_8(match) }
        let bounds = pcre2_get_ovector_pointer_8(match)
        var start = 0
        var lastEnd = -1
        while start <= text.count {
            var status = pcre2_match_8(code, base, text.count, start, UInt32(PCRE2_NO_UTF_CHECK), match, nil)
            if status == PCRE2_ERROR_JIT_STACKLIMIT {
                status = pcre2_match_8(code, base, text.count, start, UInt32(PCRE2_NO_UTF_CHECK) | UInt32(PCRE2_NO_JIT), match, nil)
            }
            guard status >= 0, let bounds else { return }
            let found = bounds[0]..<max(bounds[0], bounds[1])
            if found.isEmpty, found.lowerBound == lastEnd {
                start += 1
                while start < text.count, text[start] & 0xC0 == 0x80 { start += 1 }
                continue
            }
            body(found)
            start = found.upperBound
            lastEnd = start
        }
    }
}
