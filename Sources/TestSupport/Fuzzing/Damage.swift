import Foundation

/// How much a fuzzer does: little in every run of the tests, more in `cluster/test --long`.
package enum FuzzEffort {
    package static let isLong = ProcessInfo.processInfo.environment["PERCEPT_LONG_TESTS"] == "1"

    /// - Parameter short: How many in every run; fifty times as many in a long one.
    package static func count(_ short: Int) -> Int { isLong ? short * 50 : short }
}

/// Damage to a file's bytes, from a seed: the same seed, the same damage, on every machine.
package struct Damage {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    /// SplitMix64.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Numbers of bytes and of things that overflow, or promise what no file holds.
    private static let words: [UInt64] = [
        0, 1, 0x7F, 0x80, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max, 1 << 40,
    ]

    /// `bytes` with one to four pieces of damage: bits turned, words replaced, cut, doubled, blanked, or taken from elsewhere.
    ///
    /// - Parameter head: Where damage is looked for mostly: formats keep what governs the reading in front.
    package mutating func done(to bytes: [UInt8], head: Int = 256) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            guard !bytes.isEmpty else { return bytes }
            let at = below(below(3) > 0 ? min(head, bytes.count) : bytes.count)
            let length = min(bytes.count - at, 1 + below(below(4) == 0 ? 4096 : 16))
            switch below(8) {
            case 0: bytes[at] ^= 1 << UInt8(below(8))
            case 1: bytes[at] = UInt8(below(256))
            case 2, 3:
                let word = pick(Self.words)
                let count = [1, 2, 4, 8][below(4)]
                let isBigEndian = below(2) == 0
                for index in 0..<min(count, bytes.count - at) {
                    bytes[at + index] = UInt8(truncatingIfNeeded: word >> UInt64(8 * (isBigEndian ? count - 1 - index : index)))
                }
            case 4: bytes.removeSubrange(at..<at + length)
            case 5: bytes.insert(contentsOf: Array(bytes[at..<at + length]), at: below(bytes.count))
            case 6: bytes = Array(bytes[..<at])
            default: for index in at..<at + length { bytes[index] = pick([0, 0xFF, 0x20, 0x22, 0x7B, 0x5B]) }
            }
        }
        return bytes
    }

    /// Words that a JSON text doesn't expect where it has others.
    private static let values = [
        "null", "true", "-1", "0", "1e999", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "0.1", "\"\"", "[]",
        "{}",
        "\"\\u0000\"", "\"\\ud800\"", "\"\u{1B}]0;x\u{7}\"", "[[[[]]]]", "{\"a\":{\"b\":[1,2,3]}}", "\"\u{202E}\"", "NaN", "01",
        "\"../../etc/passwd\"",
    ]

    /// A JSON text with one to three of its values, or keys, replaced, taken away or doubled; often still JSON.
    package mutating func done(toJSON text: String) -> String {
        var text = text
        for _ in 0...below(3) {
            let pieces = Self.pieces(of: text)
            guard !pieces.isEmpty else { return text }
            let piece = pick(pieces)
            switch below(6) {
            case 0: text.removeSubrange(piece)
            case 1: text.insert(contentsOf: text[piece] + ",", at: piece.lowerBound)
            case 2: text.replaceSubrange(piece, with: "\"" + String(repeating: "a", count: 1 + below(5000)) + "\"")
            default: text.replaceSubrange(piece, with: pick(Self.values))
            }
        }
        return text
    }

    /// Where strings and plain words of a JSON text stand.
    private static func pieces(of text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var index = text.startIndex
        while index < text.endIndex {
            let start = index
            if text[index] == "\"" {
                index = text.index(after: index)
                while index < text.endIndex, text[index] != "\"" {
                    index = text.index(index, offsetBy: text[index] == "\\" ? 2 : 1, limitedBy: text.endIndex) ?? text.endIndex
                }
                if index < text.endIndex { index = text.index(after: index) }
                found.append(start..<index)
            } else if isWord(text[index]) {
                index = text[index...].firstIndex { !isWord($0) } ?? text.endIndex
                found.append(start..<index)
            } else {
                index = text.index(after: index)
            }
        }
        return found
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "+-._".contains(character))
    }
}
