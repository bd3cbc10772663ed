import Foundation

/// What counts of a model's answer, without what chat models put around what they were asked for.
///
/// Passed over: a thought (all up to the last `</think>`), texts that end a turn in some chat format, a code fence around the whole, a leading
/// "Answer:", and white space. What is left is read as strictly as its reader likes: nothing is looked for inside it.
package enum AnswerText {
    /// Why an answer says nothing.
    package enum Fault: Error, Hashable, Sendable {
        /// A `<think>` stands behind the last `</think>`: the model was still thinking.
        case unclosedThought
    }

    /// The part of `text` that counts; may be empty.
    ///
    /// - Throws: ``Fault``.
    /// - Complexity: O(bytes).
    package static func core(of text: String) throws(Fault) -> Substring {
        var rest = text[...]
        if let end = rest.range(of: "</think>", options: [.backwards, .literal]) { rest = rest[end.upperBound...] }
        guard rest.range(of: "<think>", options: .literal) == nil else { throw .unclosedThought }
        rest = trimmed(rest)
        for _ in 0..<turnEndLimit {
            guard let marker = turnEnds.first(where: { rest.hasSuffix($0) }) else { break }
            rest = trimmed(rest.dropLast(marker.count))
        }
        // In either order, each once.
        for _ in 0..<2 { rest = trimmed(withoutLabel(withoutFence(rest))) }
        return rest
    }

    /// What chat formats end a turn with, as servers that don't know a model's end token let through.
    private static let turnEnds = [
        "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|end|>", "<|return|>", "<|endofturn|>", "<|eot|>",
        "<end_of_turn>", "<eos>", "</s>", "[/INST]", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>",
    ]

    private static let turnEndLimit = 8

    private static func trimmed(_ text: Substring) -> Substring {
        func isSpace(_ character: Character) -> Bool { character.isWhitespace || character == "\u{FEFF}" }
        let start = text.drop(while: isSpace)
        guard let last = start.lastIndex(where: { !isSpace($0) }) else { return start.prefix(0) }
        return start[...last]
    }

    private static func withoutLabel(_ text: Substring) -> Substring {
        let label = "answer:"
        return text.prefix(label.count).lowercased() == label ? trimmed(text.dropFirst(label.count)) : text
    }

    /// The inside of a fence of three or more backticks or tildes, the name of a language behind its beginning left out.
    private static func withoutFence(_ text: Substring) -> Substring {
        guard let sign = text.first, sign == "`" || sign == "~" else { return text }
        let fence = text.prefix { $0 == sign }
        guard fence.count >= 3, text.hasSuffix(fence), text.count >= 2 * fence.count else { return text }
        let inside = text.dropFirst(fence.count).dropLast(fence.count)
        let named = inside.drop { $0.isASCII && ($0.isLetter || $0.isNumber || "_+-".contains($0)) }
        return named.first.map(\.isNewline) == true ? named : inside
    }
}
