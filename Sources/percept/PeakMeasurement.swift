import LinearAlgebra
import Randomness

/// What one core can do: the denominator of every share.
struct PeakMeasurement: Encodable {
    /// The larger of the two products.
    let gflops: Double
    let openBLASGflops: Double
    /// Our canonical kernel, at a size below OpenBLAS's small-matrix limit.
    let kernelGflops: Double
    /// Bytes read and written by y += x over 128 MiB, a second, in 10^9.
    let memoryGigabytesPerSecond: Double
    let openBLASCore: String
    /// Who computes large products: `openblas` or `kernel`.
    let route: String

    enum CodingKeys: String, CodingKey {
        case gflops
        case openBLASGflops = "openblas_gflops"
        case kernelGflops = "kernel_gflops"
        case memoryGigabytesPerSecond = "memory_gb_per_s"
        case openBLASCore = "openblas_core"
        case route
    }

    static func measure() -> PeakMeasurement {
        let openBLAS = gflops(rows: 768, inner: 768, columns: 768, calls: 4) { Products.backward($0, $1, into: $2, accumulate: false) }
        // 96 x 320 x 64 = 1,966,080 multiplications: one K block, and always our kernel.
        let kernel = gflops(rows: 64, inner: 320, columns: 96, calls: 400) { Products.forward($0, $1, into: $2) }
        let count = 1 << 24
        let (x, y) = (FloatBuffer(count: count), FloatBuffer(count: count))
        let seconds = withExtendedLifetime((x, y)) {
            Stopwatch.median(repetitions: 9) { Rows.add(x.base, to: y.base, count: count) }
        }
        return PeakMeasurement(
            gflops: max(openBLAS, kernel), openBLASGflops: openBLAS, kernelGflops: kernel,
            memoryGigabytesPerSecond: 12 * Double(count) / seconds / 1e9, openBLASCore: Products.openBLASDescription.core,
            route: Products.route == .openBLAS ? "openblas" : "kernel")
    }

    private static func gflops(rows: Int, inner: Int, columns: Int, calls: Int, _ product: (Matrix, Matrix, Matrix) -> Void) -> Double {
        let buffers = [rows * inner, inner * columns, rows * columns].map { FloatBuffer(count: $0) }
        let random = CounterRandom(key: 1)
        for (number, buffer) in buffers.prefix(2).enumerated() {
            for i in 0..<buffer.count { buffer.base[i] = random.uniform(UInt64(number), UInt64(i)) - 0.5 }
        }
        let a = Matrix(buffers[0].base, rows: rows, columns: inner)
        let b = Matrix(buffers[1].base, rows: inner, columns: columns)
        let c = Matrix(buffers[2].base, rows: rows, columns: columns)
        // The matrices only look at the buffers' memory.
        let seconds = withExtendedLifetime(buffers) {
            Stopwatch.median(repetitions: 15) { for _ in 0..<calls { product(a, b, c) } }
        }
        return 2 * Double(rows * inner * columns * calls) / seconds / 1e9
    }
}
