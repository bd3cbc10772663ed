import JSON

/// A token that is cut out of the text before anything else, by its literal content.
struct AddedToken: Sendable {
    let id: Int32
    let content: String
    /// Whether decoding may leave it out.
    let isSpecial: Bool
    /// Whether it is looked for in the normalised text rather than in the raw one.
    let isNormalized: Bool
    /// Whether it counts only where no word character stands beside it.
    let isSingleWord: Bool
    /// Whether it takes the white space before it along.
    let stripsLeft: Bool
    /// Whether it takes the white space after it along.
    let stripsRight: Bool

    /// Reads one element of `added_tokens`.
    init(_ reader: inout JSONReader) throws {
        let json = try JSONValue(&reader)
        guard let id = json["id"]?.integer, (0..<1 << 22).contains(id), let content = json["content"]?.string, !content.isEmpty else {
            throw reader.failure("an added token needs an id in 0..<\(1 << 22) and a content")
        }
        self.id = Int32(id)
        self.content = content
        isSpecial = json["special"]?.bool ?? false
        isNormalized = json["normalized"]?.bool ?? !isSpecial
        isSingleWord = json["single_word"]?.bool ?? false
        stripsLeft = json["lstrip"]?.bool ?? false
        stripsRight = json["rstrip"]?.bool ?? false
    }
}

/// Finds added tokens in a text: the leftmost, of several at one place the longest.
struct AddedTokenMatcher: Sendable {
    private struct Candidate: Sendable {
        let bytes: [UInt8]
        let token: AddedToken
    }

    enum Part {
        case text(Range<Int>)
        case token(Int32)
    }

    /// Candidates by first byte, the longest first.
    private var candidates = [[Candidate]](repeating: [], count: 256)
    private(set) var isEmpty = true

    /// - Parameter content: how a token is spelt in the texts to come.
    init(_ tokens: [AddedToken], content: (AddedToken) -> String) {
        for token in tokens {
            let bytes = Array(content(token).utf8)
            guard let first = bytes.first else { continue }
            candidates[Int(first)].append(Candidate(bytes: bytes, token: token))
            isEmpty = false
        }
        for first in candidates.indices { candidates[first].sort { $0.bytes.count > $1.bytes.count } }
    }

    /// Calls `body` with the parts of `text` from left to right; empty text parts are left out.
    func forEachPart(of text: UnsafeBufferPointer<UInt8>, _ body: (Part) -> Void) {
        var start = 0
        var position = isEmpty ? text.count : 0
        while position < text.count {
            let here = candidates[Int(text[position])]
            guard !here.isEmpty, let found = here.first(where: { Self.stands($0.bytes, in: text, at: position) }) else {
                position += 1
                continue
            }
            var range = position..<position + found.bytes.count
            position = range.upperBound
            guard !found.token.isSingleWord || Self.isAlone(range, in: text) else { continue }
            if found.token.stripsLeft { range = max(start, Self.spaceStart(in: text, before: range.lowerBound))..<range.upperBound }
            if found.token.stripsRight { range = range.lowerBound..<Self.spaceEnd(in: text, after: range.upperBound) }
            if start < range.lowerBound { body(.text(start..<range.lowerBound)) }
            body(.token(found.token.id))
            start = range.upperBound
        }
        if start < text.count { body(.text(start..<text.count)) }
    }

    private static func stands(_ bytes: [UInt8], in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
        bytes.count <= text.count - position && bytes.indices.allSatisfy { bytes[$0] == text[position + $0] }
    }

    private static func isAlone(_ range: Range<Int>, in text: UnsafeBufferPointer<UInt8>) -> Bool {
        let before = String(decoding: text[..<range.lowerBound].suffix(4), as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[range.upperBound...].prefix(4), as: UTF8.self).unicodeScalars.first
        return ![before, after].contains { $0.map(isWordCharacter) ?? false }
    }

    /// `\w` of UTS 18: letters, marks, decimal digits, connectors, joiners.
    private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return properties.isAlphabetic || properties.isJoinControl
        }
    }

    private static func spaceStart(in text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int {
        var start = end
        for scalar in String(decoding: text[..<end], as: UTF8.self).unicodeScalars.reversed() {
            guard scalar.properties.isWhitespace else { break }
            start -= scalar.utf8.count
        }
        return start
    }

    private static func spaceEnd(in text: UnsafeBufferPointer<UInt8>, after start: Int) -> Int {
        var end = start
        for scalar in String(decoding: text[start...], as: UTF8.self).unicodeScalars {
            guard scalar.properties.isWhitespace else { break }
            end += scalar.utf8.count
        }
        return end
    }
}
