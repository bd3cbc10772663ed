import LinearAlgebra

/// The decoder stack of Qwen2.5(-VL) and Llama: blocks of causal grouped-query attention.
struct TextDecoder {
    let weights: PolicyWeights
    let cosine: Matrix
    let sine: Matrix
    let segments: [Segment]
    /// Memory for attention's intermediate values.
    let scratch: Arena

    private func block(_ table: BlockTable) -> TransformerBlock {
        let text = weights.configuration.text
        return TransformerBlock(
            weights: weights, table: table,
            attention: Attention(heads: text.headCount, keyValueHeads: text.keyValueHeadCount, headSize: text.headSize, causal: true),
            segments: segments, normEpsilon: text.normEpsilon, cosine: cosine, sine: sine, scratch: scratch)
    }

    /// The residual stream after all layers. Shapes: input and result `[T, D]`.
    func forward(_ input: Matrix, arena: Arena, tape: inout [BlockTape]) -> Matrix {
        var x = input
        for table in weights.table.layers {
            let (next, record) = block(table).forward(x, arena: arena)
            tape.append(record)
            x = next
        }
        return x
    }

    /// Turns dL/d(result of forward) in `dx` into dL/d(input), in place, and adds the layers' gradients to `gradients`.
    func backward(_ dx: Matrix, tape: [BlockTape], gradients: FloatBuffer) {
        let arena = Arena()
        for (table, record) in zip(weights.table.layers, tape).reversed() {
            arena.reset()
            block(table).backward(dx, tape: record, arena: arena, gradients: gradients)
        }
    }
}
