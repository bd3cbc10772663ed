import LinearAlgebra

/// The decoder stack of Qwen2.5(-VL) and Llama: blocks of causal grouped-query attention.
struct TextDecoder {
    let weights: PolicyWeights
    let cosine: Matrix
    let sine: Matrix
    let segments: [Segment]
    /// Keys and values before the rows of every segment without parent.
    let past: KeyValueCache?
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

    /// The same, in place and without what a backward pass would need: memory for one layer at a time.
    ///
    /// - Parameter visit: sees each layer's queries, keys and values, rotated; they are gone when it returns.
    func forwardInPlace(_ x: Matrix, arena: Arena, visit: (_ layer: Int, _ qkv: Matrix) -> Void) {
        for (index, table) in weights.table.layers.enumerated() {
            arena.scope {
                let (next, record) = block(table).forward(x, past: past.map { ($0, index) }, arena: arena)
                visit(index, record.qkv)
                x.copy(from: next)
            }
        }
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
