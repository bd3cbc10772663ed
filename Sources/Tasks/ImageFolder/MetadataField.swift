package import JSON

/// A JSON value as far as data sets of texts, numbers and lists of texts can use it.
package enum MetadataField: Sendable {
    case null
    case text(String)
    /// As it is written: an answer keeps its digits.
    case number(String)
    case texts([String])
    case flag(Bool)
    /// What else it is.
    case other(String)

    /// The values of some keys of a JSON object. Other keys are passed over, but no key may come twice.
    ///
    /// - Throws: `JSONError` that says what is wrong where.
    package static func fields(of json: [UInt8], keys: Set<String>) throws(JSONError) -> [String: MetadataField] {
        var fields: [String: MetadataField] = [:]
        var reader = JSONReader(json, name: "the line", rules: .strict)
        do {
            try reader.readObject { key, reader in
                if keys.contains(key) { fields[key] = try MetadataField(&reader) } else { try reader.skipValue() }
            }
            try reader.readEnd()
        } catch let error as JSONError {
            throw error
        } catch {
            throw reader.failure("\(error)")
        }
        return fields
    }

    private init(_ reader: inout JSONReader) throws {
        switch reader.peek() {
        case UInt8(ascii: "\""): self = .text(try reader.readString())
        case UInt8(ascii: "["):
            var (texts, areTexts) = ([String](), true)
            try reader.readArray { reader in
                if reader.peek() == UInt8(ascii: "\"") {
                    texts.append(try reader.readString())
                } else {
                    areTexts = false
                    try reader.skipValue()
                }
            }
            self = areTexts ? .texts(texts) : .other("a list with other values than texts")
        case UInt8(ascii: "{"):
            try reader.skipValue()
            self = .other("an object")
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .flag(try reader.readBool())
        case UInt8(ascii: "n"):
            try reader.readNull()
            self = .null
        default: self = .number(try reader.readNumberText())
        }
    }

    /// What it is, for people.
    package var kind: String {
        switch self {
        case .null: "null"
        case .text(let text): text.isEmpty ? "an empty text" : text.allSatisfy(\.isWhitespace) ? "a blank text" : "a text"
        case .number: "a number"
        case .texts: "a list of texts"
        case .flag(let flag): flag ? "true" : "false"
        case .other(let kind): kind
        }
    }

    /// The text, if it is one or a number as it is written.
    package var text: String? {
        switch self {
        case .text(let text), .number(let text): text
        default: nil
        }
    }

    /// The texts of a list, or the one ``text``.
    package var texts: [String]? { if case .texts(let texts) = self { texts } else { text.map { [$0] } } }
}
