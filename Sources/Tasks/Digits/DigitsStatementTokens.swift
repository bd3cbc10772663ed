/// What the statement parser sees of a sentence: places, rows, columns, digits, and the words and signs that decide between them.
enum StatementToken: Equatable {
    case place(GridPlace)
    case row(GridRow)
    case column(GridColumn)
    /// One digit, as a numeral or a word.
    case digit(Int)
    /// A number that is no single digit.
    case number
    case word(String)
    case sign(Character)
}

/// One sentence of a response, cut into tokens.
struct StatementSentence {
    let tokens: [StatementToken]
    let isQuestion: Bool
}

/// Reads the sentences of a response as tokens for ``DigitsStatements``.
enum StatementLexer {
    static func sentences(_ text: String) -> [StatementSentence] {
        SentenceScanner.sentences(text).map { sentence in
            var tokens: [StatementToken] = []
            for piece in sentence.pieces { tokens.append(token(piece, after: tokens.last)) }
            return StatementSentence(tokens: withPlaces(tokens), isQuestion: sentence.isQuestion)
        }
    }

    private static func token(_ piece: SentenceScanner.Piece, after previous: StatementToken?) -> StatementToken {
        switch piece {
        case .word(let text): word(text, after: previous)
        case .number(let text): text.count == 1 ? text.first?.wholeNumberValue.map { .digit($0) } ?? .number : .number
        case .sign(let character): .sign(character)
        }
    }

    private static let numberWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    /// What "one" must follow to be a digit: "the top-left one is 3" has only the 3.
    private static let leadsToOne: Set<String> = [
        "is", "are", "a", "or", "and", "not", "isn't", "reads", "shows", "holds", "says", "maybe",
    ]

    private static func word(_ text: String, after previous: StatementToken?) -> StatementToken {
        guard let digit = numberWords.firstIndex(of: text) else { return .word(text) }
        if digit == 1 {
            switch previous {
            case .word(let before) where leadsToOne.contains(before): break
            case .sign(":"), .sign("="), .sign(","), .sign("/"): break
            default: return .word(text)
            }
        }
        return .digit(digit)
    }

    private static let words = PlaceWords()

    /// Joins the words of places ("top-left", "upper left", "topleft", "TL"), rows ("top row") and columns ("left column").
    private static func withPlaces(_ tokens: [StatementToken]) -> [StatementToken] {
        var joined: [StatementToken] = []
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
            if let place = words.place(first, second) {
                joined.append(.place(place))
                index += gap + 1
            } else if let row = words.rows[first], second == "row" || second == "line" {
                joined.append(.row(row))
                index += gap + 1
            } else if let column = words.columns[first], second == "column" {
                joined.append(.column(column))
                index += gap + 1
            } else if let place = words.place(first) {
                joined.append(.place(place))
                index += 1
            } else {
                joined.append(tokens[index])
                index += 1
            }
        }
        return joined
    }
}
