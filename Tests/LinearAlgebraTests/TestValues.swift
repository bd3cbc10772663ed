import LinearAlgebra
import Synchronization

/// SplitMix64: the same numbers in every run.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func float(_ range: ClosedRange<Float> = -1...1) -> Float { .random(in: range, using: &self) }
}

/// Memory that outlives every view of it: kept until the tests end.
private let memory = Mutex<[FloatBuffer]>([])

func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let buffer = FloatBuffer(count: count)
    memory.withLock { $0.append(buffer) }
    return buffer.base
}

/// A matrix whose rows stand `stride` apart; what lies between the rows is NaN, so that reading it shows.
func matrix(_ rows: Int, _ columns: Int, stride: Int? = nil, _ value: (Int, Int) -> Float = { _, _ in 0 }) -> Matrix {
    let stride = stride ?? columns
    let result = Matrix(floats(rows * stride), rows: rows, columns: columns, stride: stride)
    for i in 0..<rows * stride { result.base[i] = .nan }
    for r in 0..<rows { for c in 0..<columns { result.row(r)[c] = value(r, c) } }
    return result
}

func random(_ rows: Int, _ columns: Int, stride: Int? = nil, seed: UInt64, range: ClosedRange<Float> = -1...1) -> Matrix {
    var random = TestRandom(state: seed)
    return matrix(rows, columns, stride: stride) { _, _ in random.float(range) }
}

extension Matrix {
    subscript(_ row: Int, _ column: Int) -> Float { self.row(row)[column] }

    /// The values' bits in row order, without what lies between rows.
    var bits: [UInt32] { (0..<rows).flatMap { r in (0..<columns).map { self[r, $0].bitPattern } } }
}

/// dF/dx by central differences in `Double`.
func derivative(_ x: Double, _ f: (Double) -> Double) -> Double {
    let h = 1e-5 * max(1, abs(x))
    return (f(x + h) - f(x - h)) / (2 * h)
}

/// |a - b| within `tolerance` of 1 or of b, whichever is more.
func isClose(_ a: Float, _ b: Double, _ tolerance: Double) -> Bool { abs(Double(a) - b) <= tolerance * max(1, abs(b)) }
