package import LinearAlgebra

/// A model's parameters: one flat float32 buffer, and a transposed copy of each linear layer's matrix for forward products.
///
/// - Isolation: read by any number of threads; written only while nobody computes with it.
package final class PolicyWeights: @unchecked Sendable {
    package let configuration: ModelConfiguration
    package let table: ParameterTable
    package let values: FloatBuffer
    private let transposed: FloatBuffer

    package init(_ configuration: ModelConfiguration) {
        self.configuration = configuration
        table = ParameterTable(configuration)
        values = FloatBuffer(count: table.count)
        transposed = FloatBuffer(count: table.transposedCount)
    }

    /// A copy with memory of its own.
    package func copy() -> PolicyWeights {
        let copy = PolicyWeights(configuration)
        copy.values.copy(from: values)
        copy.refresh()
        return copy
    }

    /// Brings the transposed copies up to date. Call after `values` has changed.
    package func refresh() {
        for linear in table.linears {
            Products.transpose(
                Matrix(values.base + linear.weight, rows: linear.outputs, columns: linear.inputs),
                into: Matrix(transposed.base + linear.transposed, rows: linear.inputs, columns: linear.outputs))
        }
    }

    /// W `[outputs, inputs]`.
    func weight(_ linear: Linear) -> Matrix { Matrix(values.base + linear.weight, rows: linear.outputs, columns: linear.inputs) }

    /// y = x W^T + b by the canonical dot product.
    package func apply(_ linear: Linear, _ x: Matrix, into y: Matrix) {
        Products.forward(x, Matrix(transposed.base + linear.transposed, rows: linear.inputs, columns: linear.outputs), into: y)
        if let bias = linear.bias { Rows.addBias(values.base + bias, to: y) }
    }

    /// Adds the layer's gradients to `gradients` and, where `dx` is given, dx = dy W (or += with `accumulate`).
    func backward(_ linear: Linear, x: Matrix, dy: Matrix, dx: Matrix?, accumulate: Bool = false, gradients: FloatBuffer) {
        Products.backward(
            dy, transposeA: true, x, into: Matrix(gradients.base + linear.weight, rows: linear.outputs, columns: linear.inputs))
        if let bias = linear.bias { Rows.columnSum(dy, into: gradients.base + bias) }
        if let dx { Products.backward(dy, weight(linear), into: dx, accumulate: accumulate) }
    }
}
