internal import CKernels

/// Row and elementwise operations. Every one gives the same bits on every CPU and depends on its own row only.
package enum Rows {
    /// y = x / rms(x) * weight, row by row. Shapes: x, y [T,D], weight [D]; `scale` [T] receives 1 / rms for the backward pass.
    package static func rmsNorm(
        _ x: Matrix, weight: UnsafePointer<Float>, epsilon: Float, into y: Matrix, scale: UnsafeMutablePointer<Float>
    ) {
        ck_rms_norm(Int64(x.rows), Int64(x.columns), x.base, weight, epsilon, y.base, scale)
    }

    /// dx += gradient of ``rmsNorm(_:weight:epsilon:into:scale:)``, dweight += its sum over rows.
    package static func rmsNormBackward(
        _ x: Matrix, weight: UnsafePointer<Float>, scale: UnsafePointer<Float>, dy: Matrix, dx: Matrix, dweight: UnsafeMutablePointer<Float>
    ) {
        ck_rms_norm_backward(Int64(x.rows), Int64(x.columns), x.base, weight, scale, dy.base, dx.base, dweight)
    }

    /// x += bias, row by row. Shape of bias: [D].
    package static func addBias(_ bias: UnsafePointer<Float>, to x: Matrix) {
        ck_add_bias(Int64(x.rows), Int64(x.columns), x.base, Int64(x.stride), bias)
    }

    /// sum += the sum of x's rows, in row order. Shape of sum: [D].
    package static func columnSum(_ x: Matrix, into sum: UnsafeMutablePointer<Float>) {
        ck_column_sum(Int64(x.rows), Int64(x.columns), x.base, Int64(x.stride), sum)
    }

    /// y += x for `count` values.
    package static func add(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) { ck_add(Int64(count), x, y) }

    /// y += a x for `count` values.
    package static func add(_ a: Float, times x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        ck_axpy(Int64(count), a, x, y)
    }

    /// y = silu(gate) * up. Contiguous matrices of one shape.
    package static func swiGLU(gate: Matrix, up: Matrix, into y: Matrix) {
        ck_swiglu(Int64(gate.rows * gate.columns), gate.base, up.base, y.base)
    }

    /// Gradients of ``swiGLU(gate:up:into:)``, overwritten.
    package static func swiGLUBackward(gate: Matrix, up: Matrix, dy: Matrix, dgate: Matrix, dup: Matrix) {
        ck_swiglu_backward(Int64(gate.rows * gate.columns), gate.base, up.base, dy.base, dgate.base, dup.base)
    }

    /// y = x * Phi(x), the exact GELU.
    package static func gelu(_ x: Matrix, into y: Matrix) { ck_gelu(Int64(x.rows * x.columns), x.base, y.base) }

    /// dx = dy * GELU'(x), overwritten; `dx` may be `dy`.
    package static func geluBackward(_ x: Matrix, dy: Matrix, dx: Matrix) {
        ck_gelu_backward(Int64(x.rows * x.columns), x.base, dy.base, dx.base)
    }

    /// Rotates all heads of each row by the row's angles: (a, b) -> (a c - b s, b c + a s). Shapes: x [T, heads * 2 H], tables [T,H].
    ///
    /// - Parameter inverse: rotate back; this is the backward pass too.
    package static func rotate(_ x: Matrix, heads: Int, cosine: Matrix, sine: Matrix, inverse: Bool = false) {
        ck_rotate(
            Int64(x.rows), Int64(heads), Int64(cosine.columns), x.base, Int64(x.stride), cosine.base, sine.base, inverse ? -1 : 1)
    }
}
