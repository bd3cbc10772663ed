/// What a rank holds at most, part by part.
package struct RankFootprint: Hashable, Sendable, Codable {
    /// Something that takes memory.
    package struct Part: Hashable, Sendable, Codable {
        package let name: String
        package let bytes: Int
    }

    /// What the rank does.
    package let role: String
    /// How many ranks hold this much.
    package let count: Int
    /// In the order in which they are shown. Parts that take nothing are left out.
    package let parts: [Part]

    package init(role: String, count: Int, parts: [(name: String, bytes: Int)]) {
        self.role = role
        self.count = count
        self.parts = parts.filter { $0.bytes > 0 }.map { Part(name: $0.name, bytes: $0.bytes) }
    }

    /// Bytes of one rank.
    package var total: Int { parts.reduce(0) { $0 + $1.bytes } }
}

extension RankFootprint.Part {
    /// The program, its libraries, tokenizer, data, messages under way and what the allocator keeps: an allowance, chosen from the ranks of
    /// a run of the embedded digits, whose largest resident sizes exceed the computed parts by 138 to 264 MiB (docs/memory.md).
    package static let processByteCount = 256 << 20
}

/// Bytes as people read them.
package enum ByteText {
    package static func of(_ bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) bytes" }
        let tenths = (value * 10).rounded() / 10
        return "\(tenths >= 100 || tenths == tenths.rounded() ? "\(Int(tenths.rounded()))" : "\(tenths)") \(units[unit])"
    }
}
