/// How two sides of a relation compare.
enum AnswerRelation: Hashable, Sendable {
    case equal, approximate, unequal, less, lessOrEqual, greater, greaterOrEqual, element

    /// The relation read from right to left.
    var reversed: AnswerRelation {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .equal, .approximate, .unequal, .element: self
        }
    }
}

/// A piece of an answer, LaTeX and plain spellings alike.
struct AnswerToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Digits, perhaps with a decimal point or an exponent. `places` is how many decimal places are shown (below 0 for `1.5e3`), nil for a
        /// whole number or a repeating decimal; `digits` is as written if there are only digits, else empty.
        case number(ExactRational, places: Int?, digits: String)
        /// A run of plain letters, as written.
        case letters(String)
        /// A word of a `\text{…}`, as written.
        case text(String)
        /// A LaTeX command or its plain spelling, without the backslash.
        case command(String)
        /// A sign of one character: `+ - * / ^ _ ( ) [ ] { } | , : ! % ° ' & ± $ € £ ¥`, ``openSet``, ``closeSet``, ``rowEnd``,
        /// ``and``, ``or``.
        case mark(Unicode.Scalar)
        case relation(AnswerRelation)
    }

    /// `\{`
    static let openSet: Unicode.Scalar = "\u{2983}"
    /// `\}`
    static let closeSet: Unicode.Scalar = "\u{2984}"
    /// `\\`
    static let rowEnd: Unicode.Scalar = "\u{23CE}"
    /// The word between the members of a list, or between conditions that all hold.
    static let and: Unicode.Scalar = "\u{2227}"
    /// The word between the members of a list, or between conditions of which one holds.
    static let or: Unicode.Scalar = "\u{2228}"

    let kind: Kind
    /// Whether white space stands before it.
    let isSpaced: Bool

    func isMark(_ mark: Unicode.Scalar) -> Bool { kind == .mark(mark) }

    /// Whether it stands between the members of a list.
    var isSeparator: Bool { isMark(",") || isMark(Self.and) || isMark(Self.or) }

    /// Whether it is a number.
    var isNumber: Bool { if case .number = kind { true } else { false } }

    /// The letters of a word or of a run of variables, as written.
    var run: String? {
        switch kind {
        case .letters(let run), .text(let run): run
        default: nil
        }
    }

    /// 1 if it opens a bracket or group, -1 if it closes one, else 0.
    var nesting: Int {
        guard case .mark(let mark) = kind else {
            switch kind {
            case .command("begin"): return 1
            case .command("end"): return -1
            default: return 0
            }
        }
        switch mark {
        case "(", "[", "{", Self.openSet: return 1
        case ")", "]", "}", Self.closeSet: return -1
        default: return 0
        }
    }
}

extension ArraySlice<AnswerToken> {
    /// The places of tokens outside all brackets that satisfy a predicate.
    func topLevelIndices(where predicate: (AnswerToken) -> Bool) -> [Int] {
        var depth = 0
        var found: [Int] = []
        for index in indices {
            depth += self[index].nesting
            if depth == 0, predicate(self[index]) { found.append(index) }
        }
        return found
    }

    /// The pieces between some places.
    func split(at places: [Int]) -> [ArraySlice<AnswerToken>] {
        var pieces: [ArraySlice<AnswerToken>] = []
        var start = startIndex
        for place in places {
            pieces.append(self[start..<place])
            start = place + 1
        }
        pieces.append(self[start...])
        return pieces
    }

    /// Whether the bracket that the first token opens is closed by the last one.
    var isEnclosed: Bool {
        guard count >= 2, first?.nesting == 1, last?.nesting == -1 else { return false }
        var depth = 0
        for index in indices {
            depth += self[index].nesting
            if depth == 0 { return index == endIndex - 1 }
        }
        return false
    }
}
