import JSON

/// A token that is cut out of the text before anything else, by its literal content.
struct AddedToken: Sendable {
    let id: Int32
    let content: String
    /// Whether decoding may leave it out.
    let isSpecial: Bool
    /// Whether it is looked for in the normalised text rather than in the raw one.
    let isNormalized: Bool

    /// Reads one element of `added_tokens`.
    init(_ reader: inout JSONReader) throws {
        let json = try JSONValue(&reader)
        guard let id = json["id"]?.integer, (0..<1 << 22).contains(id), let content = json["content"]?.string, !content.isEmpty else {
            throw reader.failure("an added token needs an id in 0..<\(1 << 22) and a content")
        }
        for key in ["single_word", "lstrip", "rstrip"] where json[key] == .bool(true) {
            throw reader.failure("the added token \(content) has \(key): true, which is not supported", .unsupported)
        }
        self.id = Int32(id)
        self.content = content
        isSpecial = json["special"]?.bool ?? false
        isNormalized = json["normalized"]?.bool ?? !isSpecial
    }
}

/// Finds added tokens in a text: the leftmost, of several at one place the longest.
struct AddedTokenMatcher: Sendable {
    private struct Candidate: Sendable {
        let bytes: [UInt8]
        let id: Int32
    }

    enum Part {
        case text(Range<Int>)
        case token(Int32)
    }

    /// Candidates by first byte, the longest first.
    private var candidates = [[Candidate]](repeating: [], count: 256)
    private(set) var isEmpty = true

    init(_ tokens: [(content: String, id: Int32)]) {
        for token in tokens {
            let bytes = Array(token.content.utf8)
            guard let first = bytes.first else { continue }
            candidates[Int(first)].append(Candidate(bytes: bytes, id: token.id))
            isEmpty = false
        }
        for first in candidates.indices { candidates[first].sort { $0.bytes.count > $1.bytes.count } }
    }

    /// Calls `body` with the parts of `text` from left to right; empty text parts are left out.
    func forEachPart(of text: UnsafeBufferPointer<UInt8>, _ body: (Part) -> Void) {
        var start = 0
        var position = isEmpty ? text.count : 0
        while position < text.count {
            let found = candidates[Int(text[position])].first { candidate in
                candidate.bytes.count <= text.count - position
                    && candidate.bytes.indices.allSatisfy { candidate.bytes[$0] == text[position + $0] }
            }
            guard let found else {
                position += 1
                continue
            }
            if start < position { body(.text(start..<position)) }
            body(.token(found.id))
            position += found.bytes.count
            start = position
        }
        if start < text.count { body(.text(start..<text.count)) }
    }
}
