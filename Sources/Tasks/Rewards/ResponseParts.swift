/// The parts of a response: what it thinks, what it answers, and the answer that counts.
///
/// Tags are looked for in the whole text, newlines included. A response without closing tags (one that was cut) has no such part.
package struct ResponseParts: Hashable, Sendable {
    /// The text between the first `<think>` and the first `</think>` after it.
    package let think: String?
    /// The text of the last `<answer>…</answer>`.
    package let answer: String?
    /// The content of the last `\boxed{…}` inside the answer, braces balanced, trimmed of white space; nil if there is none or it never closes.
    package let finalAnswer: String?

    /// - Complexity: O(bytes).
    package init(_ response: String) {
        let text = Array(response.utf8)
        think = text.firstRange(of: Array("<think>".utf8)).flatMap { open in
            text.firstRange(of: Array("</think>".utf8), from: open.upperBound).map { open.upperBound..<$0.lowerBound }
        }.map { String(decoding: text[$0], as: UTF8.self) }
        let answerRange = text.lastRange(of: Array("</answer>".utf8), upTo: text.count).flatMap { close in
            text.lastRange(of: Array("<answer>".utf8), upTo: close.lowerBound).map { $0.upperBound..<close.lowerBound }
        }
        answer = answerRange.map { String(decoding: text[$0], as: UTF8.self) }
        finalAnswer = answerRange.flatMap { BoxedAnswer.last(in: Array(text[$0])) }
    }
}
