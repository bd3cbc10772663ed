import Glibc
import LinearAlgebra
import Testing

private let widths = [1, 15, 16, 17, 40, 64]

@Suite("Row kernels")
struct RowTests {
    @Test("rmsNorm and its gradients agree with the formula, and gradients add up", arguments: widths)
    func rmsNorm(width: Int) {
        let x = random(3, width, seed: 1, range: -2...2)
        let weight = random(1, width, seed: 2)
        let dy = random(3, width, seed: 3)
        let y = matrix(3, width)
        let scale = floats(3)
        let epsilon: Float = 1e-5
        Rows.rmsNorm(x, weight: weight.base, epsilon: epsilon, into: y, scale: scale)
        func output(_ row: [Double], _ weights: [Double], _ column: Int) -> Double {
            let mean = row.reduce(0) { $0 + $1 * $1 } / Double(width)
            return row[column] / (mean + Double(epsilon)).squareRoot() * weights[column]
        }
        func row(_ r: Int) -> [Double] { (0..<width).map { Double(x[r, $0]) } }
        let weights = (0..<width).map { Double(weight[0, $0]) }
        let dx = matrix(3, width) { _, _ in 0.5 }
        let dweight = matrix(1, width) { _, _ in -0.25 }
        Rows.rmsNormBackward(x, weight: weight.base, scale: scale, dy: dy, dx: dx, dweight: dweight.base)
        for c in 0..<width {
            for r in 0..<3 {
                #expect(isClose(y[r, c], output(row(r), weights, c), 2e-6))
                let slope = derivative(Double(x[r, c])) { value in
                    var changed = row(r)
                    changed[c] = value
                    return (0..<width).reduce(0) { $0 + Double(dy[r, $1]) * output(changed, weights, $1) }
                }
                #expect(isClose(dx[r, c], 0.5 + slope, 1e-5))
            }
            let slope = derivative(weights[c]) { value in
                var changed = weights
                changed[c] = value
                return (0..<3).reduce(0) { $0 + Double(dy[$1, c]) * output(row($1), changed, c) }
            }
            #expect(isClose(dweight[0, c], -0.25 + slope, 1e-5))
        }
    }

    @Test("swiGLU and its gradients agree with the formula", arguments: widths)
    func swiGLU(width: Int) {
        let gate = random(2, width, seed: 4, range: -9...9)
        let up = random(2, width, seed: 5, range: -3...3)
        let dy = random(2, width, seed: 6)
        let (y, dgate, dup) = (matrix(2, width), matrix(2, width), matrix(2, width))
        Rows.swiGLU(gate: gate, up: up, into: y)
        Rows.swiGLUBackward(gate: gate, up: up, dy: dy, dgate: dgate, dup: dup)
        func silu(_ x: Double) -> Double { x / (1 + exp(-x)) }
        for r in 0..<2 {
            for c in 0..<width {
                let (g, u, d) = (Double(gate[r, c]), Double(up[r, c]), Double(dy[r, c]))
                #expect(isClose(y[r, c], silu(g) * u, 2e-6))
                #expect(isClose(dgate[r, c], d * u * derivative(g, silu), 1e-5))
                #expect(isClose(dup[r, c], d * silu(g), 2e-6))
            }
        }
    }

    @Test("gelu is the exact one, and its gradient too; the gradient may overwrite its input")
    func gelu() {
        let x = random(3, 29, seed: 7, range: -6...6)
        let dy = random(3, 29, seed: 8)
        let kept = matrix(3, 29) { dy[$0, $1] }
        let y = matrix(3, 29)
        Rows.gelu(x, into: y)
        Rows.geluBackward(x, dy: dy, dx: dy)
        func gelu(_ x: Double) -> Double { 0.5 * x * (1 + erf(x / 2.0.squareRoot())) }
        for r in 0..<3 {
            for c in 0..<29 {
                #expect(isClose(y[r, c], gelu(Double(x[r, c])), 2e-6))
                #expect(isClose(dy[r, c], Double(kept[r, c]) * derivative(Double(x[r, c]), gelu), 1e-5))
            }
        }
    }

    @Test("rotation turns every head's halves by the row's angles; the inverse undoes it and is the transpose", arguments: [1, 4, 16, 19])
    func rotate(half: Int) {
        let heads = 3
        let angles = random(4, half, seed: 9, range: -7...7)
        let cosine = matrix(4, half) { Float(cos(Double(angles[$0, $1]))) }
        let sine = matrix(4, half) { Float(sin(Double(angles[$0, $1]))) }
        let width = heads * 2 * half
        let x = random(4, width, stride: width + 3, seed: 10)
        let y = matrix(4, width, stride: width + 3) { x[$0, $1] }
        Rows.rotate(y, heads: heads, cosine: cosine, sine: sine)
        let back = matrix(4, width) { y[$0, $1] }
        Rows.rotate(back, heads: heads, cosine: cosine, sine: sine, inverse: true)
        // <R x, z> = <x, R^-1 z>: the inverse is the backward pass.
        let z = random(4, width, seed: 11)
        let dz = matrix(4, width) { z[$0, $1] }
        Rows.rotate(dz, heads: heads, cosine: cosine, sine: sine, inverse: true)
        var (left, right) = (0.0, 0.0)
        for r in 0..<4 {
            for c in 0..<width {
                let (head, place) = (c / (2 * half), c % (2 * half))
                let (first, isFirst) = (head * 2 * half + place % half, place < half)
                let (p, q) = (Double(x[r, first]), Double(x[r, first + half]))
                let angle = Double(angles[r, place % half])
                #expect(isClose(y[r, c], isFirst ? p * cos(angle) - q * sin(angle) : q * cos(angle) + p * sin(angle), 2e-6))
                #expect(isClose(back[r, c], Double(x[r, c]), 2e-6))
                left += Double(y[r, c]) * Double(z[r, c])
                right += Double(x[r, c]) * Double(dz[r, c])
            }
        }
        #expect(abs(left - right) < 1e-4)
    }

    @Test("biases, column sums and additions are plain sums in row order", arguments: widths)
    func sums(width: Int) {
        let x = random(5, width, stride: width + 2, seed: 12)
        let bias = random(1, width, seed: 13)
        let biased = matrix(5, width, stride: width + 2) { x[$0, $1] }
        Rows.addBias(bias.base, to: biased)
        let sum = matrix(1, width) { bias[$0, $1] }
        Rows.columnSum(x, into: sum.base)
        let scaled = matrix(1, width) { bias[$0, $1] }
        Rows.add(0.3, times: x.row(2), to: scaled.base, count: width)
        let plain = matrix(1, width) { bias[$0, $1] }
        Rows.add(x.row(1), to: plain.base, count: width)
        for c in 0..<width {
            for r in 0..<5 { #expect(biased[r, c] == x[r, c] + bias[0, c]) }
            #expect(sum[0, c] == (0..<5).reduce(bias[0, c]) { $0 + x[$1, c] })
            #expect(scaled[0, c] == bias[0, c].addingProduct(0.3, x[2, c]))
            #expect(plain[0, c] == bias[0, c] + x[1, c])
        }
    }

    @Test("the exponential is right to 3e-7 over its range, through silu, and saturates without NaN")
    func exponential() {
        let values = (0...4000).map { Float(-100 + Double($0) * 0.05) } + [-.infinity, -1e30, 1e30]
        let gate = matrix(1, values.count) { values[$1] }
        let up = matrix(1, values.count) { _, _ in 1 }
        let y = matrix(1, values.count)
        Rows.swiGLU(gate: gate, up: up, into: y)
        for (index, x) in values.enumerated() where abs(x) <= 100 {
            let expected = Double(x) / (1 + exp(-Double(x)))
            // Below -87.3 e^-x is cut off, where silu has no meaning in training any more.
            #expect(abs(Double(y[0, index]) - expected) <= max(3e-7 * abs(expected), 1e-35), "silu(\(x))")
        }
        #expect(y[0, values.count - 1] == 1e30)
    }
}
