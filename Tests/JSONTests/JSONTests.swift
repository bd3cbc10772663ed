import JSON
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "every number reads back as the same bits",
        arguments: [
            0.1, -0.0, 1.0 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 9_007_199_254_740_994, 1e15, -17, 1e-6, 123_456_789.125,
        ])
    func roundTrip(value: Double) throws {
        let text = JSONValue.number(value).text
        let read = try #require(JSONValue(parsing: text).number)
        #expect(read.bitPattern == value.bitPattern, "\(text)")
    }

    @Test("strings read back, whatever they hold, and never break a line")
    func strings() throws {
        for text in ["", "\"\\/\n\r\t\u{0}\u{1F}\u{7F}", "Straße 数字 👩‍🔬 \u{2028}\u{2029}", "</script>"] {
            let written = JSONValue.string(text).text
            #expect(!written.utf8.contains(0x0A))
            #expect(try JSONValue(parsing: written).string == text)
        }
        #expect(try JSONValue(parsing: #""\ud83d\ude00 \u00e9 \/""#).string == "😀 é /")
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.", "+1", ".5", "1e", "nul", "\"a", "\"\\x\"", "\"\\ud800\"",
            "\"\\u12g4\"", "1 2", "{a:1}", "1e999", "NaN", "\"\n\"",
        ])
    func refused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test("nesting is bounded")
    func depth() throws {
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
        _ = try JSONValue(parsing: String(repeating: "[", count: 60) + String(repeating: "]", count: 60))
    }

    @Test("an error names the text, the line and the byte")
    func errors() throws {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array("{\n\"a\": tru\n}".utf8), name: "a.json") }
        #expect(error?.line == 2 && error?.offset == 7)
        #expect(error?.description == "a.json, line 2: a value was expected, not 'tru'")
        #expect(error?.inLine == "column 6: a value was expected, not 'tru'")
    }

    @Test(
        "an error says what should stand where, and what does",
        arguments: [
            (#"{"é": 1 "b": 2}"#, #"column 9: a comma or the end of an object was expected, not '"'"#),
            (#"{'a': 1}"#, #"column 2: a string was expected, not "'""#), (#"{"a" 1}"#, #"column 6: a colon was expected, not '1'"#),
            (#"{"a": NaN}"#, #"column 7: a value was expected, not 'NaN'"#),
            (#"{"a": 1"#, "column 8: a comma or the end of an object was expected, but the text ends"),
            ("{\u{1B}[2J", "column 2: a string was expected, not U+1B"),
            (#"{"a": 1, "a": 2}"#, #"column 13: "a" occurs twice in one object"#),
        ])
    func places(text: String, message: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.inLine == message)
    }

    @Test("numbers can be had as they are written, and values passed over")
    func numberTexts() throws {
        var reader = JSONReader(Array(#"[0.10, 1e5, -12345678901234567890, 1e999, {"a": [1, "x", null]}, true]"#.utf8), name: "a.json")
        var texts: [String] = []
        try reader.readArray { reader in
            if [0x7B, 0x74].contains(reader.peek()) { try reader.skipValue() } else { texts.append(try reader.readNumberText()) }
        }
        try reader.readEnd()
        #expect(texts == ["0.10", "1e5", "-12345678901234567890", "1e999"])
    }

    @Test("a byte order mark is passed over in files of others, and before lines of values")
    func byteOrderMark() throws {
        #expect(try JSONValue(parsing: JSONReader.byteOrderMark + Array("[1]".utf8), name: "a.json") == [1])
        #expect(throws: JSONError.self) { try JSONValue(parsing: JSONReader.byteOrderMark + Array("[1]".utf8), name: "a", rules: .strict) }
        var lines: [String] = []
        JSONLines.forEach(JSONReader.byteOrderMark + Array("1\r\n \t\r\n\n2".utf8)) { lines.append("\($0) \($1.first ?? 0)") }
        #expect(lines == ["1 49", "4 50"])
        #expect(JSONLines.encodingFault(of: [0xFF, 0xFE, 0x7B, 0]) != nil && JSONLines.encodingFault(of: JSONReader.byteOrderMark) == nil)
    }

    @Test("lenient rules read as Python does: the last of equal members, U+FFFD for half of a surrogate pair")
    func lenient() throws {
        let json = try JSONValue(parsing: Array(#"{"a": 1, "b": "\ud800x", "a": 2}"#.utf8), name: "a.json")
        #expect(json["a"] == 2 && json["b"] == "\u{FFFD}x")
        #expect(try JSONValue(parsing: Array("\"\\ude00\"".utf8), name: "a.json") == "\u{FFFD}")
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22], name: "a.json") }
    }

    @Test("whole numbers are exact up to 2^53, and nothing else is whole")
    func integers() throws {
        #expect(try JSONValue(parsing: "9007199254740992").integer == 1 << 53)
        for text in ["1.5", "-0.25", "1e300", "18014398509481984", "\"1\"", "null"] {
            #expect(try JSONValue(parsing: text).integer == nil, "\(text)")
        }
    }

    @Test("the indented layout is Hugging Face's, and reads back as the same value")
    func layout() throws {
        let value: JSONValue = ["name": "a\"b", "list": [1, .number(2.5), [], nil], "empty": [:], "flag": true]
        #expect(
            value.serialized()
                == "{\n  \"name\": \"a\\\"b\",\n  \"list\": [\n    1,\n    2.5,\n    [],\n    null\n  ],\n  \"empty\": {},\n  \"flag\": true\n}"
        )
        #expect(try JSONValue(parsing: value.serialized()) == value)
        #expect(try JSONValue(parsing: value.text) == value)
    }
}
