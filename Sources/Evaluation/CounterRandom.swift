/// Counter-based random numbers: Philox4x32-10.
///
/// A draw is a function of (seed, row, column) alone, so replicates can be computed in any order and always come out the same.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11.
package struct CounterRandom: Sendable {
    private let key: SIMD2<UInt32>

    package init(seed: UInt64) {
        key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    }

    /// The four 32-bit words of one counter.
    package func words(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var c = counter
        var k = key
        for _ in 0..<10 {
            let a = UInt64(c[0]) * 0xD251_1F53
            let b = UInt64(c[2]) * 0xCD9E_8D57
            c = [
                UInt32(truncatingIfNeeded: b >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: b),
                UInt32(truncatingIfNeeded: a >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: a),
            ]
            k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
        }
        return c
    }

    /// A number below `bound`, uniform up to a bias of `bound / 2^64`.
    ///
    /// - Precondition: `bound` is above 0; `row` and `column` are at least 0.
    package func index(below bound: Int, row: Int, column: Int) -> Int {
        let (r, c) = (UInt64(row), UInt64(column))
        let w = words([
            UInt32(truncatingIfNeeded: c), UInt32(truncatingIfNeeded: c >> 32),
            UInt32(truncatingIfNeeded: r), UInt32(truncatingIfNeeded: r >> 32),
        ])
        let bits = UInt64(w[0]) | UInt64(w[1]) << 32
        return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
    }
}
