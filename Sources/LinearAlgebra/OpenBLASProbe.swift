/// Finds out whether this machine's OpenBLAS computes products by the canonical dot product.
///
/// Sweeps the number of rows, the row's position, N and K, with B as it is and transposed, and compares bits with our kernel. AVX-512 kernels pass, AVX2 ones do not.
package enum OpenBLASProbe {
    /// True if OpenBLAS gave the kernel's bits in all shapes tried (some 40 products, some 10 milliseconds).
    package static func keepsContract() -> Bool {
        let rowCounts = [2, 7, 64, 257]
        let shapes = [(n: 64, k: 64), (n: 192, k: 320), (n: 512, k: 128), (n: 520, k: 576), (n: 1000, k: 333)]
        for shape in shapes {
            // Few rows fall under the small-matrix limit, where OpenBLAS is never asked.
            let block = min(shape.k, Products.blockLength)
            for rows in rowCounts + [Products.smallMatrixLimit / (shape.n * block) + 1]
            where rows * shape.n * block >= Products.smallMatrixLimit && rows < 1000 {
                guard agrees(rows: rows, n: shape.n, k: shape.k) else { return false }
            }
        }
        return true
    }

    private static func agrees(rows: Int, n: Int, k: Int) -> Bool {
        let a = FloatBuffer(count: rows * k)
        let b = FloatBuffer(count: k * n)
        let x = FloatBuffer(count: rows * n)
        let y = FloatBuffer(count: rows * n)
        // One row repeated at every position: each must come out with the same bits.
        for i in 0..<rows { for j in 0..<k { a.base[i * k + j] = pseudo(j) } }
        for i in 0..<k * n { b.base[i] = pseudo(i + 7919) }
        let (ma, mb) = (Matrix(a.base, rows: rows, columns: k), Matrix(b.base, rows: k, columns: n))
        let turned = FloatBuffer(count: n * k)
        let mt = Matrix(turned.base, rows: n, columns: k)
        Products.transpose(mb, into: mt)
        let (mx, my) = (Matrix(x.base, rows: rows, columns: n), Matrix(y.base, rows: rows, columns: n))
        return withExtendedLifetime((a, b, turned, x, y)) {
            func isSame() -> Bool { (0..<rows * n).allSatisfy { x.base[$0].bitPattern == y.base[$0].bitPattern } }
            Products.kernel(ma, mb, into: my, accumulate: false)
            Products.openBLAS(ma, mb, into: mx, accumulate: false)
            guard isSame() else { return false }
            Products.openBLAS(ma, transposed: mt, into: mx, accumulate: false)
            return isSame()
        }
    }

    /// A fixed sequence without structure, in (-1, 1).
    private static func pseudo(_ index: Int) -> Float {
        var z = UInt64(truncatingIfNeeded: index) &* 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        return Float(Int64(bitPattern: z) >> 40) / 8_388_608
    }
}
