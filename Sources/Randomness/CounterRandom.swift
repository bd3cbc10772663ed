/// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
///
/// A number is a pure function of (key, counter). No state is shared, so who draws, when, and in which order cannot matter.
package struct CounterRandom: Sendable {
    private let key0: UInt32
    private let key1: UInt32

    /// - Parameter key: what the stream is for, for example the run's seed mixed with a purpose by ``mix(_:)``.
    package init(key: UInt64) {
        key0 = UInt32(truncatingIfNeeded: key)
        key1 = UInt32(truncatingIfNeeded: key >> 32)
    }

    /// The four words at a counter.
    package func words(_ high: UInt64, _ low: UInt64) -> SIMD4<UInt32> {
        var c = SIMD4<UInt32>(
            UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32), UInt32(truncatingIfNeeded: high),
            UInt32(truncatingIfNeeded: high >> 32))
        var k0 = key0
        var k1 = key1
        for round in 0..<10 {
            if round > 0 {
                k0 = k0 &+ 0x9E37_79B9
                k1 = k1 &+ 0xBB67_AE85
            }
            let p0 = UInt64(0xD251_1F53) * UInt64(c[0])
            let p1 = UInt64(0xCD9E_8D57) * UInt64(c[2])
            c = SIMD4(
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k0, UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k1,
                UInt32(truncatingIfNeeded: p0))
        }
        return c
    }

    /// A whole number below `bound`: the high word of the product with the first two words. The bias is below bound / 2^64.
    ///
    /// - Precondition: `bound` is positive; `row` and `column` are not negative.
    package func index(below bound: Int, row: Int, column: Int) -> Int {
        precondition(bound > 0, "a random number below \(bound) does not exist")
        let w = words(UInt64(row), UInt64(column))
        return Int((UInt64(w[0]) | UInt64(w[1]) << 32).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// A uniform number in [0, 1), a multiple of 2^-24.
    package func uniform(_ high: UInt64, _ low: UInt64) -> Float { Float(words(high, low)[0] >> 8) * 0x1p-24 }

    /// A sum of twelve uniforms less six: mean 0, variance 1, the same bits everywhere (no logarithm or cosine).
    package func normal(_ high: UInt64, _ low: UInt64) -> Float {
        var sum: Float = 0
        for i in 0..<3 {
            let w = words(high &+ (UInt64(i) << 56), low)
            for lane in 0..<4 { sum += Float(w[lane] >> 8) * 0x1p-24 }
        }
        return sum - 6
    }

    /// Mixes words into one key (SplitMix64's finaliser over a running hash), order included.
    package static func mix(_ words: UInt64...) -> UInt64 {
        var h: UInt64 = 0x243F_6A88_85A3_08D3
        for w in words {
            h = (h ^ w) &+ 0x9E37_79B9_7F4A_7C15
            h = (h ^ (h >> 30)) &* 0xBF58_476D_1CE4_E5B9
            h = (h ^ (h >> 27)) &* 0x94D0_49BB_1331_11EB
            h ^= h >> 31
        }
        return h
    }
}
