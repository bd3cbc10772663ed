/// Counter-based random numbers: number `n` of a key is a pure function of the key and `n`, so that problems can be made in any order, by
/// any rank, and come out the same.
///
/// Number n is `mix(key + (n + 1) * 0x9E3779B97F4A7C15)` in wrapping 64-bit arithmetic, `mix` being the finaliser of SplitMix64
/// (Steele, Lea and Flood, OOPSLA 2014; constants of Stafford's variant 13): with key 0 the sequence is SplitMix64 seeded with 0.
/// Integers only, so that every CPU gives the same bits.
///
/// Data keep this generator beside `Randomness.CounterRandom` (Philox): problems and training texts are what it draws, and the committed
/// models, their tokenizers and the fixtures of the tests stand on its numbers.
package struct KeyedRandom: Sendable, RandomNumberGenerator {
    private let key: UInt64
    private var counter: UInt64 = 0

    /// A stream of its own for each list of words; the order of the words matters.
    ///
    /// - Parameters:
    ///   - seed: The run's or data set's seed: the key itself where `words` is empty.
    ///   - words: What the numbers are for: split, index, purpose.
    package init(seed: UInt64, words: [UInt64] = []) {
        var key = seed
        for word in words {
            key = Self.mix(key &+ 0x9E37_79B9_7F4A_7C15) ^ Self.mix(word &+ 0xD1B5_4A32_D192_ED03)
        }
        self.key = key
    }

    /// Number `index` of this key, whatever has been drawn before.
    package subscript(index: UInt64) -> UInt64 {
        Self.mix(key &+ (index &+ 1) &* 0x9E37_79B9_7F4A_7C15)
    }

    /// The next number of the stream.
    package mutating func next() -> UInt64 {
        defer { counter &+= 1 }
        return self[counter]
    }

    /// A number in `0 ..< bound`: the high word of a 64 x 64 bit product. The bias is below bound / 2^64.
    ///
    /// - Precondition: `bound` is positive.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "a random number below \(bound) does not exist")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// One of `elements`, each as likely.
    ///
    /// - Precondition: `elements` is not empty.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// True in `percent` of 100 draws.
    package mutating func chance(percent: Int) -> Bool {
        below(100) < percent
    }

    /// The numbers `0 ..< count` in a random order: Fisher and Yates, from the last place down.
    package mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, below(last + 1))
        }
        return order
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
