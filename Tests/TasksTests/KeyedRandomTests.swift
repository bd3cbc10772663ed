import Tasks
import Testing

@Suite("Counter-based random numbers")
struct KeyedRandomTests {
    @Test(
        "without words the stream is SplitMix64 as published",
        arguments: [
            // Vigna's splitmix64.c, as listed on rosettacode.org for seed 1234567; seed 0 as in the JDK's and Numba's tests.
            (UInt64(1_234_567), [UInt64(6_457_827_717_110_365_317), 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]),
            (UInt64(0), [UInt64(0xE220_A839_7B1D_CDAF), 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
        ])
    func matchesSplitMix64(seed: UInt64, expected: [UInt64]) {
        var random = KeyedRandom(seed: seed)
        #expect(expected.map { _ in random.next() } == expected)
        #expect(expected.indices.map { random[UInt64($0)] } == expected)
    }

    @Test("words make streams of their own, and their order matters")
    func wordsSeparateStreams() {
        let streams = [[], [0], [1], [0, 1], [1, 0], [0, 0]].map { KeyedRandom(seed: 7, words: $0)[0] }
        #expect(Set(streams).count == streams.count)
    }

    @Test("a permutation holds each number once")
    func permutationIsComplete() {
        var random = KeyedRandom(seed: 3)
        let order = random.permutation(of: 100)
        #expect(order.sorted() == Array(0..<100))
        #expect(order != Array(0..<100))
        #expect(random.permutation(of: 0).isEmpty)
    }

    @Test("numbers below a bound are spread evenly")
    func boundedNumbersAreEven() {
        var random = KeyedRandom(seed: 11)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<7000 { counts[random.below(7)] += 1 }
        // Five standard deviations of a binomial count are about 146.
        #expect(counts.allSatisfy { abs($0 - 1000) < 146 })
    }
}
