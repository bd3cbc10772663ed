import LinearAlgebra

/// What a block's forward pass keeps for its backward pass.
struct BlockTape {
    let input: Matrix  // [T, D] residual stream before the block
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

/// RMSNorm, rotary attention, RMSNorm, SwiGLU, with residual connections: a layer of the decoder or a block of the vision tower, which
/// differ in attention, biases and epsilon only.
struct TransformerBlock {
    let weights: PolicyWeights
    let table: BlockTable
    let attention: Attention
    let segments: [Segment]
    let normEpsilon: Float
    let cosine: Matrix
    let sine: Matrix
    /// Memory for attention's intermediate values.
    let scratch: Arena

    /// The residual stream after the block. Shapes: x and result `[T, D]`.
    ///
    /// - Parameter past: keys and values of this layer that stand before the rows: see `Attention.forward`.
    func forward(_ x: Matrix, past: (cache: KeyValueCache, layer: Int)? = nil, arena: Arena) -> (result: Matrix, tape: BlockTape) {
        let (rows, hidden) = (x.rows, x.columns)
        let inputNorm = arena.matrix(rows, hidden)
        let inputScale = arena.floats(rows)
        Rows.rmsNorm(x, weight: weights.vector(table.inputNorm), epsilon: normEpsilon, into: inputNorm, scale: inputScale)
        let qkv = arena.matrix(rows, table.qkv.outputs)
        weights.apply(table.qkv, inputNorm, into: qkv)
        rotate(qkv)
        let attended = arena.matrix(rows, table.output.inputs)
        attention.forward(qkv, segments: segments, past: past, into: attended, scratch: scratch)
        let middle = arena.matrix(rows, hidden)
        weights.apply(table.output, attended, into: middle)
        Rows.add(x.base, to: middle.base, count: rows * hidden)
        let postNorm = arena.matrix(rows, hidden)
        let postScale = arena.floats(rows)
        Rows.rmsNorm(middle, weight: weights.vector(table.postNorm), epsilon: normEpsilon, into: postNorm, scale: postScale)
        let gateUp = arena.matrix(rows, table.gateUp.outputs)
        weights.apply(table.gateUp, postNorm, into: gateUp)
        let activation = arena.matrix(rows, table.down.inputs)
        GatedUnit.forward(gateUp, into: activation)
        let result = arena.matrix(rows, hidden)
        weights.apply(table.down, activation, into: result)
        Rows.add(middle.base, to: result.base, count: rows * hidden)
        return (
            result,
            BlockTape(
                input: x, inputNorm: inputNorm, inputScale: inputScale, qkv: qkv, attention: attended, middle: middle, postNorm: postNorm,
                postScale: postScale, gateUp: gateUp, activation: activation)
        )
    }

    /// Turns dL/d(result of forward) in `dx` into dL/d(x), in place, and adds the block's gradients to `gradients`.
    func backward(_ dx: Matrix, tape: BlockTape, arena: Arena, gradients: FloatBuffer) {
        let (rows, hidden) = (dx.rows, dx.columns)
        let dactivation = arena.matrix(rows, table.down.inputs)
        weights.backward(table.down, x: tape.activation, dy: dx, dx: dactivation, gradients: gradients)
        let dgateUp = arena.matrix(rows, table.gateUp.outputs)
        GatedUnit.backward(tape.gateUp, dy: dactivation, into: dgateUp)
        let dnorm = arena.matrix(rows, hidden)
        weights.backward(table.gateUp, x: tape.postNorm, dy: dgateUp, dx: dnorm, gradients: gradients)
        Rows.rmsNormBackward(
            tape.middle, weight: weights.vector(table.postNorm), scale: tape.postScale, dy: dnorm, dx: dx,
            dweight: gradients.base + table.postNorm)
        // dx is now dL/d middle.
        let dattention = arena.matrix(rows, table.output.inputs)
        weights.backward(table.output, x: tape.attention, dy: dx, dx: dattention, gradients: gradients)
        let dqkv = arena.zeros(rows, table.qkv.outputs)
        attention.backward(tape.qkv, segments: segments, doutput: dattention, dqkv: dqkv, scratch: scratch)
        rotate(dqkv, inverse: true)
        weights.backward(table.qkv, x: tape.inputNorm, dy: dqkv, dx: dnorm, gradients: gradients)
        Rows.rmsNormBackward(
            tape.input, weight: weights.vector(table.inputNorm), scale: tape.inputScale, dy: dnorm, dx: dx,
            dweight: gradients.base + table.inputNorm)
    }

    /// Rotates queries and keys, which stand before the values.
    private func rotate(_ qkv: Matrix, inverse: Bool = false) {
        let heads = attention.heads + attention.keyValueHeads
        Rows.rotate(qkv.columns(0..<(heads * attention.headSize)), heads: heads, cosine: cosine, sine: sine, inverse: inverse)
    }
}
