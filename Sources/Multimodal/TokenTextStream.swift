/// Turns tokens into text one by one, in whole characters.
///
/// A token may end inside of a character: its bytes are held back until the rest has come. What can't become a character is U+FFFD, so that
/// the pieces joined are ``Tokenizer/decode(_:skipSpecial:)`` of all tokens.
package struct TokenTextStream: Sendable {
    private let tokenizer: Tokenizer
    /// The beginning of a character: three bytes at most.
    private var held: [UInt8] = []

    package init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
    }

    /// The text that `token` completes; empty if it only begins a character, or if there is no such token.
    package mutating func append(_ token: Int32) -> String {
        held += tokenizer.tokenBytes(of: token) ?? []
        let start = held.count - Self.beginningCount(of: held)
        defer { held.removeFirst(start) }
        return String(decoding: held[..<start], as: UTF8.self)
    }

    /// What was held back, when no more comes: U+FFFD or nothing.
    package mutating func finish() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// How many bytes at the end of `bytes` may yet become one character. Source: table 3-7 of the Unicode Standard.
    private static func beginningCount(of bytes: [UInt8]) -> Int {
        for count in 1...3 where count <= bytes.count {
            let tail = bytes.suffix(count)
            guard let lead = tail.first, lead & 0xC0 != 0x80 else { continue }
            let length: Int
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0...0xEF: length = 3
            case 0xF0...0xF4: length = 4
            default: return 0
            }
            guard count < length else { return 0 }
            guard let second = tail.dropFirst().first else { return count }
            // The second byte must not make an overlong form, a surrogate or a number above U+10FFFF.
            switch lead {
            case 0xE0: return second >= 0xA0 ? count : 0
            case 0xED: return second < 0xA0 ? count : 0
            case 0xF0: return second >= 0x90 ? count : 0
            case 0xF4: return second < 0x90 ? count : 0
            default: return count
            }
        }
        return 0
    }
}
