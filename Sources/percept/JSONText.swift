import Foundation
import Telemetry

/// JSON as commands print it.
enum JSONText {
    /// One line; keys in the order of the alphabet. Nothing in it moves a terminal's cursor.
    static func encode(_ value: some Encodable, isIndented: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
        return VisibleText.json(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Text as a JSON string: what a model wrote can't move the terminal's cursor.
    static func quoted(_ text: String) -> String { (try? encode(text)) ?? "\"\"" }
}
