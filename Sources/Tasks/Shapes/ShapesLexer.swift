/// What the reader of statements sees of a sentence.
enum ShapesToken: Equatable {
    case place(ShapePlace)
    /// A row or a column, which is no place.
    case line
    case property(ShapesProperty, isPlural: Bool)
    /// "shape", "objects", …: any of the picture's things.
    case shape(isPlural: Bool)
    case number(Int)
    case word(String)
    case sign(Character)
}

/// One sentence of a response, cut into tokens.
struct ShapesSentence {
    let tokens: [ShapesToken]
    let isQuestion: Bool

    /// Whether the sentence says something of the picture rather than asks, supposes or speaks of the judging.
    var isStatement: Bool {
        !isQuestion
            && !tokens.contains {
                if case .word(let word) = $0 {
                    ShapesVocabulary.judging.contains(word) || ShapesVocabulary.suppositions.contains(word)
                } else {
                    false
                }
            }
    }

    func contains(_ words: Set<String>) -> Bool {
        tokens.contains { if case .word(let word) = $0 { words.contains(word) } else { false } }
    }
}

/// Cuts a response into sentences and tokens for ``ShapesStatements``.
///
/// Sentences end at ".", "!", "?", ";", a line's end and a tag "<…>"; a full stop between two figures and an ellipsis end nothing. Tags,
/// text between double quotes on one line and the signs of Markdown are left out. Everything is compared in lower case. Linear in the text.
enum ShapesLexer {
    static func sentences(_ text: String) -> [ShapesSentence] {
        text.lowercased().split(whereSeparator: \.isNewline).flatMap { sentences(line: Array($0)) }
    }

    private static func sentences(line characters: [Character]) -> [ShapesSentence] {
        var sentences: [ShapesSentence] = []
        var tokens: [ShapesToken] = []
        func finish(isQuestion: Bool = false) {
            if !tokens.isEmpty { sentences.append(ShapesSentence(tokens: withPlaces(tokens), isQuestion: isQuestion)) }
            tokens = []
        }
        let closings = closings(characters)
        var position = 0
        while position < characters.count {
            let character = characters[position]
            if character.isLetter {
                let end = characters[position...].firstIndex { !$0.isLetter && $0 != "'" && $0 != "’" } ?? characters.count
                tokens.append(word(String(characters[position..<end])))
                position = end
            } else if character.isASCII, character.isNumber {
                var end = position
                while end < characters.count, characters[end].isNumber || isDecimalPoint(characters, end) { end += 1 }
                tokens.append(.number(Int(String(characters[position..<end])) ?? Int.max))
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
                } else if !character.isWhitespace, !"*_`#".contains(character) {
                    tokens.append(.sign(character))
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

    private static func word(_ text: String) -> ShapesToken {
        if let (property, isPlural) = ShapesVocabulary.properties[text] { return .property(property, isPlural: isPlural) }
        if let isPlural = ShapesVocabulary.shapes[text] { return .shape(isPlural: isPlural) }
        // "One" is a number only before a shape, which `withPlaces` sees.
        if text != "one", let number = ShapesVocabulary.numbers.firstIndex(of: text) { return .number(number) }
        return .word(text)
    }

    private static let rows: [String: GridRow] = [
        "top": .top, "upper": .top, "middle": .middle, "center": .middle, "centre": .middle, "mid": .middle, "bottom": .bottom,
        "lower": .bottom,
    ]
    private static let columns: [String: GridColumn] = [
        "left": .left, "center": .center, "centre": .center, "middle": .center, "right": .right,
    ]
    private static let abbreviations: [String: ShapePlace] = [
        "tl": ShapePlace(row: .top, column: .left), "tr": ShapePlace(row: .top, column: .right),
        "bl": ShapePlace(row: .bottom, column: .left), "br": ShapePlace(row: .bottom, column: .right),
    ]

    /// Joins the words of places ("top-left", "upper left", "topleft", "TL", "the center"), of rows and columns ("top row"), of sizes
    /// ("middle-sized") and of relations ("left of").
    private static func withPlaces(_ tokens: [ShapesToken]) -> [ShapesToken] {
        var joined: [ShapesToken] = []
        var index = 0
        func word(_ index: Int) -> String? {
            guard index < tokens.count, case .word(let text) = tokens[index] else { return nil }
            return text
        }
        while index < tokens.count {
            guard let first = word(index) else {
                joined.append(tokens[index])
                index += 1
                continue
            }
            let gap = index + 1 < tokens.count && tokens[index + 1] == .sign("-") ? 2 : 1
            let second = word(index + gap)
            var length = gap + 1
            if let row = rows[first], let column = second.flatMap({ columns[$0] }) {
                joined.append(.place(ShapePlace(row: row, column: column)))
            } else if rows[first] != nil || columns[first] != nil, second == "row" || second == "column" {
                joined.append(.line)
            } else if first == "middle" || first == "mid", second == "sized" || second == "size" {
                joined.append(.property(.size(.medium), isPlural: false))
            } else if ShapesVocabulary.directions.contains(first), second == "of" {
                joined.append(.word("beside"))
            } else if first == "one", index + 1 < tokens.count, tokens[index + 1] == .shape(isPlural: false) {
                joined.append(.number(1))
                length = 1
            } else {
                joined.append(single(first))
                length = 1
            }
            index += length
        }
        return joined
    }

    /// A word that no other belongs to.
    private static func single(_ word: String) -> ShapesToken {
        if let place = abbreviations[word] ?? together(word) { return .place(place) }
        switch word {
        case "row", "rows", "column", "columns": return .line
        case "center", "centre", "middle": return .place(ShapePlace(row: .middle, column: .center))
        default: return .word(word)
        }
    }

    private static func together(_ text: String) -> ShapePlace? {
        for (name, row) in rows where text.hasPrefix(name) {
            if let column = columns[String(text.dropFirst(name.count))] { return ShapePlace(row: row, column: column) }
        }
        return nil
    }
}
