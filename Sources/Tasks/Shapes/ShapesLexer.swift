/// What the reader of statements sees of a sentence.
enum ShapesToken: Equatable {
    case place(GridPlace)
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

/// Reads the sentences of a response as tokens for ``ShapesStatements``, without the signs of Markdown.
enum ShapesLexer {
    static func sentences(_ text: String) -> [ShapesSentence] {
        SentenceScanner.sentences(text).compactMap { sentence in
            let tokens = sentence.pieces.compactMap(token)
            return tokens.isEmpty ? nil : ShapesSentence(tokens: withPlaces(tokens), isQuestion: sentence.isQuestion)
        }
    }

    private static func token(_ piece: SentenceScanner.Piece) -> ShapesToken? {
        switch piece {
        case .word(let text): word(text)
        case .number(let text): .number(Int(text) ?? Int.max)
        case .sign(let character): "*_`#".contains(character) ? nil : .sign(character)
        }
    }

    private static func word(_ text: String) -> ShapesToken {
        if let (property, isPlural) = ShapesVocabulary.properties[text] { return .property(property, isPlural: isPlural) }
        if let isPlural = ShapesVocabulary.shapes[text] { return .shape(isPlural: isPlural) }
        // "One" is a number only before a shape, which `withPlaces` sees.
        if text != "one", let number = ShapesVocabulary.numbers.firstIndex(of: text) { return .number(number) }
        return .word(text)
    }

    private static let words = PlaceWords(middle: ["center", "centre", "mid"])

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
            if let place = words.place(first, second) {
                joined.append(.place(place))
            } else if words.rows[first] != nil || words.columns[first] != nil, second == "row" || second == "column" {
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
        if let place = words.place(word) { return .place(place) }
        switch word {
        case "row", "rows", "column", "columns": return .line
        case "center", "centre", "middle": return .place(GridPlace(row: .middle, column: .center))
        default: return .word(word)
        }
    }
}
