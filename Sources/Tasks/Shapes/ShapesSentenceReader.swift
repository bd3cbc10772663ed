/// Reads the claims of one sentence, token by token, by the rules of ``ShapesStatements``.
struct ShapesSentenceReader {
    private let tokens: [ShapesToken]
    private(set) var places: [GridPlace: ShapesStatements.Claim<ShapesProperty>] = [:]
    private(set) var count = ShapesStatements.Claim<Int>()
    /// What a sentence that goes on would be about.
    private(set) var lastPlace: GridPlace?
    /// Whether the sentence opens as one that goes on about the last place.
    let isContinuation: Bool

    /// The places that a property without one behind it belongs to: the last ones named.
    private var subject: [GridPlace] = []
    /// Whether only joining words stand between the last place and here.
    private var isJoined = false
    /// Whether the subject's places are spoken of together.
    private var isShared = false
    private var isDenied = false
    private var isHedged = false
    private var hasSeenPlace = false
    /// Whether something narrows the shapes that a number may count.
    private var isNarrowed = false
    /// Whether the sentence names shapes before their places, so that a colon or bracket behind a shape leads to its place.
    private let namesShapesFirst: Bool

    /// More tokens than any phrase from a property to its place has, so that the reading stays linear.
    private static let horizon = 12

    init(_ tokens: [ShapesToken], continuing previous: GridPlace?) {
        self.tokens = tokens
        if case .word(let first)? = tokens.first {
            isContinuation = ShapesVocabulary.continuations.contains(first)
        } else {
            isContinuation = false
        }
        if isContinuation, let previous {
            subject = [previous]
            lastPlace = previous
        }
        let opening = tokens.first {
            switch $0 {
            case .place, .line, .property: true
            default: false
            }
        }
        if case .property? = opening { namesShapesFirst = true } else { namesShapesFirst = false }
    }

    mutating func read() {
        for index in tokens.indices {
            switch tokens[index] {
            case .place(let place): pass(place)
            case .line:
                (subject, isJoined, isShared, isNarrowed) = ([], false, false, true)
            case .property(let property, let isPlural):
                state(property, isPlural: isPlural, at: index)
            case .shape(let isPlural):
                isJoined = false
                isShared = isShared || isPlural
                // "No shape at the top-left"; of "no red shape" only the colour is denied, and "no other shape" says nothing.
                if isDenied, index > 0, tokens[index - 1] == .word("no") || tokens[index - 1] == .word("a") {
                    isDenied = false
                    state(.nothing, isPlural: isPlural, at: index)
                    isDenied = true
                }
                if isPlural { readNumber(behind: index) }
            case .number(let number):
                isJoined = false
                readNumber(number, at: index)
            case .word(let word):
                if ShapesVocabulary.comparisons.contains(word) { return }
                read(word, at: index)
            case .sign(let sign):
                if sign == ":" || sign == "," && !joinsAdjectives(index) { isDenied = false }
                if sign != "," && sign != "&" { isJoined = false }
            }
        }
    }

    private mutating func pass(_ place: GridPlace) {
        // "There is no square at the top-left": a denial or hedge before the first place is about it, unless that place has had it.
        if hasSeenPlace || places[place] != nil { (isDenied, isHedged) = (false, false) }
        subject = isJoined ? subject + [place] : [place]
        if !isJoined { isShared = false }
        // Nine places can be joined; a list of more repeats itself.
        if subject.count > GridPlace.all.count { subject.removeFirst() }
        (isJoined, hasSeenPlace, isNarrowed, lastPlace) = (true, true, true, place)
    }

    private mutating func read(_ word: String, at index: Int) {
        if ShapesVocabulary.negations.contains(word), !isInterjection(index) { isDenied = true }
        if word == "but" { isDenied = false }
        if word == "are" || word == "both" || word == "each" || word == "all" { isShared = true }
        if ShapesVocabulary.hedges.contains(word), !joinsRivals(index) {
            isHedged = true
            // "… at the top-left, and perhaps a square at the bottom": what follows has a place of its own.
            if !leadsToAnotherPlace(index) { for place in subject where places[place] != nil { places[place]?.isHedged = true } }
        }
        if !["and", "the", "at", "in", "both"].contains(word) { isJoined = false }
    }

    private mutating func state(_ property: ShapesProperty, isPlural: Bool, at index: Int) {
        (isJoined, isNarrowed) = (false, true)
        isShared = isShared || isPlural
        if let following = following(index) {
            for place in following.places {
                claim(property, at: place, isDenied: isDenied || following.isDenied, isHedged: isHedged || following.isHedged)
            }
        } else {
            for place in isShared ? subject : subject.suffix(1) { claim(property, at: place, isDenied: isDenied, isHedged: isHedged) }
        }
    }

    private mutating func claim(_ property: ShapesProperty, at place: GridPlace, isDenied: Bool, isHedged: Bool) {
        places[place, default: .init()].state(property, isDenied: isDenied, isHedged: isHedged)
        lastPlace = place
    }

    // MARK: - Looking ahead

    /// The places that the property at `index` is put at by the words behind it, and whether these deny or hedge that.
    private func following(_ index: Int) -> (places: [GridPlace], isDenied: Bool, isHedged: Bool)? {
        var isLinked = false
        var isShared = false
        var isComplete = false
        var (isDenied, isHedged) = (false, false)
        if case .property(let property, let isPlural) = tokens[index] { (isComplete, isShared) = (property.isNoun, isPlural) }
        if case .shape(let isPlural) = tokens[index] { (isComplete, isShared) = (true, isPlural) }
        for next in tokens.indices.dropFirst(index + 1).prefix(Self.horizon) {
            switch tokens[next] {
            case .place(let place):
                guard isLinked else { return nil }
                return (isShared ? joinedPlaces(from: next) : [place], isDenied, isHedged)
            case .property(let property, let isPlural):
                // A second kind is another shape, unless "is" or "or" says so of the first.
                if isComplete, !isLinked, !joinsRivals(next - 1) { return nil }
                isComplete = isComplete || property.isNoun
                isShared = isShared || isPlural
            case .shape(let isPlural):
                isComplete = true
                isShared = isShared || isPlural
            case .sign("-"): break
            case .sign(","): if !joinsAdjectives(next) { return nil }
            case .sign(":"), .sign("("):
                guard namesShapesFirst else { return nil }
                isLinked = true
            case .word("and"): if isComplete { return nil }
            case .word(let word):
                if ShapesVocabulary.links.contains(word) {
                    isLinked = true
                } else if ShapesVocabulary.negations.contains(word) {
                    isDenied = true
                } else if ShapesVocabulary.hedges.contains(word) {
                    isHedged = isHedged || !joinsRivals(next)
                } else if !ShapesVocabulary.fillers.contains(word) {
                    return nil
                }
                if word == "are" || word == "both" { isShared = true }
            default: return nil
            }
        }
        return nil
    }

    /// The place at `index` and those that joining words add to it.
    private func joinedPlaces(from index: Int) -> [GridPlace] {
        var places: [GridPlace] = []
        for token in tokens[index...].prefix(4 * Self.horizon) {
            switch token {
            case .place(let place): places.append(place)
            case .sign(","), .sign("&"), .word("and"), .word("the"), .word("at"), .word("in"), .word("both"): break
            default: return places
            }
        }
        return places
    }

    /// Whether the comma at `index` stands between adjectives: "a small, red circle".
    private func joinsAdjectives(_ index: Int) -> Bool {
        guard index > 0, index + 1 < tokens.count, case .property(let before, _) = tokens[index - 1], !before.isNoun,
            case .property = tokens[index + 1]
        else { return false }
        return true
    }

    /// Whether the word at `index` is an "or" between two sizes, colours or kinds: "a small red or blue circle", whose size and kind stand.
    /// That both colours are named leaves each of them in doubt.
    private func joinsRivals(_ index: Int) -> Bool {
        guard tokens[index] == .word("or"), index > 0, index + 1 < tokens.count, case .property(let before, _) = tokens[index - 1],
            case .property(let behind, _) = tokens[index + 1]
        else { return false }
        return before.contests(behind)
    }

    /// Whether the next property behind the word at `index` belongs to a place behind it.
    private func leadsToAnotherPlace(_ index: Int) -> Bool {
        for next in tokens.indices.dropFirst(index + 1).prefix(4) {
            if case .property = tokens[next] { return following(next) != nil }
            if case .place = tokens[next] { return false }
        }
        return false
    }

    /// Whether the word at `index` is a "no" that opens a correction rather than denies: "No, it is red."
    private func isInterjection(_ index: Int) -> Bool {
        guard index == 0, tokens[0] == .word("no"), tokens.count > 1 else { return false }
        switch tokens[1] {
        case .sign(","), .sign(":"), .sign("-"), .sign("—"), .sign("–"), .place: return true
        case .word(let word): return ShapesVocabulary.continuations.contains(word) || word == "the" || word == "there"
        default: return false
        }
    }

    // MARK: - The number of shapes

    /// "4 shapes", if nothing narrows them.
    private mutating func readNumber(_ number: Int, at index: Int) {
        guard !isNarrowed else { return }
        var next = index + 1
        while next < tokens.count, next <= index + 3, case .word(let word) = tokens[next], ShapesVocabulary.countFillers.contains(word) {
            next += 1
        }
        guard next < tokens.count, case .shape(let isPlural) = tokens[next], isPlural || number == 1, isWhole(behind: next) else { return }
        let isEstimate = tokens[max(0, index - 2)..<index].contains {
            if case .word(let word) = $0 { ShapesVocabulary.estimates.contains(word) } else { false }
        }
        count.state(number, isDenied: isDenied, isHedged: isHedged || isEstimate)
    }

    /// "The number of shapes is 4", from its "shapes" on.
    private mutating func readNumber(behind index: Int) {
        guard !isNarrowed, index > 1, tokens[index - 2] == .word("number"), tokens[index - 1] == .word("of") else { return }
        var isLinked = false
        var (isDenied, isHedged) = (isDenied, isHedged)
        for token in tokens.dropFirst(index + 1).prefix(Self.horizon) {
            switch token {
            case .number(let number):
                if isLinked { count.state(number, isDenied: isDenied, isHedged: isHedged) }
                return
            case .sign(":"), .sign("="), .word("is"): isLinked = true
            case .word(let word):
                isDenied = isDenied || ShapesVocabulary.negations.contains(word)
                isHedged = isHedged || ShapesVocabulary.hedges.contains(word) || ShapesVocabulary.estimates.contains(word)
                if ShapesVocabulary.comparisons.contains(word) || word == "that" || word == "with" { return }
            default: return
            }
        }
    }

    /// Whether the shapes at `index` are all of the picture: the sentence ends there or goes on with a sign or with words of the whole.
    private func isWhole(behind index: Int) -> Bool {
        for token in tokens.dropFirst(index + 1).prefix(4) {
            switch token {
            case .sign: return true
            case .word("and"): return true
            case .word(let word):
                if ShapesVocabulary.pictures.contains(word) { return true }
                guard ShapesVocabulary.totals.contains(word) else { return false }
            default: return false
            }
        }
        return true
    }
}
