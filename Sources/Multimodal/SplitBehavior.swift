/// What becomes of the matches of a Split's pattern: the pieces of the text, as Hugging Face's tokenizers name them.
enum SplitBehavior: String, Sendable {
    /// Matches are dropped.
    case removed = "Removed"
    /// A match is a piece, and so is what lies between two.
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    /// Matches that follow each other are one piece.
    case contiguous = "Contiguous"

    /// Calls `body` with the pieces of `text` from left to right; empty ones are left out.
    ///
    /// - Parameter isInverted: what lies between the matches is the match.
    func forEachPiece(
        of text: UnsafeBufferPointer<UInt8>, at pattern: SplitPattern, isInverted: Bool, _ body: (Range<Int>) -> Void
    ) {
        func visit(_ range: Range<Int>) { if !range.isEmpty { body(range) } }
        switch self {
        case .isolated, .removed:
            let dropsMatches = self == .removed && !isInverted
            let dropsGaps = self == .removed && isInverted
            var end = 0
            pattern.forEachMatch(in: text) { match in
                if !dropsGaps { visit(end..<match.lowerBound) }
                if !dropsMatches { visit(match) }
                end = match.upperBound
            }
            if !dropsGaps { visit(end..<text.count) }
        case .mergedWithPrevious, .mergedWithNext, .contiguous:
            var parts: [Part] = []
            var end = 0
            pattern.forEachMatch(in: text) { match in
                if end < match.lowerBound { parts.append(Part(range: end..<match.lowerBound, isMatch: isInverted)) }
                parts.append(Part(range: match, isMatch: !isInverted))
                end = match.upperBound
            }
            if end < text.count { parts.append(Part(range: end..<text.count, isMatch: isInverted)) }
            merged(parts).forEach(visit)
        }
    }

    private struct Part {
        let range: Range<Int>
        let isMatch: Bool
    }

    private func merged(_ parts: [Part]) -> [Range<Int>] {
        let isBackward = self == .mergedWithNext
        var pieces: [Range<Int>] = []
        var wasMatch = false
        for part in isBackward ? parts.reversed() : parts {
            let joins = self == .contiguous ? part.isMatch == wasMatch : part.isMatch && !wasMatch
            if joins, let last = pieces.last {
                pieces[pieces.count - 1] = min(last.lowerBound, part.range.lowerBound)..<max(last.upperBound, part.range.upperBound)
            } else {
                pieces.append(part.range)
            }
            wasMatch = part.isMatch
        }
        return isBackward ? pieces.reversed() : pieces
    }
}
