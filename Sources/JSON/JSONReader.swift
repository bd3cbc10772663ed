/// A pull parser for JSON (RFC 8259): fast enough for a tokenizer of 150,000 entries, and it keeps the order of members.
///
/// Strings are handed out as UTF-8 bytes. Errors name the text, the line and the byte, and say what stands there. Under lenient rules a byte order
/// mark at the start is passed over.
package struct JSONReader {
    private let bytes: [UInt8]
    private let name: String
    private let rules: JSONRules
    private var position = 0
    private var depth = 0

    /// Deeper nesting is refused: recursion must not exhaust the stack.
    private static let depthLimit = 64

    /// - Parameters:
    ///   - bytes: the whole text, UTF-8.
    ///   - name: what errors call it.
    package init(_ bytes: [UInt8], name: String, rules: JSONRules = .lenient) {
        self.bytes = bytes
        self.name = name
        self.rules = rules
        if rules == .lenient, bytes.starts(with: Self.byteOrderMark) { position = Self.byteOrderMark.count }
    }

    /// U+FEFF as UTF-8, which some editors put before a text.
    package static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// What comes next, without reading it: the first byte after white space, 0 at the end.
    package mutating func peek() -> UInt8 {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return bytes[position]
            }
        }
        return 0
    }

    /// Reads an object; `body` must read the value of each member. Under strict rules no key may come twice.
    package mutating func readObject(_ body: (_ key: String, _ reader: inout JSONReader) throws -> Void) throws {
        var keys: Set<String> = []
        try readMembers { reader in
            let key = try reader.readString()
            if reader.rules == .strict, !keys.insert(key).inserted { throw reader.failure("\"\(key)\" occurs twice in one object") }
            try reader.readColon()
            try body(key, &reader)
        }
    }

    /// Reads an object; `body` must read key, colon (``readColon()``) and value of each member.
    package mutating func readMembers(_ body: (inout JSONReader) throws -> Void) throws {
        try readList(open: 0x7B, close: 0x7D, "an object", body)
    }

    /// Reads an array; `body` must read each element.
    package mutating func readArray(_ body: (inout JSONReader) throws -> Void) throws {
        try readList(open: 0x5B, close: 0x5D, "an array", body)
    }

    /// Reads the colon between a key and its value.
    package mutating func readColon() throws {
        try expect(0x3A, "a colon")
    }

    /// Reads a string and appends its bytes, escapes resolved; whether they are UTF-8 is left to the caller.
    package mutating func readString(appendingTo output: inout [UInt8]) throws {
        try expect(0x22, "a string")
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case 0x22: return
            case 0x5C: try readEscape(appendingTo: &output)
            case 0..<0x20: throw failure("a control character inside a string")
            default: output.append(byte)
            }
        }
        throw failure("the text ends inside a string")
    }

    /// Reads a string.
    package mutating func readString() throws -> String {
        var output: [UInt8] = []
        try readString(appendingTo: &output)
        guard let string = String(validating: output, as: UTF8.self) else { throw failure("a string that is not UTF-8") }
        return string
    }

    /// Reads a number: the nearest `Double`, which is exact for whole ones up to 2^53.
    package mutating func readNumber() throws -> Double {
        guard let number = Double(try readNumberText()), number.isFinite else { throw failure("a number beyond the range of Double") }
        return number
    }

    /// Reads a number of any size and length, as it is written.
    package mutating func readNumberText() throws -> String {
        _ = peek()
        let start = position
        skip(0x2D)
        let isZeroFirst = position < bytes.count && bytes[position] == 0x30
        let wholeDigitCount = try readDigits()
        guard !isZeroFirst || wholeDigitCount == 1 else { throw failure("a number with a leading zero") }
        if skip(0x2E) { _ = try readDigits() }
        if skip(0x65) || skip(0x45) {
            if !skip(0x2B) { skip(0x2D) }
            _ = try readDigits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func readDigits() throws -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        guard position > start else { throw expected("a value") }
        return position - start
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Reads a number that is a whole one in 0...2^31 - 1.
    package mutating func readIndex() throws -> Int {
        _ = peek()
        let start = position
        var value = 0
        while position < bytes.count, case let digit = Int(bytes[position]) - 0x30, (0...9).contains(digit), value < 1 << 31 {
            value = value * 10 + digit
            position += 1
        }
        guard position > start, value < 1 << 31 else { throw expected("a whole number in 0...\(Int32.max)") }
        return value
    }

    /// Reads `true` or `false`.
    package mutating func readBool() throws -> Bool {
        if peek() == 0x74 {
            try expect(word: "true")
            return true
        }
        try expect(word: "false")
        return false
    }

    /// Reads `null`.
    package mutating func readNull() throws {
        try expect(word: "null")
    }

    /// Reads a value that nobody wants.
    package mutating func skipValue() throws {
        switch peek() {
        case 0x7B: try readObject { _, reader in try reader.skipValue() }
        case 0x5B: try readArray { reader in try reader.skipValue() }
        case 0x22: _ = try readString()
        case 0x74, 0x66: _ = try readBool()
        case 0x6E: try readNull()
        default: _ = try readNumberText()
        }
    }

    /// Checks that nothing but white space is left.
    package mutating func readEnd() throws {
        guard peek() == 0, position == bytes.count else { throw expected("the end of the text, behind its one value,") }
    }

    /// An error at the current place.
    package func failure(_ reason: String) -> JSONError {
        let offset = min(position, bytes.count)
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        // Bytes that go on with a character are none of their own.
        let column = 1 + before[lineStart...].count { $0 & 0xC0 != 0x80 }
        return JSONError(name: name, line: 1 + before.count { $0 == 0x0A }, column: column, offset: offset, reason: reason)
    }

    /// An error that says what should stand at the current place, and what does.
    private func expected(_ what: String) -> JSONError {
        guard position < bytes.count else { return failure("\(what) was expected, but the text ends") }
        let rest = bytes[position...].prefix(48)
        let word = rest.prefix { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || $0 == 0x5F }
        if !word.isEmpty { return failure("\(what) was expected, not '\(String(decoding: word.prefix(20), as: UTF8.self))'") }
        let scalar = String(decoding: rest, as: UTF8.self).unicodeScalars.first ?? "?"
        let quote = scalar == "'" ? "\"" : "'"
        // What can move a cursor is named and not shown.
        let isSeen = scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
        let shown = isSeen ? quote + String(scalar) + quote : "U+" + String(scalar.value, radix: 16, uppercase: true)
        return failure("\(what) was expected, not \(shown)")
    }

    private mutating func readList(open: UInt8, close: UInt8, _ what: String, _ body: (inout JSONReader) throws -> Void) throws {
        try expect(open, what)
        depth += 1
        guard depth <= Self.depthLimit else { throw failure("nested deeper than \(Self.depthLimit) levels") }
        defer { depth -= 1 }
        guard peek() != close else {
            position += 1
            return
        }
        while true {
            try body(&self)
            let next = peek()
            position += 1
            if next == close { return }
            guard next == 0x2C else {
                position -= 1
                throw expected("a comma or the end of \(what)")
            }
        }
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws {
        guard peek() == byte, position < bytes.count else { throw expected(what) }
        position += 1
    }

    private mutating func expect(word: String) throws {
        _ = peek()
        guard bytes[position...].starts(with: word.utf8) else { throw expected("a value") }
        position += word.utf8.count
    }

    private mutating func readEscape(appendingTo output: inout [UInt8]) throws {
        guard position < bytes.count else { throw failure("the text ends inside a string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: output.append(byte)
        case 0x62: output.append(0x08)
        case 0x66: output.append(0x0C)
        case 0x6E: output.append(0x0A)
        case 0x72: output.append(0x0D)
        case 0x74: output.append(0x09)
        case 0x75:
            var value = try readHexadecimal()
            if value & 0xFC00 == 0xD800, position + 1 < bytes.count, bytes[position] == 0x5C, bytes[position + 1] == 0x75 {
                let afterHigh = position
                position += 2
                let low = try readHexadecimal()
                if low & 0xFC00 == 0xDC00 {
                    value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
                } else {
                    position = afterHigh
                }
            }
            let scalar = Unicode.Scalar(value)
            guard scalar != nil || rules == .lenient else { throw failure("half of a surrogate pair") }
            output.append(contentsOf: String(scalar ?? "\u{FFFD}").utf8)
        default: throw failure("an unknown escape inside a string")
        }
    }

    private mutating func readHexadecimal() throws -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure("the text ends inside a string") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure("\\u needs four hexadecimal digits") }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}
