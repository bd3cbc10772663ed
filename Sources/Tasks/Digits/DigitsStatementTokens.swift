/// What the statement parser sees of a sentence: places, rows, columns, digits, and the words and signs that decide between them.
enum StatementToken: Equatable {
    case place(DigitPlace)
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

/// Cuts a response into sentences and tokens for ``DigitsStatements``.
///
/// Sentences end at ".", "!", "?", ";", a line's end and a tag "<…>"; a full stop between two figures and an ellipsis end nothing. Tags and
/// text between double quotes on one line are left out. Everything is compared in lower case. Linear in the text.
enum StatementLexer {
    static func sentences(_ text: String) -> [StatementSentence] {
        var sentences: [StatementSentence] = []
        for line in text.lowercased().split(whereSeparator: \.isNewline) {
            var tokens: [StatementToken] = []
            func finish(isQuestion: Bool = false) {
                if !tokens.isEmpty {
                    sentences.append(StatementSentence(tokens: withPlaces(tokens), isQuestion: isQuestion))
                }
                tokens = []
            }
            let characters = Array(line)
            let closings = Closings(characters)
            var position = 0
            while position < characters.count {
                let character = characters[position]
                if character.isLetter {
                    let end = characters[position...].firstIndex { !$0.isLetter && $0 != "'" && $0 != "’" } ?? characters.count
                    tokens.append(word(String(characters[position..<end]), after: tokens.last))
                    position = end
                } else if character.isASCII, character.isNumber {
                    var end = position
                    while end < characters.count, characters[end].isNumber || isDecimalPoint(characters, end) { end += 1 }
                    let value = end == position + 1 ? character.wholeNumberValue : nil
                    tokens.append(value.map { .digit($0) } ?? .number)
                    position = end
                } else if let end = closings.end(of: character, at: position) {
                    if character == "<" { finish() }
                    position = end
                } else if character == "." || character == "…" {
                    let end = characters[position...].firstIndex { $0 != "." && $0 != "…" } ?? characters.count
                    if character == ".", end == position + 1 { finish() }
                    position = end
                } else {
                    if "!?;".contains(character) {
                        finish(isQuestion: character == "?")
                    } else if !character.isWhitespace {
                        tokens.append(.sign(character))
                    }
                    position += 1
                }
            }
            finish()
        }
        return sentences
    }

    /// Where tags and quotations of a line end, found from the right so that the search stays linear.
    private struct Closings {
        private var ends: [Int: Int] = [:]

        init(_ characters: [Character]) {
            var tagEnd: Int?
            var openQuote: Int?
            for (position, character) in characters.enumerated() {
                switch character {
                case "\"", "“", "”":
                    if let start = openQuote {
                        ends[start] = position + 1
                        openQuote = nil
                    } else {
                        openQuote = position
                    }
                default: break
                }
            }
            for (position, character) in characters.enumerated().reversed() {
                if character == ">" { tagEnd = position + 1 }
                if character == "<" {
                    if let tagEnd { ends[position] = tagEnd }
                    tagEnd = nil
                }
            }
        }

        func end(of character: Character, at position: Int) -> Int? {
            "<\"“”".contains(character) ? ends[position] : nil
        }
    }

    private static func isDecimalPoint(_ characters: [Character], _ index: Int) -> Bool {
        characters[index] == "." && index + 1 < characters.count && characters[index + 1].isNumber
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

    private static let rows: [String: GridRow] = ["top": .top, "upper": .top, "middle": .middle, "bottom": .bottom, "lower": .bottom]
    private static let columns: [String: GridColumn] = [
        "left": .left, "center": .center, "centre": .center, "middle": .center, "right": .right,
    ]
    private static let abbreviations: [String: DigitPlace] = [
        "tl": DigitPlace(row: .top, column: .left), "tr": DigitPlace(row: .top, column: .right),
        "bl": DigitPlace(row: .bottom, column: .left), "br": DigitPlace(row: .bottom, column: .right),
    ]

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
            if let row = rows[first], let column = second.flatMap({ columns[$0] }) {
                joined.append(.place(DigitPlace(row: row, column: column)))
                index += gap + 1
            } else if let row = rows[first], second == "row" || second == "line" {
                joined.append(.row(row))
                index += gap + 1
            } else if let column = columns[first], second == "column" {
                joined.append(.column(column))
                index += gap + 1
            } else if let place = abbreviations[first] ?? together(first) {
                joined.append(.place(place))
                index += 1
            } else {
                joined.append(tokens[index])
                index += 1
            }
        }
        return joined
    }

    private static func together(_ text: String) -> DigitPlace? {
        for (name, row) in rows where text.hasPrefix(name) {
            if let column = columns[String(text.dropFirst(name.count))] { return DigitPlace(row: row, column: column) }
        }
        return nil
    }
}
