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
        finalAnswer = answerRange.flatMap { Self.lastBox(Array(text[$0])) }
    }

    /// The content of the last `\boxed{…}`. A backslash takes the next byte with it, so `\{` and `\}` are no braces.
    private static func lastBox(_ text: [UInt8]) -> String? {
        guard let box = text.lastRange(of: Array("\\boxed{".utf8), upTo: text.count) else { return nil }
        var depth = 1
        var index = box.upperBound
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth == 0 {
                let content = text[box.upperBound..<index]
                let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
                let trimmed = content.drop(while: isSpace)
                let last = trimmed.lastIndex { !isSpace($0) }
                return last.map { String(decoding: trimmed[...$0], as: UTF8.self) } ?? ""
            }
            index += 1
        }
        return nil
    }
}
