/// The content of the last `\boxed{…}` of a text: where models are asked to put their final answer.
enum BoxedAnswer {
    private static let opening = Array("\\boxed{".utf8)

    /// The content of the last `\boxed{…}`, braces balanced, trimmed of white space; nil if there is none or it never closes.
    ///
    /// A backslash takes the next byte with it, so `\{` and `\}` are no braces.
    ///
    /// - Complexity: O(bytes).
    static func last(in text: [UInt8]) -> String? {
        text.lastRange(of: opening, upTo: text.count).flatMap { content(of: text, from: $0.upperBound) }
    }

    /// The last box that closes and isn't empty: text that was cut inside its last box still has the one before.
    ///
    /// - Complexity: O(bytes) a box, for at most 16 boxes.
    static func lastClosed(in text: [UInt8]) -> String? {
        var end = text.count
        for _ in 0..<16 {
            guard let box = text.lastRange(of: opening, upTo: end) else { return nil }
            if let content = content(of: text, from: box.upperBound), !content.isEmpty { return content }
            end = box.lowerBound
        }
        return nil
    }

    private static func content(of text: [UInt8], from start: Int) -> String? {
        var depth = 1
        var index = start
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth == 0 { return String(decoding: text[start..<index].trimmed(of: \.isWhiteSpace), as: UTF8.self) }
            index += 1
        }
        return nil
    }
}
