/// The shape of a grid of digits: two or three rows and columns, since three is as far as the names go.
package struct DigitGrid: Hashable, Codable, Sendable {
    package let rows: [GridRow]
    package let columns: [GridColumn]

    /// Two by two.
    package static let standard = DigitGrid(rows: [.top, .bottom], columns: [.left, .right])

    private init(rows: [GridRow], columns: [GridColumn]) {
        self.rows = rows
        self.columns = columns
    }

    /// A grid of `rowCount` x `columnCount` places, each 2 or 3.
    ///
    /// - Throws: ``DatasetError`` with code `invalidParameter` for other counts.
    package init(rowCount: Int, columnCount: Int) throws {
        guard (2...3).contains(rowCount), (2...3).contains(columnCount) else {
            throw DatasetError(
                .invalidParameter,
                "a digits grid has 2 or 3 rows and columns, not \(rowCount) x \(columnCount): set grid_rows and grid_columns")
        }
        self.init(
            rows: rowCount == 2 ? [.top, .bottom] : GridRow.allCases,
            columns: columnCount == 2 ? [.left, .right] : GridColumn.allCases)
    }

    /// All places in reading order.
    package var places: [GridPlace] {
        rows.flatMap { row in columns.map { GridPlace(row: row, column: $0) } }
    }
}
