extension Float {
    /// The value of IEEE 754 binary16 bits: exact, NaN stays NaN.
    package init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0x1F: self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        case 0:
            // Zero and subnormals: fraction * 2^-24 is exact in binary32.
            let magnitude = Float(fraction) * 0x1p-24
            self.init(bitPattern: sign | magnitude.bitPattern)
        default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The value of bfloat16 bits, which are the upper half of binary32.
    package init(brainBits bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }
}
