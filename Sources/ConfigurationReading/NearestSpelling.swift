/// Which known word a mistyped one was meant to be.
enum NearestSpelling {
    /// The candidate with the fewest edits to `word`, if these are at most a third of its letters (and at least 2); the first of equals.
    static func candidate(for word: String, among candidates: [String]) -> String? {
        let limit = max(2, word.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(word, candidate)
            if distance <= limit, distance < max(candidate.count, 1), distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours. Looks at the first 64 letters.
    static func distance(_ first: String, _ second: String) -> Int {
        let a = Array(first.prefix(64))
        let b = Array(second.prefix(64))
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var value = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { value = min(value, rows[i - 1][j - 1] + 1) }
                row.append(value)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
