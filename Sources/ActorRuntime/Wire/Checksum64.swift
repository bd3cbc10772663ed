/// A fast 64-bit checksum against accidents (torn or flipped bytes, the wrong build), not against an adversary.
///
/// Four interleaved FNV-1a lanes over little-endian 64-bit words (offset basis `0xcbf29ce484222325` plus the lane, prime
/// `0x100000001b3`), the last 1-31 bytes in single steps on lane 0, lanes folded in order, then the byte count. The same on every rank.
package struct Checksum64: Sendable {
    private static let prime: UInt64 = 0x100_0000_01b3
    private var lanes: (UInt64, UInt64, UInt64, UInt64) = (
        0xcbf2_9ce4_8422_2325, 0xcbf2_9ce4_8422_2326, 0xcbf2_9ce4_8422_2327, 0xcbf2_9ce4_8422_2328
    )
    private var byteCount: UInt64 = 0

    /// The checksum of nothing.
    package init() {}

    /// Adds a block. Blocks but the last must be multiples of 32 bytes long, or the value depends on the cut.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount &+= UInt64(bytes.count)
        var offset = 0
        var (a, b, c, d) = lanes
        while offset + 32 <= bytes.count {
            a = (a ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* Self.prime
            b = (b ^ bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)) &* Self.prime
            c = (c ^ bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)) &* Self.prime
            d = (d ^ bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self)) &* Self.prime
            offset += 32
        }
        while offset < bytes.count {
            a = (a ^ UInt64(bytes[offset])) &* Self.prime
            offset += 1
        }
        lanes = (a, b, c, d)
    }

    /// The checksum of everything added so far.
    package var value: UInt64 {
        var result = lanes.0
        for word in [lanes.1, lanes.2, lanes.3, byteCount] {
            // A multiplication carries only upwards: the shift brings high bits down, so that no lane's top bits get lost.
            result = (result ^ word ^ (result >> 29)) &* Self.prime
        }
        return result ^ (result >> 32)
    }

    /// The checksum of one block.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var sum = Checksum64()
        sum.update(bytes)
        return sum.value
    }
}
