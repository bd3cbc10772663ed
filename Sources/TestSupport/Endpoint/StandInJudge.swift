import Foundation

/// What a judge's request asks, read back from its last message as any server might: the response in its fence, annotations in numbered tags.
package struct StandInJudgeQuestion: Sendable {
    package let response: String
    package let annotations: [String]

    /// Nil if the request is not a judge's.
    package init?(_ request: StandInRequest) {
        guard let text = request.messages.last(where: { $0.role == "user" })?.text,
            let opening = text.range(of: "<response>\n"), let closing = text.range(of: "\n</response>\n")
        else { return nil }
        response = Self.unescaped(String(text[opening.upperBound..<closing.lowerBound]))
        annotations = text[closing.upperBound...].matches(of: #/<info(\d+)>(.*)</info(\d+)>/#).map { Self.unescaped(String($0.2)) }
    }

    private static func unescaped(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    }

    /// The answer of a judge that thinks so.
    package func answer(_ isReflected: (_ annotation: String, _ response: String) -> Bool) -> String {
        annotations.enumerated().map { index, annotation in
            "<info\(index + 1)>\(isReflected(annotation, response) ? 1 : 0)</info\(index + 1)>"
        }.joined(separator: "\n")
    }
}
