import LinearAlgebra
import Testing

@Suite("bfloat16")
struct BFloat16Tests {
    private func rounded(_ values: [Float]) -> [UInt16] {
        var result = [UInt16](repeating: 0, count: values.count)
        BFloat16.round(values, into: &result, count: values.count)
        return result
    }

    private func widened(_ bits: [UInt16]) -> [Float] {
        var result = [Float](repeating: 0, count: bits.count)
        BFloat16.widen(bits, into: &result, count: bits.count)
        return result
    }

    @Test("every bfloat16 value comes back from float32 with its own bits, NaN as NaN")
    func roundTrip() {
        let all = (0...UInt16.max).map { $0 }
        let values = widened(all)
        for (bits, value) in zip(all, values) { #expect(value.isNaN || value.bitPattern == UInt32(bits) << 16) }
        let again = rounded(values)
        for (index, value) in values.enumerated() {
            #expect(value.isNaN ? widened([again[index]])[0].isNaN : again[index] == all[index])
        }
    }

    @Test("rounding takes the closest value, the even one of two, and infinity beyond the largest")
    func rounding() {
        var random = TestRandom(state: 9)
        var values = (0..<2000).map { _ in
            random.float(-4...4) * Float(sign: .plus, exponent: Int.random(in: -120...120, using: &random), significand: 1)
        }
        values += (0..<200).map { Float(bitPattern: UInt32($0) << 16 | 0x8000) }
        values += [0, -0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity]
        for (value, bits) in zip(values, rounded(values)) {
            let found = Float(bitPattern: UInt32(bits) << 16)
            let (below, above) = (
                Float(bitPattern: value.bitPattern & 0xffff_0000), Float(bitPattern: (value.bitPattern & 0xffff_0000) &+ 0x1_0000)
            )
            // The next value behind the largest finite one counts as 2^128, as in IEEE 754.
            let far = above.isInfinite ? 0x1p128 : Double(above.magnitude)
            let (down, up) = (Double(value.magnitude) - Double(below.magnitude), far - Double(value.magnitude))
            let expected = value.isInfinite || down < up ? below : down > up ? above : bits % 2 == 0 ? found : .nan
            #expect(found.bitPattern == expected.bitPattern, "\(value)")
        }
        #expect(rounded([.nan]).allSatisfy { Float(bitPattern: UInt32($0) << 16).isNaN })
    }

    @Test("rounding in place is rounding and widening, whatever the count", arguments: [1, 15, 16, 17, 4095, 4096, 4097, 9000])
    func inPlace(count: Int) {
        var random = TestRandom(state: UInt64(count))
        let values = (0..<count).map { _ in random.float() }
        var copy = values
        BFloat16.roundInPlace(&copy, count: count)
        #expect(copy == widened(rounded(values)))
    }
}
