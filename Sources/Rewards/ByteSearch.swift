extension Array where Element == UInt8 {
    /// The first place of `pattern` at or after `start`. Linear for the patterns used here, which hardly overlap themselves.
    func firstRange(of pattern: [UInt8], from start: Int = 0) -> Range<Int>? {
        guard let first = pattern.first, count >= pattern.count else { return nil }
        var index = start
        while index <= count - pattern.count {
            if self[index] == first, self[index..<index + pattern.count].elementsEqual(pattern) { return index..<index + pattern.count }
            index += 1
        }
        return nil
    }

    /// The last place of `pattern` that ends at or before `end`.
    func lastRange(of pattern: [UInt8], upTo end: Int) -> Range<Int>? {
        guard let first = pattern.first else { return nil }
        var index = Swift.min(end, count) - pattern.count
        while index >= 0 {
            if self[index] == first, self[index..<index + pattern.count].elementsEqual(pattern) { return index..<index + pattern.count }
            index -= 1
        }
        return nil
    }
}
