internal import CKernels
internal import COpenBLAS

/// Which implementation forward products use. Both give the same bits where the probe allows OpenBLAS at all.
package enum ProductRoute: Sendable {
    /// Our kernel for every product.
    case kernel
    /// OpenBLAS for products above its small-matrix limit, our kernel for the rest.
    case openBLAS
}

/// Matrix products.
///
/// Forward products keep the *canonical dot product*: for each block of at most 320 values of k from 0 upwards one fma chain in ascending
/// k, block sums added in order. So an element depends on its row of A and its column of B only, and decoding, training and scoring
/// agree bit for bit. Products of the backward pass only need fixed shapes and always run on OpenBLAS.
package enum Products {
    /// Below this number of multiplications OpenBLAS may choose its small-matrix kernels, which order additions differently.
    static let smallMatrixLimit = 2_000_000
    static let blockLength = 320

    /// How forward products run on this CPU, found out once by ``OpenBLASProbe``.
    package static let route: ProductRoute = {
        openblas_set_num_threads(1)
        return OpenBLASProbe.keepsContract() ? .openBLAS : .kernel
    }()

    /// c = (accumulate ? c : 0) + a b, canonical. Shapes: a [M,K], b [K,N], c [M,N].
    package static func forward(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool = false) {
        precondition(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns, "product of \(a.shape) and \(b.shape) into \(c.shape)")
        if a.rows * b.columns * a.columns >= smallMatrixLimit, route == .openBLAS {
            openBLAS(a, b, into: c, accumulate: accumulate)
        } else {
            kernel(a, b, into: c, accumulate: accumulate)
        }
    }

    /// The same with b given transposed, [N,K].
    package static func forward(_ a: Matrix, transposed b: Matrix, into c: Matrix, accumulate: Bool = false) {
        precondition(a.columns == b.columns && c.rows == a.rows && c.columns == b.rows, "product of \(a.shape) and \(b.shape)^T into \(c.shape)")
        ck_gemm_nt(
            Int64(a.rows), Int64(b.rows), Int64(a.columns), a.base, Int64(a.stride), b.base, Int64(b.stride), c.base, Int64(c.stride),
            accumulate ? 1 : 0)
    }

    static func kernel(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
        ck_gemm_nn(
            Int64(a.rows), Int64(b.columns), Int64(a.columns), a.base, Int64(a.stride), b.base, Int64(b.stride), c.base, Int64(c.stride),
            accumulate ? 1 : 0)
    }

    static func openBLAS(_ a: Matrix, _ b: Matrix, into c: Matrix, accumulate: Bool) {
        for k in stride(from: 0, to: a.columns, by: blockLength) {
            let length = min(blockLength, a.columns - k)
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(a.rows), blasint(b.columns), blasint(length), 1, a.base + k,
                blasint(a.stride), b.row(k), blasint(b.stride), accumulate || k > 0 ? 1 : 0, c.base, blasint(c.stride))
        }
    }

    /// c += op(a) op(b) for the backward pass, by OpenBLAS on one thread. Shapes after transposition: [M,K] [K,N] -> [M,N].
    package static func backward(
        _ a: Matrix, transposeA: Bool = false, _ b: Matrix, transposeB: Bool = false, into c: Matrix, accumulate: Bool = true
    ) {
        let m = transposeA ? a.columns : a.rows
        let k = transposeA ? a.rows : a.columns
        let n = transposeB ? b.rows : b.columns
        precondition(k == (transposeB ? b.columns : b.rows) && c.rows == m && c.columns == n, "product of \(a.shape) and \(b.shape) into \(c.shape)")
        guard m > 0, n > 0 else { return }
        _ = route  // one thread before the first call
        cblas_sgemm(
            CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, blasint(m), blasint(n),
            blasint(k), 1, a.base, blasint(a.stride), b.base, blasint(b.stride), accumulate ? 1 : 0, c.base, blasint(c.stride))
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
