/// The form in which extractors answer: numbered tags and nothing else.
///
/// ```
/// <fact1>The top-left digit is 3.</fact1>
/// <fact2>The top-right digit is 7.</fact2>
/// ```
/// A chain of thought without visual facts is answered by `<nofacts/>`. Strict: an answer that is not wholly of this form is no answer, since a
/// text that is half understood is where made-up facts come from.
package enum FactTags {
    /// The most facts of one answer.
    package static let countLimit = 64
    /// The longest fact, in bytes.
    package static let factLimit = 400
    /// The longest answer, in bytes.
    package static let replyLimit = 1 << 16
    /// The answer that says that there are none.
    package static let none = "<nofacts/>"

    /// Why an answer can't be read; the raw value is what reports count.
    package enum Fault: String, Error, CaseIterable, Codable, Sendable, CustomStringConvertible {
        case empty, tooLong = "too_long", outsideTags = "text_outside_tags", numbering, unclosed, nested, emptyFact = "empty_fact"
        case factTooLong = "fact_too_long", tooMany = "too_many_facts", cutOff = "cut_off"

        /// What was wrong, in words that a model can act on.
        package var description: String {
            switch self {
            case .empty: "the answer was empty"
            case .tooLong: "the answer was longer than \(FactTags.replyLimit) bytes"
            case .outsideTags: "there was text outside the tags"
            case .numbering: "the tags were not numbered 1, 2, 3, …"
            case .unclosed: "a tag was not closed by its own closing tag"
            case .nested: "a fact had a tag inside"
            case .emptyFact: "a fact was empty"
            case .factTooLong: "a fact was longer than \(FactTags.factLimit) bytes"
            case .tooMany: "there were more than \(FactTags.countLimit) facts"
            case .cutOff: "the answer was cut off before its end"
            }
        }
    }

    /// The facts of an answer, in its order, each on one line, entities undone. White space between tags is free.
    ///
    /// - Throws: ``Fault``.
    /// - Complexity: O(bytes).
    package static func parse(_ reply: String) throws(Fault) -> [String] {
        guard reply.utf8.count <= replyLimit else { throw .tooLong }
        var rest = reply[...].drop(while: \.isWhitespace)
        guard !rest.isEmpty else { throw .empty }
        if rest.hasPrefix(none) {
            guard rest.dropFirst(none.count).allSatisfy(\.isWhitespace) else { throw .outsideTags }
            return []
        }
        var facts: [String] = []
        while !rest.isEmpty {
            guard facts.count < countLimit else { throw .tooMany }
            let (open, close) = ("<fact\(facts.count + 1)>", "</fact\(facts.count + 1)>")
            guard rest.hasPrefix(open) else { throw rest.hasPrefix("<fact") ? .numbering : .outsideTags }
            rest = rest.dropFirst(open.count)
            guard let end = rest.firstRange(of: close) else { throw .unclosed }
            facts.append(try fact(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...].drop(while: \.isWhitespace)
        }
        return facts
    }

    private static func fact(_ text: Substring) throws(Fault) -> String {
        guard !text.contains("<") else { throw .nested }
        guard text.utf8.count <= factLimit else { throw .factTooLong }
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !line.isEmpty else { throw .emptyFact }
        return line.replacing("&lt;", with: "<").replacing("&amp;", with: "&")
    }

    /// `facts` in this form: what ``parse(_:)`` reads back.
    package static func text(_ facts: [String]) -> String {
        guard !facts.isEmpty else { return none }
        return facts.enumerated().map { "<fact\($0.offset + 1)>\(escaped($0.element))</fact\($0.offset + 1)>" }.joined(separator: "\n")
    }

    /// `text` without any tag: `&` and `<` become entities.
    package static func escaped(_ text: String) -> String { text.replacing("&", with: "&amp;").replacing("<", with: "&lt;") }
}
