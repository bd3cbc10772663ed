import Safetensors

extension GGUFTensorType {
    /// Turns whole blocks into `Float`s, with the roundings of ggml's reference: each product and each sum rounded on its own, so the same
    /// bits.
    ///
    /// - Parameters:
    ///   - source: The first block; need not be aligned.
    ///   - blockCount: How many blocks follow each other there.
    ///   - target: Room for `blockCount * blockSize` values.
    func dequantize(_ source: UnsafeRawPointer, blockCount: Int, into target: UnsafeMutablePointer<Float>) {
        for block in 0..<blockCount {
            let bytes = source + block * blockByteCount
            let values = target + block * blockSize
            switch self {
            case .float32: values.pointee = Float(bitPattern: bytes.littleEndian(at: 0))
            case .float16: values.pointee = bytes.half(at: 0)
            case .bfloat16: values.pointee = Float(brainBits: bytes.littleEndian(at: 0))
            case .q80: Self.q80(bytes, values)
            case .q40: Self.q40(bytes, values)
            case .q41: Self.q41(bytes, values)
            case .q4K: Self.q4K(bytes, values)
            case .q6K: Self.q6K(bytes, values)
            }
        }
    }

    /// x = d q: `d` half, then 32 signed bytes.
    private static func q80(_ bytes: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
        let scale = bytes.half(at: 0)
        for i in 0..<32 { values[i] = scale * Float(Int8(bitPattern: bytes.byte(2 + i))) }
    }

    /// x = d (q - 8): `d` half, then 16 bytes that hold elements i (low four bits) and 16 + i (high).
    private static func q40(_ bytes: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
        let scale = bytes.half(at: 0)
        for i in 0..<16 {
            let pair = bytes.byte(2 + i)
            values[i] = scale * Float(Int(pair & 15) - 8)
            values[16 + i] = scale * Float(Int(pair >> 4) - 8)
        }
    }

    /// x = d q + m: `d`, `m` halves, then 16 bytes as in Q4_0.
    private static func q41(_ bytes: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
        let scale = bytes.half(at: 0)
        let minimum = bytes.half(at: 2)
        for i in 0..<16 {
            let pair = bytes.byte(4 + i)
            values[i] = scale * Float(pair & 15) + minimum
            values[16 + i] = scale * Float(pair >> 4) + minimum
        }
    }

    /// x = (d s) q - (dmin m), with `s` and `m` of 6 bits for each 32 elements: `d`, `dmin` halves, 12 bytes of packed `s` and `m`, then
    /// 128 bytes, 32 for each 64 elements: i in the low four bits, 32 + i in the high.
    private static func q4K(_ bytes: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
        let scale = bytes.half(at: 0)
        let minimumScale = bytes.half(at: 2)
        for group in 0..<8 {
            // Groups 0 to 3 have bytes of their own; 4 to 7 have four bits in the last four bytes, and two on top of the first eight.
            let s: UInt8
            let m: UInt8
            if group < 4 {
                s = bytes.byte(4 + group) & 63
                m = bytes.byte(8 + group) & 63
            } else {
                let low = bytes.byte(8 + group)
                s = (low & 15) | (bytes.byte(group) >> 6) << 4
                m = (low >> 4) | (bytes.byte(4 + group) >> 6) << 4
            }
            let groupScale = scale * Float(s)
            let groupMinimum = minimumScale * Float(m)
            let shift = UInt8(group % 2 * 4)
            for i in 0..<32 {
                values[32 * group + i] = groupScale * Float(bytes.byte(16 + group / 2 * 32 + i) >> shift & 15) - groupMinimum
            }
        }
    }

    /// x = (d s) (q - 32), with a signed byte `s` for each 16 elements: 128 bytes of the low four bits of `q`, 64 of the high two, 16 of
    /// `s`, `d` half. Each half of the block takes 64 of the low bytes (elements i and 64 + i) and 32 of the high (i, 32 + i, 64 + i, 96 + i).
    private static func q6K(_ bytes: UnsafeRawPointer, _ values: UnsafeMutablePointer<Float>) {
        let scale = bytes.half(at: 208)
        for group in 0..<16 {
            let groupScale = scale * Float(Int8(bitPattern: bytes.byte(192 + group)))
            let (half, start) = (group / 8, group % 8 * 16)
            let lowShift = UInt8(start / 64 * 4)
            let highShift = UInt8(start / 32 * 2)
            for i in start..<(start + 16) {
                let low = bytes.byte(64 * half + i % 64) >> lowShift & 15
                let high = bytes.byte(128 + 32 * half + i % 32) >> highShift & 3
                values[128 * half + i] = groupScale * Float(Int(low | high << 4) - 32)
            }
        }
    }
}

extension UnsafeRawPointer {
    fileprivate func byte(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }

    fileprivate func littleEndian<Bits: FixedWidthInteger>(at offset: Int) -> Bits {
        Bits(littleEndian: loadUnaligned(fromByteOffset: offset, as: Bits.self))
    }

    fileprivate func half(at offset: Int) -> Float { Float(halfBits: littleEndian(at: offset)) }
}
