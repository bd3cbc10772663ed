/// What the usual split patterns want to know of a character.
enum CharacterClass {
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3

    /// The class of each scalar below U+40000, as PCRE2 knows it; none above is a letter, a number or white space.
    static let table: [UInt8] = {
        var table = [UInt8](repeating: other, count: 0x40000)
        var all = String.UnicodeScalarView()
        for value in 0..<UInt32(table.count) {
            if let scalar = Unicode.Scalar(value) { all.append(scalar) }
        }
        var text = String(all)
        text.withUTF8 { bytes in
            for (pattern, kind) in [(#"\p{L}+"#, letter), (#"\p{N}+"#, number), (#"\s+"#, space)] {
                // These patterns are PCRE2's own: a failure to compile them leaves nothing that could work.
                try? RegularExpression(pattern).forEachMatch(in: bytes) { match in
                    for scalar in String(decoding: bytes[match], as: UTF8.self).unicodeScalars { table[Int(scalar.value)] = kind }
                }
            }
        }
        return table
    }()
}
