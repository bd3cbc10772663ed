/// A row of a picture's grid, by its name.
package enum GridRow: String, CaseIterable, Codable, Sendable {
    case top, middle, bottom
}

/// A column of a picture's grid, by its name.
package enum GridColumn: String, CaseIterable, Codable, Sendable {
    case left, center, right
}
