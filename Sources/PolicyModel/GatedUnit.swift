package import LinearAlgebra

/// SwiGLU over rows that hold gate and up side by side.
package enum GatedUnit {
    /// y = silu(gate) * up. Shapes: gateUp `[T, 2 I]`, y `[T, I]`.
    package static func forward(_ gateUp: Matrix, into y: Matrix) {
        let half = y.columns
        for r in 0..<y.rows {
            Rows.swiGLU(
                gate: Matrix(gateUp.row(r), rows: 1, columns: half), up: Matrix(gateUp.row(r) + half, rows: 1, columns: half),
                into: Matrix(y.row(r), rows: 1, columns: half))
        }
    }

    /// The gradient, overwritten. Shapes: gateUp and result `[T, 2 I]`, dy `[T, I]`.
    static func backward(_ gateUp: Matrix, dy: Matrix, into dgateUp: Matrix) {
        let half = dy.columns
        for r in 0..<dy.rows {
            Rows.swiGLUBackward(
                gate: Matrix(gateUp.row(r), rows: 1, columns: half), up: Matrix(gateUp.row(r) + half, rows: 1, columns: half),
                dy: Matrix(dy.row(r), rows: 1, columns: half), dgate: Matrix(dgateUp.row(r), rows: 1, columns: half),
                dup: Matrix(dgateUp.row(r) + half, rows: 1, columns: half))
        }
    }
}
