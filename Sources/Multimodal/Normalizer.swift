import JSON

/// The `normalizer` of `tokenizer.json`: what happens to a text before its words are looked for.
struct Normalizer: Sendable {
    private enum Step: Sendable {
        case form(NormalForm)
        case lowercase
        /// Puts a text before every section that isn't empty.
        case prepend(String)
        case replace(SplitPattern, with: String)
        /// Removes white space.
        case strip(left: Bool, right: Bool)
    }

    private let steps: [Step]

    /// Understands NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace, Strip and Sequence.
    ///
    /// - Throws: ``MultimodalError`` naming anything else.
    init(_ json: JSONValue) throws(MultimodalError) {
        steps = json == .null ? [] : try Self.steps(json)
        guard steps.count <= Self.stepLimit else {
            throw MultimodalError(.tooLarge, "normalizer: \(steps.count) steps, at most \(Self.stepLimit) are expected")
        }
        // A chain of replacements multiplies: each text of this file's would grow by the product.
        var growth = 1
        for case .replace(_, let content) in steps {
            growth *= max(1, content.utf8.count)
            guard growth <= Self.growthLimit else {
                throw MultimodalError(.tooLarge, "normalizer: its Replace steps make a text more than \(Self.growthLimit) times as long")
            }
        }
        for case .prepend(let prefix) in steps where prefix.utf8.count > Self.growthLimit {
            throw MultimodalError(.tooLarge, "normalizer: a Prepend of more than \(Self.growthLimit) bytes")
        }
    }

    /// Steps of one file at most, and how many times as long as it was they may make a text: tokenizers have three, and a factor of three.
    private static let stepLimit = 32
    private static let growthLimit = 64

    private static func steps(_ json: JSONValue) throws(MultimodalError) -> [Step] {
        let type = json["type"]?.string ?? "without a type"
        switch type {
        case "Sequence":
            guard let parts = json["normalizers"]?.elements else {
                throw MultimodalError(.malformed, "normalizer: a Sequence without normalizers")
            }
            var all: [Step] = []
            for part in parts { all += try steps(part) }
            return all
        case "Lowercase": return [.lowercase]
        case "Prepend":
            guard let text = json["prepend"]?.string else { throw MultimodalError(.malformed, "normalizer: a Prepend without prepend") }
            return [.prepend(text)]
        case "Replace":
            guard let content = json["content"]?.string else { throw MultimodalError(.malformed, "normalizer: a Replace without content") }
            return [.replace(try SplitPattern(json["pattern"], owner: "normalizer"), with: content)]
        case "Strip": return [.strip(left: json["strip_left"]?.bool ?? true, right: json["strip_right"]?.bool ?? true)]
        default:
            guard let form = NormalForm(rawValue: type) else {
                throw MultimodalError(
                    .unsupported,
                    "the normalizer \(type) is not supported: only NFC, NFD, NFKC, NFKD, Lowercase, Prepend, Replace, Strip and Sequence are"
                )
            }
            return [.form(form)]
        }
    }

    /// `text` normalised.
    func callAsFunction(_ text: String) -> String { steps.reduce(text) { Self.apply($1, to: $0) } }

    /// Calls `body` with `text` (UTF-8) normalised; the buffer lives as long as the call.
    func withNormalized(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let isDone = steps.allSatisfy { step in
            guard case .form(let form) = step else { return false }
            return form.isPlainly(text)
        }
        guard !isDone else { return body(text) }
        var normalized = self(String(decoding: text, as: UTF8.self))
        normalized.withUTF8(body)
    }

    private static func apply(_ step: Step, to text: String) -> String {
        switch step {
        case .form(let form): return form.of(text)
        case .lowercase: return text.unicodeScalars.map(\.properties.lowercaseMapping).joined()
        case .prepend(let prefix): return text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content):
            var text = text
            return text.withUTF8 { bytes in
                var output: [UInt8] = []
                var end = 0
                pattern.forEachMatch(in: bytes) { match in
                    output += bytes[end..<match.lowerBound]
                    output += content.utf8
                    end = match.upperBound
                }
                return String(decoding: output + bytes[end...], as: UTF8.self)
            }
        case .strip(let left, let right):
            var rest = text.unicodeScalars[...]
            if left { rest = rest.drop(while: \.properties.isWhitespace) }
            while right, let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
            return String(rest)
        }
    }
}
