/// A place in a grid of digits, named as questions, responses and annotations name it: "top-left".
package struct DigitPlace: Hashable, Codable, Sendable {
    package let row: GridRow
    package let column: GridColumn

    package init(row: GridRow, column: GridColumn) {
        self.row = row
        self.column = column
    }

    /// "top-left", "middle-center", …
    package var name: String { "\(row.rawValue)-\(column.rawValue)" }

    /// The atomic visual fact that this place holds `digit`, word for word as annotations and reference responses state it.
    package func annotation(digit: Int) -> String { "The \(name) digit is \(digit)." }

    /// Reads an annotation back: the inverse of ``annotation(digit:)``, nil for any other text.
    package static func parse(annotation: String) -> (place: DigitPlace, digit: Int)? {
        let words = annotation.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let digit = words[4].first?.wholeNumberValue, (0...9).contains(digit) else { return nil }
        let names = words[1].split(separator: "-").map(String.init)
        guard names.count == 2, let row = GridRow(rawValue: names[0]), let column = GridColumn(rawValue: names[1]) else { return nil }
        let place = DigitPlace(row: row, column: column)
        // Whatever the pieces look like, only the exact wording is an annotation.
        return place.annotation(digit: digit) == annotation ? (place, digit) : nil
    }
}

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
    package var places: [DigitPlace] {
        rows.flatMap { row in columns.map { DigitPlace(row: row, column: $0) } }
    }
}
