extension GridPlace {
    /// The atomic visual fact that this place holds `digit`, word for word as annotations and reference responses state it.
    package func annotation(digit: Int) -> String { "The \(name) digit is \(digit)." }
}

/// The annotations of the digits task, read back.
package enum DigitsAnnotation {
    /// The inverse of `GridPlace.annotation(digit:)`, nil for any other text.
    package static func parse(_ text: String) -> (place: GridPlace, digit: Int)? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let digit = words[4].first?.wholeNumberValue, (0...9).contains(digit) else { return nil }
        guard let place = GridPlace(name: String(words[1])) else { return nil }
        // Whatever the pieces look like, only the exact wording is an annotation.
        return place.annotation(digit: digit) == text ? (place, digit) : nil
    }
}
