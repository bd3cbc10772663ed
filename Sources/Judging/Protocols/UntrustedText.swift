/// Text of policies and data sets made safe to stand in a judge's prompt: nothing in it is invisible, reorders what is shown, looks like
/// a tag, or ends a line without being a line feed.
///
/// 1. Characters that are shown as nothing go: format characters (zero-width, bidirectional controls, soft hyphens, tag characters), variation
///    selectors, fillers; and combining marks from the ninth in a row, so that normalization has short runs to sort.
/// 2. A run of control characters but tab and line feed (so of NUL, carriage returns, escapes, and the line ends VT, FF and NEL) and of line and
///    paragraph separators becomes a space.
/// 3. "&" becomes "&amp;" and "<" becomes "&lt;". Signs that look like "<" or are composed of it, full-width "|", private use and noncharacters
///    become character references `&#xH;`.
///
/// So texts that look different stay different, and ASCII text without "&", "<" and controls is unchanged.
package enum UntrustedText {
    /// - Parameter keptTags: the only tags whose "<" stays.
    package static func escaped(_ text: String, keptTags: [String] = []) -> String {
        let kept = keptTags.map { Array($0.unicodeScalars) }
        let scalars = shown(text)
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<" where !kept.contains(where: { scalars[index...].starts(with: $0) }):
                result.append(contentsOf: "&lt;".unicodeScalars)
            default:
                if scalar.isASCII || !isDeceptive(scalar) {
                    result.append(scalar)
                } else {
                    result.append(contentsOf: "&#x\(String(scalar.value, radix: 16, uppercase: true));".unicodeScalars)
                }
            }
        }
        return String(result)
    }

    /// Steps 1 and 2, before anything is looked for: what is put together by them is found by step 3.
    private static func shown(_ text: String) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.utf8.count)
        var marks = 0
        var isInControls = false
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\t" || (" "..."~").contains(scalar) {
                result.append(scalar)
                (marks, isInControls) = (0, false)
                continue
            }
            let properties = scalar.properties
            switch properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator:
                if !isInControls { result.append(" ") }
                (marks, isInControls) = (0, true)
            case .format: break
            case _ where properties.isDefaultIgnorableCodePoint: break
            case .nonspacingMark, .enclosingMark, .spacingMark:
                marks += 1
                isInControls = false
                if marks <= longestMarkRun { result.append(scalar) }
            default:
                result.append(scalar)
                (marks, isInControls) = (0, false)
            }
        }
        return result
    }

    private static let longestMarkRun = 8

    /// Full-width, small, quotation, bracket, modifier, syllabic and runic look-alikes of "<", "not less than", and full-width "|".
    private static let lookAlikes: Set<Unicode.Scalar> = [
        "\u{FF1C}", "\u{FE64}", "\u{2039}", "\u{3008}", "\u{2329}", "\u{27E8}", "\u{276C}", "\u{276E}", "\u{2C2}", "\u{1438}", "\u{16B2}",
        "\u{226E}", "\u{FF5C}",
    ]

    private static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .privateUse || scalar.properties.isNoncharacterCodePoint || lookAlikes.contains(scalar)
    }
}
