package import LinearAlgebra

/// A model's parameters: one flat buffer in which every matrix stands once, `[outputs, inputs]` as in model files. Forward products read
/// it transposed, panel by panel; input gradients read it as it stands.
///
/// In bfloat16 the vectors (norms, biases) also have a float32 copy, since row kernels take those; they are under a thousandth of a model.
///
/// - Isolation: read by any number of threads; written only while nobody computes with it.
package final class PolicyWeights: @unchecked Sendable {
    private enum Memory {
        case float32(FloatBuffer)
        case bfloat16(BFloat16Buffer, vectors: VectorCopy)
    }

    package let configuration: ModelConfiguration
    package let table: ParameterTable
    private let memory: Memory

    /// Parameters of undefined value.
    package init(uninitialized configuration: ModelConfiguration, storage: WeightStorage) {
        self.configuration = configuration
        table = ParameterTable(configuration)
        memory =
            switch storage {
            case .float32: .float32(FloatBuffer(uninitializedCount: table.count))
            case .bfloat16: .bfloat16(BFloat16Buffer(uninitializedCount: table.count), vectors: VectorCopy(table.slices))
            }
    }

    /// Parameters in float32, all zero.
    package convenience init(_ configuration: ModelConfiguration) {
        self.init(uninitialized: configuration, storage: .float32)
        values.clear()
    }

    package var storage: WeightStorage {
        switch memory {
        case .float32: .float32
        case .bfloat16: .bfloat16
        }
    }

    /// All parameters in float32, in the table's order.
    ///
    /// - Precondition: ``storage`` is `.float32`.
    package var values: FloatBuffer {
        guard case .float32(let values) = memory else { preconditionFailure("parameters in \(storage.rawValue) have no float32 buffer") }
        return values
    }

    /// The memory of all parameters, in the table's order and in ``storage``'s form: what is sent from rank to rank.
    ///
    /// - Postcondition: whoever writes here calls ``refresh()`` before the parameters are used.
    package var bytes: UnsafeMutableRawBufferPointer {
        switch memory {
        case .float32(let buffer): UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.count * 4)
        case .bfloat16(let buffer, _): UnsafeMutableRawBufferPointer(start: buffer.base, count: buffer.count * 2)
        }
    }

    /// Brings the vectors' copies up to date after ``bytes`` was written.
    package func refresh() {
        if case .bfloat16(let buffer, let vectors) = memory { vectors.copy(from: buffer) }
    }

    /// A norm's weight or a bias, by its first float's place in the table's order.
    package func vector(_ offset: Int) -> UnsafePointer<Float> {
        switch memory {
        case .float32(let buffer): UnsafePointer(buffer.base + offset)
        case .bfloat16(_, let vectors): vectors[offset]
        }
    }

    /// Row i becomes the embedding of token i.
    package func embed(_ tokens: [Int32], into rows: Matrix) {
        let hidden = configuration.text.hiddenSize
        switch memory {
        case .float32(let buffer):
            rows.gather(
                tokens.map(Int.init), from: Matrix(buffer.base + table.embedding, rows: configuration.text.vocabularySize, columns: hidden))
        case .bfloat16(let buffer, _):
            for (row, token) in tokens.enumerated() {
                BFloat16.widen(buffer.base + table.embedding + Int(token) * hidden, into: rows.row(row), count: hidden)
            }
        }
    }

    /// y = x W^T + b by the canonical dot product.
    package func apply(_ linear: Linear, _ x: Matrix, into y: Matrix) {
        switch memory {
        case .float32(let buffer):
            Products.forward(
                x, transposed: Matrix(buffer.base + linear.weight, rows: linear.outputs, columns: linear.inputs), into: y)
        case .bfloat16(let buffer, _):
            Products.forward(
                x, transposed: BFloat16Matrix(buffer.base + linear.weight, rows: linear.outputs, columns: linear.inputs), into: y)
        }
        if let bias = linear.bias { Rows.addBias(vector(bias), to: y) }
    }

    /// Adds the layer's gradients to `gradients` and, where `dx` is given, dx = dy W (or += with `accumulate`).
    ///
    /// - Precondition: ``storage`` is `.float32`.
    func backward(_ linear: Linear, x: Matrix, dy: Matrix, dx: Matrix?, accumulate: Bool = false, gradients: FloatBuffer) {
        Products.backward(
            dy, transposeA: true, x, into: Matrix(gradients.base + linear.weight, rows: linear.outputs, columns: linear.inputs))
        if let bias = linear.bias { Rows.columnSum(dy, into: gradients.base + bias) }
        guard let dx else { return }
        let weight = Matrix(values.base + linear.weight, rows: linear.outputs, columns: linear.inputs)
        Products.backward(dy, weight, into: dx, accumulate: accumulate)
    }
}

/// Float32 copies of a bfloat16 model's vectors.
private struct VectorCopy {
    private let slices: [ParameterSlice]
    private let places: [Int: Int]
    private let copy: FloatBuffer

    init(_ all: [ParameterSlice]) {
        slices = all.filter { $0.shape.count == 1 }
        var places: [Int: Int] = [:]
        var count = 0
        for slice in slices {
            // q, k and v biases are read as one: neighbours stay neighbours.
            places[slice.offset] = count
            count += slice.count
        }
        self.places = places
        copy = FloatBuffer(count: count)
    }

    func copy(from buffer: BFloat16Buffer) {
        for slice in slices {
            if let place = places[slice.offset] { BFloat16.widen(buffer.base + slice.offset, into: copy.base + place, count: slice.count) }
        }
    }

    subscript(offset: Int) -> UnsafePointer<Float> {
        guard let place = places[offset] else { preconditionFailure("no vector begins at \(offset)") }
        return UnsafePointer(copy.base + place)
    }
}
