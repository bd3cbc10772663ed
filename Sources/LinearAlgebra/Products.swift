internal import CKernels
internal import COpenBLAS
import Glibc

/// Which implementation large products use. Both give the same bits where the probe allows OpenBLAS at all.
package enum ProductRoute: Sendable {
    /// Our kernel for every product.
    case kernel
    /// OpenBLAS for products above its small-matrix limit, our kernel for the rest.
    case openBLAS
}

/// Matrix products by the *canonical dot product*: for each block of at most 320 values of k from 0 upwards one fma chain in ascending k,
/// block sums added in order.
///
/// An element depends on its row of A and its column of B only, whatever else is computed with it, so decoding, training and scoring agree
/// bit for bit; and since the backward pass keeps the contract too, gradients are the same bits on every CPU.
package enum Products {
    /// Below this number of multiplications OpenBLAS may choose its small-matrix kernels, which order additions differently.
    static let smallMatrixLimit = 2_000_000
    static let blockLength = 320

    /// How large products run on this CPU, found out once by ``OpenBLASProbe``.
    package static let route: ProductRoute = {
        openblas_set_num_threads(1)
        return OpenBLASProbe.keepsContract() ? .openBLAS : .kernel
    }()

    /// c = (accumulate ? c : 0) + a b. Shapes: a [M,K], b [K,N], c [M,N].
    package static func forward(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false) {
        precondition(
            a.columns == b.rows && c.rows == a.rows && c.columns == b.columns, "product of \(a.shape) and \(b.shape) into \(c.shape)")
        if isLarge(a, columns: b.columns), route == .openBLAS {
            openBLAS(a, b, into: c, accumulate: accumulate)
        } else {
            kernel(a, b, into: c, accumulate: accumulate)
        }
    }

    /// The same with b given transposed, [N,K], as models store their matrices.
    package static func forward(_ a: Matrix, transposed b: Matrix, into c: Matrix, accumulate: Bool = false) {
        precondition(
            a.columns == b.columns && c.rows == a.rows && c.columns == b.rows, "product of \(a.shape) and \(b.shape)^T into \(c.shape)")
        if isLarge(a, columns: b.rows), route == .openBLAS {
            openBLAS(a, transposed: b, into: c, accumulate: accumulate)
        } else {
            kernel(a, transposed: b, into: c, accumulate: accumulate)
        }
    }

    /// The same with b in bfloat16: the bits of the product with b widened to float32.
    package static func forward(_ a: Matrix, transposed b: BFloat16Matrix, into c: Matrix, accumulate: Bool = false) {
        precondition(
            a.columns == b.columns && c.rows == a.rows && c.columns == b.rows,
            "product of \(a.shape) and [\(b.rows), \(b.columns)]^T into \(c.shape)")
        guard isLarge(a, columns: widenedRows), route == .openBLAS else {
            ck_gemm_nt_bfloat16(
                Int64(a.rows), Int64(b.rows), Int64(a.columns), a.base, Int64(a.stride), b.base, Int64(b.columns), c.base, Int64(c.stride),
                accumulate ? 1 : 0)
            return
        }
        // Some rows of b at a time are widened: what they cost is shared by all rows of a.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: widenedRows * b.columns) { scratch in
            guard let base = scratch.baseAddress else { return }
            for first in stride(from: 0, to: b.rows, by: widenedRows) {
                let rows = first..<min(first + widenedRows, b.rows)
                BFloat16.widen(b.row(first), into: base, count: rows.count * b.columns)
                forward(
                    a, transposed: Matrix(base, rows: rows.count, columns: b.columns), into: c.columns(rows), accumulate: accumulate)
            }
        }
    }

    /// Rows of a bfloat16 factor that are float32 at once on their way to OpenBLAS.
    private static let widenedRows = 256

    /// Whether a product is above the small-matrix limit in each of its full K blocks.
    private static func isLarge(_ a: Matrix, columns: Int) -> Bool {
        a.rows * columns * min(blockLength, a.columns) >= smallMatrixLimit
    }

    static func kernel(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
        ck_gemm_nn(
            Int64(a.rows), Int64(b.columns), Int64(a.columns), a.base, Int64(a.stride), b.base, Int64(b.stride), c.base, Int64(c.stride),
            accumulate ? 1 : 0)
    }

    static func kernel(_ a: Matrix, transposed b: Matrix, into c: Matrix, accumulate: Bool) {
        ck_gemm_nt(
            Int64(a.rows), Int64(b.rows), Int64(a.columns), a.base, Int64(a.stride), b.base, Int64(b.stride), c.base, Int64(c.stride),
            accumulate ? 1 : 0)
    }

    /// Block by block through OpenBLAS; blocks below its small-matrix limit through our kernel.
    static func openBLAS(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
        for k in stride(from: 0, to: a.columns, by: blockLength) {
            let block = k..<min(k + blockLength, a.columns)
            let adds = accumulate || k > 0
            if a.rows * b.columns * block.count < smallMatrixLimit {
                kernel(a.columns(block), b.rows(block), into: c, accumulate: adds)
            } else {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(a.rows), blasint(b.columns), blasint(block.count), 1, a.base + k,
                    blasint(a.stride), b.row(k), blasint(b.stride), adds ? 1 : 0, c.base, blasint(c.stride))
            }
        }
    }

    /// The same with b given transposed.
    static func openBLAS(_ a: Matrix, transposed b: Matrix, into c: Matrix, accumulate: Bool) {
        for k in stride(from: 0, to: a.columns, by: blockLength) {
            let block = k..<min(k + blockLength, a.columns)
            let adds = accumulate || k > 0
            if a.rows * b.rows * block.count < smallMatrixLimit {
                kernel(a.columns(block), transposed: b.columns(block), into: c, accumulate: adds)
            } else {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, blasint(a.rows), blasint(b.rows), blasint(block.count), 1, a.base + k,
                    blasint(a.stride), b.base + k, blasint(b.stride), adds ? 1 : 0, c.base, blasint(c.stride))
            }
        }
    }

    /// c = (accumulate ? c : 0) + op(a) op(b), for the backward pass. Shapes after transposition: [M,K] [K,N] -> [M,N].
    package static func backward(
        _ a: Matrix, transposeA: Bool = false, _ b: Matrix, transposeB: Bool = false, into c: Matrix, accumulate: Bool = true
    ) {
        precondition(!(transposeA && transposeB), "no product needs both factors transposed")
        guard transposeA else {
            if transposeB {
                forward(a, transposed: b, into: c, accumulate: accumulate)
            } else {
                forward(a, b, into: c, accumulate: accumulate)
            }
            return
        }
        // a^T once, then rows of it are contiguous like those of any left factor.
        guard let memory = malloc(max(1, a.rows * a.columns) * 4) else { preconditionFailure("out of memory") }
        defer { free(memory) }
        let turned = Matrix(
            memory.bindMemory(to: Float.self, capacity: max(1, a.rows * a.columns)), rows: a.columns, columns: a.rows)
        transpose(a, into: turned)
        forward(turned, b, into: c, accumulate: accumulate)
    }

    /// out = in transposed.
    package static func transpose(_ input: Matrix, into output: Matrix) {
        precondition(output.rows == input.columns && output.columns == input.rows, "transpose of \(input.shape) into \(output.shape)")
        ck_transpose(Int64(input.rows), Int64(input.columns), input.base, Int64(input.stride), output.base, Int64(output.stride))
    }

    /// OpenBLAS's own words on how it was built, and the CPU kernel it chose.
    package static var openBLASDescription: (configuration: String, core: String) {
        (String(cString: openblas_get_config()), String(cString: openblas_get_corename()))
    }
}

extension Matrix {
    var shape: String { "[\(rows), \(columns)]" }
}
