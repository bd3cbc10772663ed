/// A row of a picture's grid, by its name.
package enum GridRow: String, CaseIterable, Codable, Sendable {
    case top, middle, bottom
}

/// A column of a picture's grid, by its name.
package enum GridColumn: String, CaseIterable, Codable, Sendable {
    case left, center, right
}

/// A place in a picture's grid, named as questions, responses and annotations name it: "top-left".
package struct GridPlace: Hashable, Codable, Sendable {
    package let row: GridRow
    package let column: GridColumn

    package init(row: GridRow, column: GridColumn) {
        self.row = row
        self.column = column
    }

    /// All nine in reading order.
    package static let all: [GridPlace] = GridRow.allCases.flatMap { row in GridColumn.allCases.map { GridPlace(row: row, column: $0) } }

    /// "top-left", "middle-center", …
    package var name: String { "\(row.rawValue)-\(column.rawValue)" }

    /// The place with exactly this name, nil for any other text.
    package init?(name: String) {
        guard let place = Self.all.first(where: { $0.name == name }) else { return nil }
        self = place
    }
}
