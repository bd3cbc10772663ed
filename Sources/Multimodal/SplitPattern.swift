import JSON

/// Finds the places where a text is cut: a regular expression, or our own scanner where the pattern is one that it knows.
struct SplitPattern: Sendable {
    private enum Engine: Sendable {
        case scanner(WordScanner)
        case expression(RegularExpression)
    }

    private let engine: Engine

    /// - Throws: ``MultimodalError`` (`unsupported`) naming a pattern that isn't understood.
    init(_ pattern: String) throws(MultimodalError) {
        if let scanner = WordScanner(pattern) {
            engine = .scanner(scanner)
        } else {
            engine = .expression(try RegularExpression(pattern))
        }
    }

    /// Matches `literal` alone.
    init(literal: String) throws(MultimodalError) {
        engine = .expression(try RegularExpression(RegularExpression.escaped(literal)))
    }

    /// Reads a `pattern` member: `{"Regex": …}` or `{"String": …}`; `owner` stands in errors.
    init(_ json: JSONValue?, owner: String) throws(MultimodalError) {
        if let expression = json?["Regex"]?.string {
            try self.init(expression)
        } else if let literal = json?["String"]?.string {
            try self.init(literal: literal)
        } else {
            throw MultimodalError(.malformed, "\(owner).pattern must be {\"Regex\": …} or {\"String\": …}")
        }
    }

    /// Calls `body` with each match in `text` (UTF-8) from the left.
    ///
    /// Nothing outside of `text` is seen, not even by look-around.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        switch engine {
        case .scanner(let scanner): scanner.forEachWord(in: text, body)
        case .expression(let expression): expression.forEachMatch(in: text, body)
        }
    }
}
