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

extension UInt8 {
    /// Space, tab or a line end.
    var isWhiteSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    /// `0` … `9`.
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    /// `A` … `Z` or `a` … `z`.
    var isLetter: Bool { lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z") }
    /// Capital ASCII letters become small; all else stays.
    var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}

extension ArraySlice<UInt8> {
    /// Without the bytes at either end that satisfy the predicate.
    func trimmed(of isUnwanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let rest = drop(while: isUnwanted)
        return rest.lastIndex { !isUnwanted($0) }.map { rest[...$0] } ?? rest.prefix(0)
    }
}
