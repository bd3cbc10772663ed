extension JSONValue {
    /// The text on one line, without spaces. Numbers are the shortest that read back as the same bits, whole ones without a point;
    /// a number that is not finite becomes null.
    package var text: String {
        var output = ""
        write(to: &output, layout: .line)
        return output
    }

    /// The text indented by two spaces a level: the layout of Hugging Face's files.
    package func serialized() -> String {
        var output = ""
        write(to: &output, layout: .indented("\n"))
        return output
    }

    /// `string` as a JSON string, quotes included. Nothing in it can end a line or move a cursor.
    package static func quoted(_ string: String) -> String {
        var output = ""
        writeQuoted(string, to: &output)
        return output
    }

    /// What stands between elements.
    private enum Layout {
        case line
        /// A line end and the indentation of the enclosing level.
        case indented(String)

        var inner: Layout {
            switch self {
            case .line: .line
            case .indented(let indentation): .indented(indentation + "  ")
            }
        }

        var separator: String {
            switch self {
            case .line: ""
            case .indented(let indentation): indentation
            }
        }

        var colon: String {
            switch self {
            case .line: ":"
            case .indented: ": "
            }
        }
    }

    private func write(to output: inout String, layout: Layout) {
        switch self {
        case .null: output += "null"
        case .bool(let bool): output += bool ? "true" : "false"
        case .number(let number): output += Self.text(of: number)
        case .string(let string): Self.writeQuoted(string, to: &output)
        case .array(let elements):
            Self.writeList("[", "]", elements, to: &output, layout) { element, output in element.write(to: &output, layout: layout.inner) }
        case .object(let members):
            Self.writeList("{", "}", members, to: &output, layout) { member, output in
                Self.writeQuoted(member.key, to: &output)
                output += layout.colon
                member.value.write(to: &output, layout: layout.inner)
            }
        }
    }

    private static func writeList<Item>(
        _ open: String, _ close: String, _ items: [Item], to output: inout String, _ layout: Layout, _ write: (Item, inout String) -> Void
    ) {
        output += open
        for (index, item) in items.enumerated() {
            output += index == 0 ? "" : ","
            output += layout.inner.separator
            write(item, &output)
        }
        output += items.isEmpty ? close : layout.separator + close
    }

    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        // Beyond 2^53 neighbouring integers share a Double; minus zero has no whole form.
        if value == value.rounded(.towardZero), abs(value) < 0x1p53, !(value == 0 && value.sign == .minus) {
            return String(Int64(value))
        }
        return value.description
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
            case "\u{0}"..<" ", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements.map { Member($0.0, $0.1) }) }
}
