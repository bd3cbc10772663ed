import JSON

/// Cuts a text into the words that are encoded one by one: the `pre_tokenizer` of `tokenizer.json`.
struct PreTokenizer: Sendable {
    private enum Step: Sendable {
        /// Cuts at the matches; what lies between them is kept if `keepsGaps`.
        case split(SplitPattern, keepsGaps: Bool)
        /// Puts a space before each piece that doesn't begin with one.
        case prefixSpace
    }

    private var steps: [Step] = []

    /// The words of GPT-2, which ByteLevel finds itself unless `use_regex` is false.
    static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// Understands Sequence, Split (Isolated; Removed if inverted), Digits and, as the last, ByteLevel.
    ///
    /// - Throws: ``MultimodalError`` (`unsupported`) naming anything else.
    init(_ json: JSONValue) throws(MultimodalError) {
        var isByteLevel = false
        for json in try Self.flattened(json) {
            let type = json["type"]?.string ?? "null"
            guard !isByteLevel else { throw MultimodalError(.unsupported, "pre_tokenizer: \(type) after ByteLevel is not supported") }
            switch type {
            case "Split": try steps.append(Self.split(json))
            case "Digits":
                steps.append(.split(try SplitPattern(json["individual_digits"] == .bool(true) ? #"\p{N}"# : #"\p{N}+"#), keepsGaps: true))
            case "ByteLevel":
                if json["add_prefix_space"]?.bool ?? true { steps.append(.prefixSpace) }
                if json["use_regex"]?.bool ?? true { steps.append(.split(try SplitPattern(Self.gpt2Pattern), keepsGaps: true)) }
                isByteLevel = true
            default: throw MultimodalError(.unsupported, "the pre_tokenizer \(type) is not supported: only Split, Digits and ByteLevel are")
            }
        }
        guard isByteLevel else {
            throw MultimodalError(.unsupported, "the pre_tokenizer must end with ByteLevel: only byte-level BPE is supported")
        }
    }

    /// Calls `body` with each word of `text` from left to right. The buffers live as long as the call.
    func forEachWord(in text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        apply(0, text, body)
    }

    private func apply(_ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard !text.isEmpty else { return }
        guard index < steps.count else { return body(text) }
        switch steps[index] {
        case .prefixSpace:
            if text[0] == 0x20 { return apply(index + 1, text, body) }
            ([0x20] + Array(text)).withUnsafeBufferPointer { apply(index + 1, $0, body) }
        case .split(let pattern, let keepsGaps):
            var end = 0
            pattern.forEachMatch(in: text, 0..<text.count) { match in
                if keepsGaps, end < match.lowerBound { apply(index + 1, UnsafeBufferPointer(rebasing: text[end..<match.lowerBound]), body) }
                apply(index + 1, UnsafeBufferPointer(rebasing: text[match]), body)
                end = match.upperBound
            }
            if keepsGaps, end < text.count { apply(index + 1, UnsafeBufferPointer(rebasing: text[end...]), body) }
        }
    }

    private static func flattened(_ json: JSONValue) throws(MultimodalError) -> [JSONValue] {
        guard json["type"]?.string == "Sequence" else { return [json] }
        guard let parts = json["pretokenizers"]?.elements else {
            throw MultimodalError(.malformed, "pre_tokenizer: a Sequence without pretokenizers")
        }
        var all: [JSONValue] = []
        for part in parts { all += try flattened(part) }
        return all
    }

    private static func split(_ json: JSONValue) throws(MultimodalError) -> Step {
        let pattern: SplitPattern
        if let expression = json["pattern"]?["Regex"]?.string {
            pattern = try SplitPattern(expression)
        } else if let literal = json["pattern"]?["String"]?.string {
            pattern = try SplitPattern(SplitPattern.escaped(literal))
        } else {
            throw MultimodalError(.malformed, "pre_tokenizer: a Split without a pattern")
        }
        let behavior = json["behavior"]?.string ?? "null"
        let isInverted = json["invert"]?.bool ?? false
        switch (behavior, isInverted) {
        case ("Isolated", _): return .split(pattern, keepsGaps: true)
        case ("Removed", true): return .split(pattern, keepsGaps: false)
        default:
            throw MultimodalError(.unsupported, "pre_tokenizer: a Split with behavior \(behavior), invert \(isInverted) is not supported")
        }
    }
}
