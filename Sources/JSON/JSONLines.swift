/// A text that holds one JSON value a line.
package enum JSONLines {
    /// Calls `body` with the number of each line, from 1, and its bytes. Blank lines and a byte order mark at the start are passed over.
    package static func forEach(_ text: [UInt8], _ body: (_ number: Int, _ line: ArraySlice<UInt8>) throws -> Void) rethrows {
        let mark = text.starts(with: JSONReader.byteOrderMark) ? JSONReader.byteOrderMark.count : 0
        for (index, line) in text[mark...].split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
        where line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
            try body(index + 1, line)
        }
    }

    /// Why no line of a text can be read, with what to do; nil if it may be UTF-8.
    package static func encodingFault(of text: [UInt8]) -> String? {
        guard text.starts(with: [0xFF, 0xFE]) || text.starts(with: [0xFE, 0xFF]) else { return nil }
        return "is UTF-16 text: save it as UTF-8"
    }
}

extension JSONError {
    /// The place in a text of one line, and what is wrong there.
    package var inLine: String { "column \(column): \(reason)" }
}
