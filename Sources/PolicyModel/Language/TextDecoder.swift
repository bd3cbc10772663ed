package import LinearAlgebra

/// What the decoder's forward pass keeps for its backward pass, per layer.
struct LayerTape {
    let input: Matrix  // [T, D] residual stream before the layer
    let inputNorm: Matrix  // [T, D]
    let inputScale: UnsafeMutablePointer<Float>  // [T]
    let qkv: Matrix  // [T, (heads + 2 kv heads) * head size], q and k rotated
    let attention: Matrix  // [T, heads * head size]
    let middle: Matrix  // [T, D] residual stream after attention
    let postNorm: Matrix  // [T, D]
    let postScale: UnsafeMutablePointer<Float>  // [T]
    let gateUp: Matrix  // [T, 2 I]
    let activation: Matrix  // [T, I]
}

/// The decoder stack of Qwen2.5(-VL) and Llama: RMSNorm, rotary grouped-query attention, RMSNorm, SwiGLU, with residual connections.
struct TextDecoder {
    let weights: PolicyWeights
    let cosine: Matrix
    let sine: Matrix
    let segments: [Segment]
    /// Memory for attention's intermediate values.
    let scratch: Arena

    private var text: TextConfiguration { weights.configuration.text }
    private var attention: Attention {
        Attention(heads: text.headCount, keyValueHeads: text.keyValueHeadCount, headSize: text.headSize, causal: true)
    }
    private var rotatedColumns: Range<Int> { 0..<((text.headCount + text.keyValueHeadCount) * text.headSize) }

    /// The residual stream after all layers. Shapes: input and result `[T, D]`.
    func forward(_ input: Matrix, arena: Arena, tape: inout [LayerTape]) -> Matrix {
        var x = input
        for layer in weights.table.layers {
            let record = forward(layer, x, arena)
            let next = arena.matrix(x.rows, x.columns)
            weights.apply(layer.down, record.activation, into: next)
            Rows.add(record.middle.base, to: next.base, count: x.rows * x.columns)
            tape.append(record)
            x = next
        }
        return x
    }

    private func forward(_ layer: LayerTable, _ x: Matrix, _ arena: Arena) -> LayerTape {
        let base = weights.values.base
        let (rows, hidden) = (x.rows, x.columns)
        let inputNorm = arena.matrix(rows, hidden)
        let inputScale = arena.floats(rows)
        Rows.rmsNorm(x, weight: base + layer.inputNorm, epsilon: text.normEpsilon, into: inputNorm, scale: inputScale)
        let qkv = arena.matrix(rows, layer.qkv.outputs)
        weights.apply(layer.qkv, inputNorm, into: qkv)
        Rows.rotate(qkv.columns(rotatedColumns), heads: text.headCount + text.keyValueHeadCount, cosine: cosine, sine: sine)
        let attended = arena.matrix(rows, layer.output.inputs)
        attention.forward(qkv, segments: segments, into: attended, scratch: scratch)
        let middle = arena.matrix(rows, hidden)
        weights.apply(layer.output, attended, into: middle)
        Rows.add(x.base, to: middle.base, count: rows * hidden)
        let postNorm = arena.matrix(rows, hidden)
        let postScale = arena.floats(rows)
        Rows.rmsNorm(middle, weight: base + layer.postNorm, epsilon: text.normEpsilon, into: postNorm, scale: postScale)
        let gateUp = arena.matrix(rows, layer.gateUp.outputs)
        weights.apply(layer.gateUp, postNorm, into: gateUp)
        let activation = arena.matrix(rows, layer.down.inputs)
        GatedUnit.forward(gateUp, into: activation)
        return LayerTape(
            input: x, inputNorm: inputNorm, inputScale: inputScale, qkv: qkv, attention: attended, middle: middle, postNorm: postNorm,
            postScale: postScale, gateUp: gateUp, activation: activation)
    }

    /// Turns dL/d(result of forward) in `dx` into dL/d(input), in place, and adds the layers' gradients to `gradients`.
    func backward(_ dx: Matrix, tape: [LayerTape], gradients: FloatBuffer) {
        let arena = Arena()
        for (layer, record) in zip(weights.table.layers, tape).reversed() {
            arena.reset()
            backward(layer, record, dx, arena, gradients)
        }
    }

    private func backward(_ layer: LayerTable, _ record: LayerTape, _ dx: Matrix, _ arena: Arena, _ gradients: FloatBuffer) {
        let base = weights.values.base
        let (rows, hidden) = (dx.rows, dx.columns)
        let dactivation = arena.matrix(rows, layer.down.inputs)
        weights.backward(layer.down, x: record.activation, dy: dx, dx: dactivation, gradients: gradients)
        let dgateUp = arena.matrix(rows, layer.gateUp.outputs)
        GatedUnit.backward(record.gateUp, dy: dactivation, into: dgateUp)
        let dnorm = arena.matrix(rows, hidden)
        weights.backward(layer.gateUp, x: record.postNorm, dy: dgateUp, dx: dnorm, gradients: gradients)
        Rows.rmsNormBackward(
            record.middle, weight: base + layer.postNorm, scale: record.postScale, dy: dnorm, dx: dx,
            dweight: gradients.base + layer.postNorm)
        // dx is now dL/d middle.
        let dattention = arena.matrix(rows, layer.output.inputs)
        weights.backward(layer.output, x: record.attention, dy: dx, dx: dattention, gradients: gradients)
        let dqkv = arena.zeros(rows, layer.qkv.outputs)
        attention.backward(record.qkv, segments: segments, doutput: dattention, dqkv: dqkv, scratch: scratch)
        Rows.rotate(
            dqkv.columns(rotatedColumns), heads: text.headCount + text.keyValueHeadCount, cosine: cosine, sine: sine, inverse: true)
        weights.backward(layer.qkv, x: record.inputNorm, dy: dqkv, dx: dnorm, gradients: gradients)
        Rows.rmsNormBackward(
            record.input, weight: base + layer.inputNorm, scale: record.inputScale, dy: dnorm, dx: dx,
            dweight: gradients.base + layer.inputNorm)
    }
}

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
