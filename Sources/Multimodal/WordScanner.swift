/// Finds the words of the split patterns that most models share, without a regular expression engine.
///
/// Two families: GPT-2's words, and those of cl100k, Llama 3 and Qwen. Which character is a letter, a number or white space is PCRE2's
/// knowledge (``CharacterClass``), so that both ways give the same words.
struct WordScanner: Sendable {
    private enum Family: Equatable {
        /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
        case gpt2
        /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,k}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
        case cl100k(digitLimit: Int)
    }

    private let family: Family

    /// GPT-2's words, which ByteLevel finds itself unless `use_regex` is false.
    static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    private static let llama3Pattern = QwenFormat.splitPattern.replacing(#"|\p{N}|"#, with: #"|\p{N}{1,3}|"#)

    /// Nil if `pattern` isn't spelt as one of the known ones.
    init?(_ pattern: String) {
        switch pattern {
        case Self.gpt2Pattern: family = .gpt2
        case QwenFormat.splitPattern: family = .cl100k(digitLimit: 1)
        case Self.llama3Pattern: family = .cl100k(digitLimit: 3)
        default: return nil
        }
    }

    /// Calls `body` with each word of `text` (UTF-8) from left to right. Words follow each other without gaps.
    func forEachWord(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        CharacterClass.table.withUnsafeBufferPointer { classes in
            let cursor = Cursor(text: text, classes: classes)
            var start = 0
            while start < text.count {
                let end =
                    switch family {
                    case .gpt2: cursor.gpt2End(from: start)
                    case .cl100k(let digitLimit): cursor.cl100kEnd(from: start, digitLimit: digitLimit)
                    }
                body(start..<end)
                start = end
            }
        }
    }
}

/// A text with the classes of its characters.
private struct Cursor {
    let text: UnsafeBufferPointer<UInt8>
    let classes: UnsafeBufferPointer<UInt8>

    /// The class of the character at `index` and where the next one begins.
    @inline(__always)
    private func character(at index: Int) -> (kind: UInt8, end: Int) {
        let lead = Int(text[index])
        if lead < 0x80 { return (classes[lead], index + 1) }
        func tail(_ offset: Int) -> Int { Int(text[index + offset]) & 0x3F }
        if lead < 0xE0 { return (classes[(lead & 0x1F) << 6 | tail(1)], index + 2) }
        if lead < 0xF0 { return (classes[(lead & 0x0F) << 12 | tail(1) << 6 | tail(2)], index + 3) }
        let scalar = (lead & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
        return (scalar < classes.count ? classes[scalar] : CharacterClass.other, index + 4)
    }

    /// The class of the character at `index`; nil at the end.
    @inline(__always)
    private func kind(at index: Int) -> UInt8? { index < text.count ? character(at: index).kind : nil }

    /// The end of the run of characters of a class that begins at `index`; at most `limit` of them.
    @inline(__always)
    private func run(of kind: UInt8, from index: Int, limit: Int = .max) -> Int {
        var end = index
        var left = limit
        while end < text.count, left > 0 {
            let next = character(at: end)
            guard next.kind == kind else { break }
            end = next.end
            left -= 1
        }
        return end
    }

    func gpt2End(from start: Int) -> Int {
        let first = character(at: start)
        if first.kind == CharacterClass.space {
            guard text[start] == 0x20, let next = kind(at: first.end), next != CharacterClass.space else { return spaceEnd(from: start) }
            return run(of: next, from: first.end)
        }
        if let end = contractionEnd(from: start, ignoresCase: false) { return end }
        return run(of: first.kind, from: first.end)
    }

    func cl100kEnd(from start: Int, digitLimit: Int) -> Int {
        let first = character(at: start)
        switch first.kind {
        case CharacterClass.letter: return run(of: CharacterClass.letter, from: first.end)
        case CharacterClass.number: return run(of: CharacterClass.number, from: start, limit: digitLimit)
        case CharacterClass.space:
            let next = kind(at: first.end)
            if next == CharacterClass.letter, !isLineEnd(text[start]) { return run(of: CharacterClass.letter, from: first.end) }
            if next == CharacterClass.other, text[start] == 0x20 { return signsEnd(from: first.end) }
            return lineEnd(from: start) ?? spaceEnd(from: start)
        default:
            if let end = contractionEnd(from: start, ignoresCase: true) { return end }
            if kind(at: first.end) == CharacterClass.letter { return run(of: CharacterClass.letter, from: first.end) }
            return signsEnd(from: start)
        }
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    /// `[^\s\p{L}\p{N}]+[\r\n]*`
    private func signsEnd(from start: Int) -> Int {
        var end = run(of: CharacterClass.other, from: start)
        while end < text.count, isLineEnd(text[end]) { end += 1 }
        return end
    }

    /// `\s*[\r\n]+`: to the last line end of the white space.
    private func lineEnd(from start: Int) -> Int? {
        let end = run(of: CharacterClass.space, from: start)
        return text[start..<end].lastIndex(where: isLineEnd).map { $0 + 1 }
    }

    /// `\s+(?!\S)|\s+`: all of the white space, but for its last character where something follows it.
    private func spaceEnd(from start: Int) -> Int {
        var last = start
        var end = start
        while end < text.count {
            let next = character(at: end)
            guard next.kind == CharacterClass.space else { return last > start ? last : end }
            last = end
            end = next.end
        }
        return end
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d`
    private func contractionEnd(from start: Int, ignoresCase: Bool) -> Int? {
        guard text[start] == 0x27, start + 1 < text.count else { return nil }
        func letter(_ offset: Int) -> UInt8 {
            guard start + offset < text.count else { return 0 }
            let byte = text[start + offset]
            return ignoresCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        switch letter(1) {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"): return letter(2) == UInt8(ascii: "e") ? start + 3 : nil
        case UInt8(ascii: "l"): return letter(2) == UInt8(ascii: "l") ? start + 3 : nil
        // The long s is an s without regard to case.
        case 0xC5 where ignoresCase && letter(2) == 0xBF: return start + 3
        default: return nil
        }
    }
}
