extension JSONValue {
    /// The value as JSON text, indented by two spaces a level, members in their order: the layout of Hugging Face's files.
    func serialized() -> String {
        var output = ""
        write(to: &output, indentation: "\n")
        return output
    }

    private func write(to output: inout String, indentation: String) {
        switch self {
        case .null: output += "null"
        case .bool(let bool): output += bool ? "true" : "false"
        case .number(let number): output += Int(exactly: number).map(String.init) ?? String(number)
        case .string(let string): Self.writeQuoted(string, to: &output)
        case .array(let elements):
            Self.writeList("[", "]", elements, to: &output, indentation: indentation) { element, output, indentation in
                element.write(to: &output, indentation: indentation)
            }
        case .object(let members):
            Self.writeList("{", "}", members, to: &output, indentation: indentation) { member, output, indentation in
                Self.writeQuoted(member.key, to: &output)
                output += ": "
                member.value.write(to: &output, indentation: indentation)
            }
        }
    }

    private static func writeList<Item>(
        _ open: String, _ close: String, _ items: [Item], to output: inout String, indentation: String,
        _ write: (Item, inout String, String) -> Void
    ) {
        output += open
        for (index, item) in items.enumerated() {
            output += index == 0 ? "" : ","
            output += indentation + "  "
            write(item, &output, indentation + "  ")
        }
        output += items.isEmpty ? close : indentation + close
    }

    private static func writeQuoted(_ string: String, to output: inout String) {
        output += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByArrayLiteral, ExpressibleByNilLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .bool(value) }
    init(integerLiteral value: Int) { self = .number(Double(value)) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(nilLiteral: ()) { self = .null }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}
