import LinearAlgebra
import Testing

/// The contract, word for word: for each block of at most 320 values of k one fma chain in ascending k, block sums added in order.
private func reference(_ a: Matrix, _ b: Matrix, start: Matrix? = nil) -> [UInt32] {
    var result: [UInt32] = []
    for i in 0..<a.rows {
        for j in 0..<b.columns {
            var sum: Float? = start.map { $0[i, j] }
            for k in stride(from: 0, to: a.columns, by: 320) {
                var chain: Float = 0
                for l in k..<min(k + 320, a.columns) { chain = chain.addingProduct(a[i, l], b[l, j]) }
                sum = sum.map { $0 + chain } ?? chain
            }
            result.append((sum ?? 0).bitPattern)
        }
    }
    return result
}

private func transposed(_ b: Matrix, stride: Int) -> Matrix { matrix(b.columns, b.rows, stride: stride) { b[$1, $0] } }

@Suite("Canonical products")
struct ProductTests {
    @Test("small products follow the contract bit for bit, whatever the remainders and strides", arguments: 1...13)
    func smallShapes(rows: Int) {
        for n in [1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 80, 128, 130] {
            for k in [1, 2, 7, 16, 33] {
                let a = random(rows, k, stride: k + 3, seed: UInt64(rows * 1000 + n))
                let b = random(k, n, stride: n + 5, seed: UInt64(k))
                let c = matrix(rows, n, stride: n + 1)
                Products.forward(a, b, into: c)
                let expected = reference(a, b)
                #expect(c.bits == expected, "[\(rows), \(k)] [\(k), \(n)]")
                let other = matrix(rows, n, stride: n + 7)
                Products.forward(a, transposed: transposed(b, stride: k + 2), into: other)
                #expect(other.bits == expected, "[\(rows), \(k)] [\(n), \(k)]^T")
            }
        }
    }

    @Test("long sums are cut at 320, and products add to what is there", arguments: [319, 320, 321, 639, 640, 641, 1000])
    func longSums(k: Int) {
        let a = random(5, k, stride: k + 1, seed: 3)
        let b = random(k, 37, seed: 4)
        let start = random(5, 37, seed: 5)
        let fresh = matrix(5, 37)
        Products.forward(a, b, into: fresh)
        #expect(fresh.bits == reference(a, b))
        let sum = matrix(5, 37) { start[$0, $1] }
        Products.forward(a, b, into: sum, accumulate: true)
        #expect(sum.bits == reference(a, b, start: start))
        let other = matrix(5, 37) { start[$0, $1] }
        Products.forward(a, transposed: transposed(b, stride: k), into: other, accumulate: true)
        #expect(other.bits == reference(a, b, start: start))
    }

    @Test("nothing beside the rows of c is written, and an empty sum is 0")
    func borders() {
        let c = matrix(3, 19, stride: 24)
        Products.forward(random(3, 8, seed: 1), random(8, 19, seed: 2), into: c)
        for r in 0..<3 { for gap in 19..<24 { #expect(c.row(r)[gap].isNaN) } }
        let empty = matrix(2, 3) { _, _ in 7 }
        Products.forward(matrix(2, 0), matrix(0, 3), into: empty)
        #expect(empty.bits == [UInt32](repeating: 0, count: 6))
    }

    @Test("a row's bits do not depend on the rows beside it, nor on its place")
    func independence() {
        let (k, n) = (350, 129)
        let b = random(k, n, seed: 8)
        let a = random(41, k, seed: 9)
        let all = matrix(41, n)
        Products.forward(a, b, into: all)
        for range in [0..<1, 3..<9, 40..<41, 17..<41] {
            let part = matrix(range.count, n)
            Products.forward(a.rows(range), b, into: part)
            #expect(part.bits == all.rows(range).bits, "rows \(range)")
        }
    }

    @Test("the route is the probe's verdict")
    func probe() {
        #expect((Products.route == .openBLAS) == OpenBLASProbe.keepsContract())
    }

    @Test(
        "products above OpenBLAS's small-matrix limit have the kernel's bits, whichever route the probe chose",
        arguments: [(64, 192, 192), (130, 512, 128), (257, 520, 333), (33, 1000, 576), (600, 384, 128), (7, 1030, 700), (1021, 65, 321)])
    func routes(rows: Int, n: Int, k: Int) {
        #expect(rows * n * k >= 2_000_000)
        let a = random(rows, k, stride: k + 1, seed: UInt64(rows))
        let b = random(k, n, stride: n + 3, seed: UInt64(n))
        let whole = matrix(rows, n)
        Products.forward(a, b, into: whole)
        // Each part is far below the limit, so that our own kernel computes it.
        for first in stride(from: 0, to: rows, by: 2) {
            let range = first..<min(first + 2, rows)
            let part = matrix(range.count, n)
            Products.forward(a.rows(range), b, into: part)
            #expect(part.bits == whole.rows(range).bits, "rows \(range) of [\(rows), \(k)] [\(k), \(n)]")
        }
    }

    @Test(
        "a factor in bfloat16 gives the bits of its values in float32, small or large",
        arguments: [(1, 130, 700), (7, 65, 33), (13, 16, 321), (9, 1000, 320), (64, 700, 333), (300, 520, 64)])
    func bfloat16(rows: Int, n: Int, k: Int) {
        let a = random(rows, k, stride: k + 1, seed: 1)
        let b = random(n, k, seed: 2)
        let buffer = BFloat16Buffer(uninitializedCount: n * k)
        BFloat16.round(b.base, into: buffer.base, count: n * k)
        BFloat16.roundInPlace(b.base, count: n * k)
        for accumulates in [false, true] {
            let (x, y) = (matrix(rows, n, stride: n + 2) { _, _ in 3 }, matrix(rows, n) { _, _ in 3 })
            Products.forward(a, transposed: BFloat16Matrix(buffer.base, rows: n, columns: k), into: x, accumulate: accumulates)
            Products.forward(a, transposed: b, into: y, accumulate: accumulates)
            #expect(x.bits == y.bits)
            let z = matrix(rows, n) { _, _ in 3 }
            Products.forward(a, transposed(b, stride: n), into: z, accumulate: accumulates)
            #expect(x.bits == z.bits)
        }
        withExtendedLifetime(buffer) {}
    }

    @Test("backward products follow the contract too, whichever factor is transposed")
    func backward() {
        for (m, n, k) in [(9, 14, 21), (5, 130, 700), (1, 1, 1)] {
            for (transposeA, transposeB) in [(false, false), (true, false), (false, true)] {
                let a = random(m, k, seed: 1)
                let b = random(k, n, seed: 2)
                let start = random(m, n, seed: 3)
                for accumulates in [false, true] {
                    let c = matrix(m, n) { start[$0, $1] }
                    Products.backward(
                        transposeA ? transposed(a, stride: m + 1) : a, transposeA: transposeA, transposeB ? transposed(b, stride: k) : b,
                        transposeB: transposeB, into: c, accumulate: accumulates)
                    #expect(c.bits == reference(a, b, start: accumulates ? start : nil), "\(m) \(n) \(k)")
                }
            }
        }
    }
}
