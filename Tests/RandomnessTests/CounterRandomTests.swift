import Randomness
import Testing

@Suite("Counter-based random numbers")
struct CounterRandomTests {
    /// The three lines "philox4x32 10" of Random123's kat_vectors.
    @Test(
        "Philox 4x32-10 gives its authors' known answers",
        arguments: [
            (UInt64(0), UInt64(0), UInt64(0), SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
            (.max, .max, .max, SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
            (
                0x299f_31d0_a409_3822, 0x0370_7344_1319_8a2e, 0x85a3_08d3_243f_6a88,
                SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
            ),
        ])
    func knownAnswers(key: UInt64, high: UInt64, low: UInt64, expected: SIMD4<UInt32>) {
        #expect(CounterRandom(key: key).words(high, low) == expected)
    }

    @Test("indices are below the bound and reach every value")
    func indices() {
        let random = CounterRandom(key: 7)
        let drawn = Set((0..<2000).map { random.index(below: 37, row: 3, column: $0) })
        #expect(drawn == Set(0..<37))
    }

    @Test("uniform numbers lie in [0, 1) on a grid of 2^-24, with the mean and variance of the uniform distribution")
    func uniform() {
        let random = CounterRandom(key: 5)
        let values = (0..<20_000).map { random.uniform(7, UInt64($0)) }
        #expect(values.allSatisfy { $0 >= 0 && $0 < 1 && ($0 * 0x1p24).rounded() == $0 * 0x1p24 })
        let mean = values.reduce(0.0) { $0 + Double($1) } / 20_000
        let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 20_000
        #expect(abs(mean - 0.5) < 0.01 && abs(variance - 1.0 / 12) < 0.003)
    }

    @Test("normal numbers have mean 0 and variance 1, and lie within 6")
    func normal() {
        let random = CounterRandom(key: 6)
        let values = (0..<20_000).map { Double(random.normal(3, UInt64($0))) }
        let mean = values.reduce(0, +) / 20_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.04)
        #expect(values.allSatisfy { abs($0) <= 6 })
    }

    @Test("keys depend on every word and on their order")
    func mix() {
        let base = CounterRandom.mix(1, 2, 3)
        #expect(base == CounterRandom.mix(1, 2, 3))
        let others = [
            CounterRandom.mix(1, 3, 2), CounterRandom.mix(1, 2), CounterRandom.mix(1, 2, 3, 0), CounterRandom.mix(0, 2, 3),
            CounterRandom.mix(1, 2, 4),
        ]
        #expect(Set(others + [base]).count == 6)
    }
}
