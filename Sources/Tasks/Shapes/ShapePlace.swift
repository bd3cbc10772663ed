/// One of the nine places of a picture of shapes, named as questions, responses and annotations name it: "top-left".
package struct ShapePlace: Hashable, Sendable {
    package let row: GridRow
    package let column: GridColumn

    package init(row: GridRow, column: GridColumn) {
        self.row = row
        self.column = column
    }

    /// All nine in reading order.
    package static let all: [ShapePlace] = GridRow.allCases.flatMap { row in GridColumn.allCases.map { ShapePlace(row: row, column: $0) } }

    /// "top-left", "middle-center", …
    package var name: String { "\(row.rawValue)-\(column.rawValue)" }

    /// The place with exactly this name, nil for any other text.
    package init?(name: String) {
        guard let place = Self.all.first(where: { $0.name == name }) else { return nil }
        self = place
    }
}
