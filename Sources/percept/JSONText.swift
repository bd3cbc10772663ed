import Foundation

/// JSON as commands print it.
enum JSONText {
    /// One line; keys in the order of the alphabet.
    static func encode(_ value: some Encodable, isIndented: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Text for a terminal: of control characters only line ends and tabs stay, so that what a model wrote can't move the cursor.
    static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\t" ? scalar : "\u{FFFD}"
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Text as a JSON string: what a model wrote can't move the terminal's cursor.
    static func quoted(_ text: String) -> String { (try? encode(text)) ?? "\"\"" }
}
