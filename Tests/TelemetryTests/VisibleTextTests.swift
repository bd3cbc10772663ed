import Foundation
import JSON
import Telemetry
import Testing

/// What a terminal acts on never reaches it from a file, a server or a model.
@Suite("text on a terminal")
struct VisibleTextTests {
    private static let attack = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\u{202E}txt\u{2066}\u{200B}\u{7F}\r\u{8}\u{2028}"

    private static func isSafe(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar == "\n" || scalar == "\t"
                || ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
    }

    @Test("controls and reordering marks become their numbers; words of any script stay as they are")
    func escapes() {
        let visible = VisibleText.of("a" + Self.attack + "b\n\tc")
        #expect(Self.isSafe(visible) && visible.hasPrefix("a\\u{1b}]0;owned\\u{7}") && visible.hasSuffix("b\n\tc"))
        #expect(VisibleText.of("one\ntwo", keepingLines: false) == "one\\u{a}two")
        for text in ["plain", "é ü 漢字 日本語 עברית", "می\u{200C}خواهم", "👩\u{200D}🔬", "▁Ġ"] { #expect(VisibleText.of(text) == text) }
    }

    @Test("JSON keeps its value and holds nothing that a terminal acts on")
    func json() throws {
        let value = JSONValue.object([.init("k" + Self.attack, .string(Self.attack + "\u{E0001}"))])
        let text = VisibleText.json(value.text)
        #expect(Self.isSafe(text))
        #expect(try JSONValue(parsing: text) == value)
        #expect(VisibleText.json(#"{"a":"é\u200b"}"#) == #"{"a":"é\u200b"}"#)
    }

    @Test("a long message is cut, and says by how much")
    func length() {
        let long = String(repeating: "x", count: 100_000)
        let shown = VisibleText.message(long)
        #expect(shown.utf8.count < 17_000 && shown.hasSuffix("… (83616 bytes more)"))
        #expect(VisibleText.message(long + "\n").hasSuffix("more)\n"))
        #expect(VisibleText.message("short") == "short")
    }

    @Test("the console makes every message and the standing line safe, whoever wrote them")
    func console() {
        let out = Collected()
        let console = Console(isTerminal: true, columns: { 200 }, sink: { out.add($0) })
        console.say("server: " + Self.attack)
        console.draw("step 1 " + Self.attack)
        console.say(String(repeating: "y", count: 1 << 20))
        let clear = "\r\u{1B}[2K"
        for text in out.all { #expect(Self.isSafe(text.replacing(clear, with: "")), "\(text.debugDescription.prefix(200))") }
        #expect(out.all.count == 3 && out.all.allSatisfy { $0.utf8.count < 20_000 })
    }

    @Test("a log's value of a megabyte takes a line of a few kilobytes")
    func logValues() throws {
        let out = Collected()
        Log(sink: { out.add($0) }).error("server", ["said": String(repeating: "\u{1B}", count: 1 << 20)])
        let line = try #require(out.all.first)
        #expect(line.utf8.count < 64 << 10 && line.hasSuffix("\n") && Self.isSafe(line))
    }

    @Test(
        "what a host may be called",
        arguments: [
            ("node3", true), ("node-3.site_a.example", true), ("10.0.0.7", true), ("node3:2", true), ("-oProxyCommand=touch /tmp/x", false),
            ("--", false), ("", false), ("node3:0", false), ("node3:99999999999999999999", false), ("node3:", false), ("a b", false),
            ("a;b", false), ("$(id)", false), ("a\nb", false), (".a", false), ("root@node3", false), ("ｎｏｄｅ", false),
            (String(repeating: "a", count: 254), false),
        ])
    func hosts(_ name: String, _ isOne: Bool) {
        let fault = HostPlace.fault(of: name)
        #expect((fault == nil) == isOne, "\(fault ?? "taken")")
    }
}
