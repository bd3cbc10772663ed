import Foundation
import JSON

/// How values become text in a report.
package enum ReportText {
    /// Text safe inside elements and quoted attributes.
    ///
    /// Control characters become visible signs: they have no place in HTML, and a reader of a policy's output wants to see them.
    package static func escape(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\n", "\t": out.unicodeScalars.append(scalar)
            case "\u{0}"..<" ": out.unicodeScalars.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
            case "\u{7F}"..<"\u{A0}": out += "\u{FFFD}"
            // Marks that reorder text could make a response look like another.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{200E}", "\u{200F}": out += "\u{FFFD}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// JSON that can't end the script element it stands in.
    static func scriptSafe(_ json: JSONValue) -> String {
        json.text.replacingOccurrences(of: "<", with: "\\u003c")
    }

    /// The name of a part of the reward as a heading: `length_penalty` as "Length penalty".
    static func title(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst().replacing("_", with: " ") }

    /// A number with about four significant digits.
    static func number(_ value: Double) -> String {
        let size = abs(value)
        if value == 0 { return "0" }
        if size >= 1e7 || size < 1e-3 { return String(format: "%.2e", value).replacingOccurrences(of: "-", with: "\u{2212}") }
        let text: String
        if size >= 1000 {
            text = grouped(Int(value.rounded()))
        } else if value == value.rounded() {
            text = String(Int(value))
        } else {
            text = String(format: size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : size >= 0.1 ? "%.3f" : size >= 0.01 ? "%.4f" : "%.5f", value)
        }
        return text.replacingOccurrences(of: "-", with: "\u{2212}")
    }

    /// An axis label: as many decimals as the distance between ticks needs.
    static func tick(_ value: Double, spacing: Double) -> String {
        if value == 0 { return "0" }
        if abs(value) >= 1e5 || spacing < 1e-4 { return String(format: "%.1e", value).replacingOccurrences(of: "-", with: "\u{2212}") }
        let decimals = max(0, Int((-log10(spacing) - 1e-9).rounded(.up)))
        let text = decimals == 0 ? grouped(Int(value.rounded())) : String(format: "%.\(decimals)f", value)
        return text.replacingOccurrences(of: "-", with: "\u{2212}")
    }

    /// A gain or an advantage: always with its sign.
    static func signed(_ value: Double, decimals: Int) -> String {
        let text = String(format: "%+.\(decimals)f", value).replacingOccurrences(of: "-", with: "\u{2212}")
        return text.contains(where: { "123456789".contains($0) }) ? text : String(text.dropFirst())
    }

    /// A share as per cent.
    static func percent(_ share: Double) -> String { String(format: "%.1f\u{202F}%%", 100 * share) }

    private static func grouped(_ value: Int) -> String {
        let digits = String(abs(value))
        var out = ""
        for (i, digit) in digits.enumerated() {
            if i > 0, (digits.count - i) % 3 == 0 { out += "\u{202F}" }
            out.append(digit)
        }
        return (value < 0 ? "-" : "") + out
    }

    /// A coordinate with one decimal, kept within a million: what lies beyond a chart needs no exact place.
    static func coordinate(_ value: Double) -> String {
        guard !value.isNaN else { return "0" }
        let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
