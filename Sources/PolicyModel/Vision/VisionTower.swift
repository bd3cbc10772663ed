import Glibc
import LinearAlgebra

/// What the tower's forward pass keeps.
struct VisionTape {
    let patches: Matrix  // [N, patch length], computing order
    var blocks: [BlockTape] = []
    let result: Matrix  // [N, D] after the blocks
    let mergerNorm: Matrix  // [N, D], read as [N / unit, unit * D]
    let mergerScale: UnsafeMutablePointer<Float>
    let hidden: Matrix  // [N / unit, unit * D] before GELU
    let activated: Matrix  // after GELU
}

/// Qwen2.5-VL's vision tower: patch embedding, blocks of windowed or full attention with 2-D rotary positions, and the patch merger.
struct VisionTower {
    let weights: PolicyWeights
    let table: VisionTable
    let vision: VisionConfiguration
    let images: [VisualInput]
    /// Memory for attention's intermediate values.
    let scratch: Arena
    private let order: VisionWindows
    private let cosine: Matrix
    private let sine: Matrix

    /// RMSNorm's epsilon in the tower; transformers has it as a constant.
    private static let epsilon: Float = 1e-6

    init(weights: PolicyWeights, table: VisionTable, vision: VisionConfiguration, images: [VisualInput], arena: Arena, scratch: Arena) {
        self.weights = weights
        self.table = table
        self.vision = vision
        self.images = images
        self.scratch = scratch
        order = VisionWindows(images, vision)
        cosine = arena.matrix(order.places.count, vision.headSize / 2)
        sine = arena.matrix(order.places.count, vision.headSize / 2)
        RotaryTables.vision(order.places, vision, cosine: cosine, sine: sine)
    }

    private var unit: Int { vision.mergeSize * vision.mergeSize }

    /// Block `index`: attention within windows, or within whole frames.
    private func block(_ index: Int) -> TransformerBlock {
        TransformerBlock(
            weights: weights, table: table.blocks[index],
            attention: Attention(heads: vision.headCount, keyValueHeads: vision.headCount, headSize: vision.headSize, causal: false),
            segments: vision.fullAttentionBlocks.contains(index) ? order.frames : order.windows, normEpsilon: Self.epsilon,
            cosine: cosine, sine: sine, scratch: scratch)
    }

    /// The visual tokens of all images in prompt order: `[N / unit, outputSize]`.
    ///
    /// - Returns: the tokens, and what the backward pass needs; nil where that is not kept.
    func forward(arena: Arena, keepsTape: Bool) -> (tokens: Matrix, tape: VisionTape?) {
        let patches = arrangedPatches(arena)
        var x = arena.matrix(patches.rows, vision.hiddenSize)
        weights.apply(table.patchEmbedding, patches, into: x)
        var blocks: [BlockTape] = []
        for index in table.blocks.indices {
            if keepsTape {
                let (next, record) = block(index).forward(x, arena: arena)
                blocks.append(record)
                x = next
            } else {
                arena.scope { x.copy(from: block(index).forward(x, arena: arena).result) }
            }
        }
        let norm = arena.matrix(x.rows, x.columns)
        let scale = arena.floats(x.rows)
        Rows.rmsNorm(x, weight: weights.vector(table.mergerNorm), epsilon: Self.epsilon, into: norm, scale: scale)
        let hidden = arena.matrix(x.rows / unit, table.merger0.outputs)
        weights.apply(table.merger0, merged(norm), into: hidden)
        let activated = arena.matrix(hidden.rows, hidden.columns)
        Rows.gelu(hidden, into: activated)
        let ordered = arena.matrix(hidden.rows, vision.outputSize)
        weights.apply(table.merger2, activated, into: ordered)
        let tokens = arena.matrix(hidden.rows, vision.outputSize)
        for (place, original) in order.unitOrder.enumerated() {
            memcpy(tokens.row(original), ordered.row(place), vision.outputSize * 4)
        }
        guard keepsTape else { return (tokens, nil) }
        let tape = VisionTape(
            patches: patches, blocks: blocks, result: x, mergerNorm: norm, mergerScale: scale, hidden: hidden, activated: activated)
        return (tokens, tape)
    }

    private func merged(_ norm: Matrix) -> Matrix { Matrix(norm.base, rows: norm.rows / unit, columns: norm.columns * unit) }

    private func arrangedPatches(_ arena: Arena) -> Matrix {
        let length = vision.patchLength
        let all = arena.matrix(order.places.count, length)
        let source = arena.matrix(order.places.count, length)
        var row = 0
        for image in images {
            image.patches.withUnsafeBufferPointer { bytes in
                if let base = bytes.baseAddress { memcpy(source.row(row), base, image.patchCount * length * 4) }
            }
            row += image.patchCount
        }
        for (place, original) in order.unitOrder.enumerated() {
            memcpy(all.row(place * unit), source.row(original * unit), unit * length * 4)
        }
        return all
    }

    /// Adds the tower's gradients to `gradients`. Shape of dtokens: `[N / unit, outputSize]`, prompt order.
    func backward(_ dtokens: Matrix, tape: VisionTape, gradients: FloatBuffer) {
        let arena = Arena()
        let ordered = arena.matrix(dtokens.rows, dtokens.columns)
        ordered.gather(order.unitOrder, from: dtokens)
        let dactivated = arena.matrix(tape.hidden.rows, tape.hidden.columns)
        weights.backward(table.merger2, x: tape.activated, dy: ordered, dx: dactivated, gradients: gradients)
        Rows.geluBackward(tape.hidden, dy: dactivated, dx: dactivated)
        let dnorm = arena.matrix(tape.result.rows, tape.result.columns)
        weights.backward(table.merger0, x: merged(tape.mergerNorm), dy: dactivated, dx: merged(dnorm), gradients: gradients)
        let dx = arena.zeros(tape.result.rows, tape.result.columns)
        Rows.rmsNormBackward(
            tape.result, weight: weights.vector(table.mergerNorm), scale: tape.mergerScale, dy: dnorm, dx: dx,
            dweight: gradients.base + table.mergerNorm)
        let layer = Arena()
        for index in table.blocks.indices.reversed() {
            layer.reset()
            block(index).backward(dx, tape: tape.blocks[index], arena: layer, gradients: gradients)
        }
        weights.backward(table.patchEmbedding, x: tape.patches, dy: dx, dx: nil, gradients: gradients)
    }
}
