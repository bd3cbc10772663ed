import JSON

/// Cuts a text into the words that are encoded one by one: the `pre_tokenizer` of `tokenizer.json`.
struct PreTokenizer: Sendable {
    private enum Step: Sendable {
        case split(SplitPattern, SplitBehavior, isInverted: Bool)
        /// Puts a space before each piece that doesn't begin with one.
        case prefixSpace
        /// Writes the bytes in the byte alphabet, for steps that follow ByteLevel and see the text so.
        case write
    }

    private let steps: [Step]
    /// Whether the pieces come out in the byte alphabet.
    private let isWritten: Bool

    /// Whether a space is put before pieces that don't begin with one.
    var addsPrefixSpace: Bool {
        steps.contains { step in
            if case .prefixSpace = step { true } else { false }
        }
    }

    /// Understands Split, Digits, Punctuation, WhitespaceSplit, Sequence and ByteLevel, which must occur once.
    ///
    /// - Throws: ``MultimodalError`` naming anything else.
    init(_ json: JSONValue) throws(MultimodalError) {
        var steps: [Step] = []
        var byteLevelCount = 0
        let parts = try Self.flattened(json)
        for (index, part) in parts.enumerated() {
            steps += try Self.steps(part)
            guard part["type"] == "ByteLevel" else { continue }
            byteLevelCount += 1
            if index < parts.count - 1 { steps.append(.write) }
        }
        guard byteLevelCount == 1 else {
            throw MultimodalError(
                .unsupported, "the pre_tokenizer has ByteLevel \(byteLevelCount) times, not once: only byte-level BPE is supported")
        }
        self.steps = steps
        isWritten = parts.last?["type"] != "ByteLevel"
    }

    private static func steps(_ json: JSONValue) throws(MultimodalError) -> [Step] {
        func isolated(_ pattern: String) throws(MultimodalError) -> Step {
            .split(try SplitPattern(pattern), .isolated, isInverted: false)
        }
        func behavior(default: SplitBehavior?) throws(MultimodalError) -> SplitBehavior {
            guard let name = json["behavior"]?.string ?? `default`?.rawValue, let behavior = SplitBehavior(rawValue: name) else {
                throw MultimodalError(
                    .unsupported, "pre_tokenizer: the behavior \(json["behavior"]?.string ?? "null") of a Split is not supported")
            }
            return behavior
        }
        let type = json["type"]?.string ?? "without a type"
        switch type {
        case "Split":
            return [
                .split(
                    try SplitPattern(json["pattern"], owner: "pre_tokenizer"), try behavior(default: nil),
                    isInverted: json["invert"]?.bool ?? false)
            ]
        case "Digits": return [try isolated(json["individual_digits"] == .bool(true) ? #"\p{N}"# : #"\p{N}+"#)]
        case "Punctuation":
            return [
                .split(
                    try SplitPattern(#"[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e\p{P}]"#), try behavior(default: .isolated), isInverted: false)
            ]
        case "WhitespaceSplit": return [.split(try SplitPattern(#"\s"#), .removed, isInverted: false)]
        case "ByteLevel":
            return ((json["add_prefix_space"]?.bool ?? true) ? [.prefixSpace] : [])
                + ((json["use_regex"]?.bool ?? true) ? [try isolated(WordScanner.gpt2Pattern)] : [])
        default:
            throw MultimodalError(
                .unsupported,
                "the pre_tokenizer \(type) is not supported: only Split, Digits, Punctuation, WhitespaceSplit, ByteLevel and Sequence are")
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

    /// Calls `body` with each word of `text` from left to right. The buffers live as long as the call.
    func forEachWord(in text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        apply(0, text, body)
    }

    private func apply(_ index: Int, _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard !text.isEmpty else { return }
        guard index < steps.count else {
            guard isWritten else { return body(text) }
            var bytes: [UInt8] = []
            if ByteAlphabet.decode(text, appendingTo: &bytes) { bytes.withUnsafeBufferPointer(body) }
            return
        }
        switch steps[index] {
        case .prefixSpace:
            if text[0] == 0x20 { return apply(index + 1, text, body) }
            ([0x20] + Array(text)).withUnsafeBufferPointer { apply(index + 1, $0, body) }
        case .write:
            var written = ByteAlphabet.encode(text)
            written.withUTF8 { apply(index + 1, $0, body) }
        case .split(let pattern, let behavior, let isInverted):
            behavior.forEachPiece(of: text, at: pattern, isInverted: isInverted) {
                apply(index + 1, UnsafeBufferPointer(rebasing: text[$0]), body)
            }
        }
    }
}
