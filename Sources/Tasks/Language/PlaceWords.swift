/// How responses name rows, columns and places, beside the names of ``GridPlace``: "upper left", "topleft", "TL". All in lower case.
struct PlaceWords {
    let rows: [String: GridRow]
    let columns: [String: GridColumn] = [
        "left": .left, "center": .center, "centre": .center, "middle": .center, "right": .right,
    ]

    /// - Parameter middle: Words of the middle row, beside "middle".
    init(middle: [String] = []) {
        let plain: [String: GridRow] = ["top": .top, "upper": .top, "middle": .middle, "bottom": .bottom, "lower": .bottom]
        rows = plain.merging(middle.map { ($0, .middle) }) { own, _ in own }
    }

    /// The place of a row's word and a column's, nil if one of them is none.
    func place(_ row: String, _ column: String?) -> GridPlace? {
        guard let row = rows[row], let column = column.flatMap({ columns[$0] }) else { return nil }
        return GridPlace(row: row, column: column)
    }

    /// The place that one word names: its corner's letters, or both words together.
    func place(_ word: String) -> GridPlace? { Self.corners[word] ?? together(word) }

    private static let corners: [String: GridPlace] = [
        "tl": GridPlace(row: .top, column: .left), "tr": GridPlace(row: .top, column: .right),
        "bl": GridPlace(row: .bottom, column: .left), "br": GridPlace(row: .bottom, column: .right),
    ]

    private func together(_ text: String) -> GridPlace? {
        // Of the rows' words only "mid" begins another one, and behind it no column's word follows then.
        for (name, row) in rows where text.hasPrefix(name) {
            if let column = columns[String(text.dropFirst(name.count))] { return GridPlace(row: row, column: column) }
        }
        return nil
    }
}
