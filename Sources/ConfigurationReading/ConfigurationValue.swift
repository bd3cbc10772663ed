/// A resolved value without types of its own: the tree that is printed as JSON, compared on resume, and kept for keys that accept any mapping.
package indirect enum ConfigurationValue: Hashable, Codable, Sendable {
    case null
    case flag(Bool)
    case integer(Int)
    /// Always finite.
    case real(Double)
    case text(String)
    case list([ConfigurationValue])
    case mapping([String: ConfigurationValue])

    /// JSON with sorted keys, two spaces a level and a final newline. Equal values give equal bytes; numbers round-trip. It is also valid
    /// input for the strict YAML reader.
    package var json: String {
        var text = ""
        write(to: &text, indentation: 0)
        text += "\n"
        return text
    }

    private func write(to output: inout String, indentation: Int) {
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch self {
        case .null: output += "null"
        case .flag(let value): output += value ? "true" : "false"
        case .integer(let value): output += "\(value)"
        case .real(let value): output += "\(value)"
        case .text(let value): Self.writeQuoted(value, to: &output)
        case .list(let values):
            if values.isEmpty { return output += "[]" }
            for (index, value) in values.enumerated() {
                output += index == 0 ? "[\n\(inner)" : ",\n\(inner)"
                value.write(to: &output, indentation: indentation + 2)
            }
            output += "\n\(outer)]"
        case .mapping(let values):
            if values.isEmpty { return output += "{}" }
            for (index, key) in Self.sortedKeys(values).enumerated() {
                output += index == 0 ? "{\n\(inner)" : ",\n\(inner)"
                Self.writeQuoted(key, to: &output)
                output += ": "
                values[key, default: .null].write(to: &output, indentation: indentation + 2)
            }
            output += "\n\(outer)}"
        }
    }

    /// The leaves by dotted key, in the order of the JSON. Empty mappings and whole lists count as leaves.
    package var leaves: [(path: String, value: ConfigurationValue)] {
        guard case .mapping(let values) = self, !values.isEmpty else { return [("", self)] }
        return Self.sortedKeys(values).flatMap { key in
            values[key, default: .null].leaves.map { ($0.path.isEmpty ? key : "\(key).\($0.path)", $0.value) }
        }
    }

    /// Keys in the order of their UTF-8 bytes, which no locale or Unicode version changes.
    private static func sortedKeys(_ values: [String: ConfigurationValue]) -> [String] {
        values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func writeQuoted(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: output += "\\\""
            case 0x5C: output += "\\\\"
            case 0x0A: output += "\\n"
            case 0x0D: output += "\\r"
            case 0x09: output += "\\t"
            // Control characters, and what YAML folds as a line break or does not accept.
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}
