/// A JSON value with its object members in file order, as read by a parser that takes nothing but RFC 8259.
///
/// Headers come from strangers, so the parser refuses what Foundation lets pass: an object that names a member twice, nesting beyond a
/// bound, and bytes that are not UTF-8. Numbers keep their spelling; only whole ones are of interest here.
package enum StrictJSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([StrictJSON])
    case object([Member])

    /// One `"name": value` of an object.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: StrictJSON
    }

    /// Where and why parsing stopped.
    package struct SyntaxError: Error, Hashable, Sendable {
        /// Offset in bytes from the start of the text.
        package let offset: Int
        package let message: String
    }

    /// The value that `text` holds, alone, with white space around it.
    /// - Throws: ``SyntaxError`` at the first byte that is out of place.
    package init(parsing text: UnsafeRawBufferPointer, maximumDepth: Int = 16) throws(SyntaxError) {
        var parser = Parser(text: text, maximumDepth: maximumDepth)
        self = try parser.document()
    }

    /// The members of an object, or nil for any other value.
    package var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The text of a string, or nil for any other value.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A whole number that is not negative and fits `Int`, or nil.
    package var nonNegativeInteger: Int? {
        if case .number(let spelling) = self, let value = Int(spelling), value >= 0 { value } else { nil }
    }

    /// The elements of an array, or nil for any other value.
    package var elements: [StrictJSON]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// An object's member by name, or nil.
    package subscript(name: String) -> StrictJSON? { members?.first { $0.name == name }?.value }
}

/// Recursive descent over bytes; the depth bound keeps hostile nesting off the stack.
private struct Parser {
    let text: UnsafeRawBufferPointer
    let maximumDepth: Int
    var position = 0

    init(text: UnsafeRawBufferPointer, maximumDepth: Int) {
        self.text = text
        self.maximumDepth = maximumDepth
    }

    typealias Failure = StrictJSON.SyntaxError

    mutating func document() throws(Failure) -> StrictJSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == text.count else { throw failure("text after the end of the value") }
        return result
    }

    private func failure(_ message: String) -> Failure { Failure(offset: position, message: message) }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(Failure) {
        guard next == byte else { throw failure("expected '\(Character(Unicode.Scalar(byte)))'") }
        position += 1
    }

    private mutating func value(depth: Int) throws(Failure) -> StrictJSON {
        guard depth <= maximumDepth else { throw failure("nested more than \(maximumDepth) deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(let byte) where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
        case .some: throw failure("expected a value")
        case nil: throw failure("the text ends inside a value")
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> StrictJSON {
        try expect(UInt8(ascii: "{"))
        var members: [StrictJSON.Member] = []
        var names: Set<String> = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            let name = try string()
            guard names.insert(name).inserted else { throw failure("\"\(name)\" occurs twice in one object") }
            skipSpace()
            try expect(UInt8(ascii: ":"))
            members.append(StrictJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if next == UInt8(ascii: ",") {
                position += 1
                continue
            }
            try expect(UInt8(ascii: "}"))
            return .object(members)
        }
    }

    private mutating func array(depth: Int) throws(Failure) -> StrictJSON {
        try expect(UInt8(ascii: "["))
        var elements: [StrictJSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if next == UInt8(ascii: ",") {
                position += 1
                continue
            }
            try expect(UInt8(ascii: "]"))
            return .array(elements)
        }
    }

    private mutating func word(_ spelling: StaticString, _ result: StrictJSON) throws(Failure) -> StrictJSON {
        for index in 0..<spelling.utf8CodeUnitCount {
            guard next == spelling.utf8Start[index] else { throw failure("expected a value") }
            position += 1
        }
        return result
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private mutating func number() throws(Failure) -> StrictJSON {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let leading = next
        let wholeDigitCount = try digits()
        if leading == UInt8(ascii: "0"), wholeDigitCount > 1 { throw failure("a number with a leading zero") }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return .number(String(decoding: text[start..<position], as: UTF8.self))
    }

    @discardableResult
    private mutating func digits() throws(Failure) -> Int {
        let start = position
        guard let first = next, isDigit(first) else { throw failure("expected a digit") }
        while let byte = next, isDigit(byte) { position += 1 }
        return position - start
    }

    private mutating func string() throws(Failure) -> String {
        try expect(UInt8(ascii: "\""))
        var bytes: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: bytes, as: UTF8.self) else { throw failure("a string that is not UTF-8") }
                return result
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case 0..<0x20: throw failure("a control character inside a string")
            default: bytes.append(byte)
            }
        }
        throw failure("the text ends inside a string")
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(Failure) {
        guard let byte = next else { throw failure("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if code >= 0xD800, code < 0xDC00 {
                try expect(UInt8(ascii: "\\"))
                try expect(UInt8(ascii: "u"))
                let low = try hexadecimal()
                guard low >= 0xDC00, low < 0xE000 else { throw failure("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair") }
            bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: throw failure("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            code = code * 16 + UInt32(digit)
            position += 1
        }
        return code
    }
}

extension StrictJSON {
    /// `text` as a JSON string, quotes included.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
