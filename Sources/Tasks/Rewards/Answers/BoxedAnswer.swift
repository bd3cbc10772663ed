/// The content of the last `\boxed{…}` of a text: where models are asked to put their final answer.
enum BoxedAnswer {
    private static let opening = Array("\\boxed{".utf8)
    /// Other boxes that models draw where nothing prescribes one.
    private static let otherOpenings = ["\\boxed {", "\\fbox{", "\\fbox {", "\\framebox{"].map { Array($0.utf8) }
    private static let beginOfBox = Array("<|begin_of_box|>".utf8)
    private static let endOfBox = Array("<|end_of_box|>".utf8)

    /// The content of the last `\boxed{…}`, braces balanced, trimmed of white space; nil if there is none or it never closes.
    ///
    /// A backslash takes the next byte with it, so `\{` and `\}` are no braces.
    ///
    /// - Complexity: O(bytes).
    static func last(in text: [UInt8]) -> String? {
        text.lastRange(of: opening, upTo: text.count).flatMap { content(of: text, from: $0.upperBound) }
    }

    /// The last box of any kind that closes and isn't empty: text that was cut inside its last box still has the one before.
    ///
    /// - Complexity: O(bytes) a box, for at most 16 boxes.
    static func lastClosed(in text: [UInt8]) -> String? {
        var end = text.count
        for _ in 0..<16 {
            let openings = [opening] + otherOpenings
            let boxes = (openings + [beginOfBox]).compactMap { text.lastRange(of: $0, upTo: end) }
            guard let box = boxes.max(by: { $0.lowerBound < $1.lowerBound }) else { return nil }
            let isTagged = text[box].elementsEqual(beginOfBox)
            let content = isTagged ? tagged(text, from: box.upperBound) : content(of: text, from: box.upperBound)
            if let content, !content.isEmpty { return content }
            end = box.lowerBound
        }
        return nil
    }

    private static func tagged(_ text: [UInt8], from start: Int) -> String? {
        text.firstRange(of: endOfBox, from: start).map {
            String(decoding: text[start..<$0.lowerBound].trimmed(of: \.isWhiteSpace), as: UTF8.self)
        }
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
