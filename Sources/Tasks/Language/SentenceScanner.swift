/// Cuts a response into sentences of words, numbers and signs: what the oracles of embedded tasks read.
///
/// Sentences end at ".", "!", "?", ";", a line's end and a tag "<…>"; a full stop between two figures and an ellipsis end nothing. Tags and
/// text between double quotes on one line are left out. Everything is compared in lower case. Linear in the text.
enum SentenceScanner {
    enum Piece: Equatable {
        /// Letters and apostrophes.
        case word(String)
        /// Figures, with a decimal point if one stands between them.
        case number(String)
        /// Any other character that is no white space.
        case sign(Character)
    }

    struct Sentence {
        /// Never empty.
        let pieces: [Piece]
        let isQuestion: Bool
    }

    static func sentences(_ text: String) -> [Sentence] {
        text.lowercased().split(whereSeparator: \.isNewline).flatMap { sentences(line: Array($0)) }
    }

    private static func sentences(line characters: [Character]) -> [Sentence] {
        var sentences: [Sentence] = []
        var pieces: [Piece] = []
        func finish(isQuestion: Bool = false) {
            if !pieces.isEmpty { sentences.append(Sentence(pieces: pieces, isQuestion: isQuestion)) }
            pieces = []
        }
        let closings = closings(characters)
        var position = 0
        while position < characters.count {
            let character = characters[position]
            if character.isLetter {
                let end = characters[position...].firstIndex { !$0.isLetter && $0 != "'" && $0 != "’" } ?? characters.count
                pieces.append(.word(String(characters[position..<end])))
                position = end
            } else if character.isASCII, character.isNumber {
                var end = position
                while end < characters.count, characters[end].isNumber || isDecimalPoint(characters, end) { end += 1 }
                pieces.append(.number(String(characters[position..<end])))
                position = end
            } else if closings[position] > position {
                if character == "<" { finish() }
                position = closings[position]
            } else if character == "." || character == "…" {
                let end = characters[position...].firstIndex { $0 != "." && $0 != "…" } ?? characters.count
                if character == ".", end == position + 1 { finish() }
                position = end
            } else {
                if "!?;".contains(character) {
                    finish(isQuestion: character == "?")
                } else if !character.isWhitespace {
                    pieces.append(.sign(character))
                }
                position += 1
            }
        }
        finish()
        return sentences
    }

    /// Where the tag or quotation that opens at a position ends, 0 if none opens; found in one pass each way so that the search stays
    /// linear.
    private static func closings(_ characters: [Character]) -> [Int] {
        var ends = [Int](repeating: 0, count: characters.count)
        var openQuote: Int?
        for (position, character) in characters.enumerated() where "\"“”".contains(character) {
            if let start = openQuote {
                ends[start] = position + 1
                openQuote = nil
            } else {
                openQuote = position
            }
        }
        var tagEnd = 0
        for position in characters.indices.reversed() {
            if characters[position] == ">" { tagEnd = position + 1 }
            if characters[position] == "<" { (ends[position], tagEnd) = (tagEnd, 0) }
        }
        return ends
    }

    private static func isDecimalPoint(_ characters: [Character], _ index: Int) -> Bool {
        characters[index] == "." && index + 1 < characters.count && characters[index + 1].isNumber
    }
}
