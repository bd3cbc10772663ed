import Glibc
import LinearAlgebra

/// What a block's forward pass keeps for its backward pass.
struct VisionBlockTape {
    let input: Matrix  // [N, D]
    let norm1: Matrix  // [N, D]
    let scale1: UnsafeMutablePointer<Float>  // [N]
    let qkv: Matrix  // [N, 3 D], q and k rotated
    let attention: Matrix  // [N, D]
    let middle: Matrix  // [N, D]
    let norm2: Matrix  // [N, D]
    let scale2: UnsafeMutablePointer<Float>  // [N]
    let gateUp: Matrix  // [N, 2 I]
    let activation: Matrix  // [N, I]
}

/// What the tower's forward pass keeps.
struct VisionTape {
    let patches: Matrix  // [N, patch length], computing order
    var blocks: [VisionBlockTape] = []
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
        RotaryTables.vision(order.places, headSize: vision.headSize, cosine: cosine, sine: sine)
    }

    private var attention: Attention {
        Attention(heads: vision.headCount, keyValueHeads: vision.headCount, headSize: vision.headSize, causal: false)
    }
    private var unit: Int { vision.mergeSize * vision.mergeSize }

    private func segments(_ block: Int) -> [Segment] { vision.fullAttentionBlocks.contains(block) ? order.frames : order.windows }

    /// The visual tokens of all images in prompt order: `[N / unit, outputSize]`.
    func forward(arena: Arena) -> (tokens: Matrix, tape: VisionTape) {
        let patches = arrangedPatches(arena)
        var x = arena.matrix(patches.rows, vision.hiddenSize)
        weights.apply(table.patchEmbedding, patches, into: x)
        var blocks: [VisionBlockTape] = []
        for (index, block) in table.blocks.enumerated() {
            let record = forward(block, index, x, arena)
            let next = arena.matrix(x.rows, x.columns)
            weights.apply(block.down, record.activation, into: next)
            Rows.add(record.middle.base, to: next.base, count: x.rows * x.columns)
            blocks.append(record)
            x = next
        }
        let norm = arena.matrix(x.rows, x.columns)
        let scale = arena.floats(x.rows)
        Rows.rmsNorm(x, weight: weights.values.base + table.mergerNorm, epsilon: Self.epsilon, into: norm, scale: scale)
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

    private func forward(_ block: VisionBlockTable, _ index: Int, _ x: Matrix, _ arena: Arena) -> VisionBlockTape {
        let base = weights.values.base
        let norm1 = arena.matrix(x.rows, x.columns)
        let scale1 = arena.floats(x.rows)
        Rows.rmsNorm(x, weight: base + block.norm1, epsilon: Self.epsilon, into: norm1, scale: scale1)
        let qkv = arena.matrix(x.rows, block.qkv.outputs)
        weights.apply(block.qkv, norm1, into: qkv)
        Rows.rotate(qkv.columns(0..<(2 * vision.hiddenSize)), heads: 2 * vision.headCount, cosine: cosine, sine: sine)
        let attended = arena.matrix(x.rows, x.columns)
        attention.forward(qkv, segments: segments(index), into: attended, scratch: scratch)
        let middle = arena.matrix(x.rows, x.columns)
        weights.apply(block.projection, attended, into: middle)
        Rows.add(x.base, to: middle.base, count: x.rows * x.columns)
        let norm2 = arena.matrix(x.rows, x.columns)
        let scale2 = arena.floats(x.rows)
        Rows.rmsNorm(middle, weight: base + block.norm2, epsilon: Self.epsilon, into: norm2, scale: scale2)
        let gateUp = arena.matrix(x.rows, block.gateUp.outputs)
        weights.apply(block.gateUp, norm2, into: gateUp)
        let activation = arena.matrix(x.rows, block.down.inputs)
        GatedUnit.forward(gateUp, into: activation)
        return VisionBlockTape(
            input: x, norm1: norm1, scale1: scale1, qkv: qkv, attention: attended, middle: middle, norm2: norm2, scale2: scale2,
            gateUp: gateUp, activation: activation)
    }

    /// Adds the tower's gradients to `gradients`. Shape of dtokens: `[N / unit, outputSize]`, prompt order.
    func backward(_ dtokens: Matrix, tape: VisionTape, gradients: FloatBuffer) {
        let arena = Arena()
        let base = weights.values.base
        let ordered = arena.matrix(dtokens.rows, dtokens.columns)
        ordered.gather(order.unitOrder, from: dtokens)
        let dactivated = arena.matrix(tape.hidden.rows, tape.hidden.columns)
        weights.backward(table.merger2, x: tape.activated, dy: ordered, dx: dactivated, gradients: gradients)
        Rows.geluBackward(tape.hidden, dy: dactivated, dx: dactivated)
        let dnorm = arena.matrix(tape.result.rows, tape.result.columns)
        weights.backward(table.merger0, x: merged(tape.mergerNorm), dy: dactivated, dx: merged(dnorm), gradients: gradients)
        let dx = arena.zeros(tape.result.rows, tape.result.columns)
        Rows.rmsNormBackward(
            tape.result, weight: base + table.mergerNorm, scale: tape.mergerScale, dy: dnorm, dx: dx,
            dweight: gradients.base + table.mergerNorm)
        let layer = Arena()
        for (index, block) in table.blocks.enumerated().reversed() {
            layer.reset()
            backward(block, index, tape.blocks[index], dx, layer, gradients)
        }
        weights.backward(table.patchEmbedding, x: tape.patches, dy: dx, dx: nil, gradients: gradients)
    }

    private func backward(
        _ block: VisionBlockTable, _ index: Int, _ record: VisionBlockTape, _ dx: Matrix, _ arena: Arena, _ gradients: FloatBuffer
    ) {
        let base = weights.values.base
        let dactivation = arena.matrix(dx.rows, block.down.inputs)
        weights.backward(block.down, x: record.activation, dy: dx, dx: dactivation, gradients: gradients)
        let dgateUp = arena.matrix(dx.rows, block.gateUp.outputs)
        GatedUnit.backward(record.gateUp, dy: dactivation, into: dgateUp)
        let dnorm = arena.matrix(dx.rows, dx.columns)
        weights.backward(block.gateUp, x: record.norm2, dy: dgateUp, dx: dnorm, gradients: gradients)
        Rows.rmsNormBackward(
            record.middle, weight: base + block.norm2, scale: record.scale2, dy: dnorm, dx: dx, dweight: gradients.base + block.norm2)
        let dattention = arena.matrix(dx.rows, dx.columns)
        weights.backward(block.projection, x: record.attention, dy: dx, dx: dattention, gradients: gradients)
        let dqkv = arena.zeros(dx.rows, block.qkv.outputs)
        attention.backward(record.qkv, segments: segments(index), doutput: dattention, dqkv: dqkv, scratch: scratch)
        Rows.rotate(dqkv.columns(0..<(2 * vision.hiddenSize)), heads: 2 * vision.headCount, cosine: cosine, sine: sine, inverse: true)
        weights.backward(block.qkv, x: record.norm1, dy: dqkv, dx: dnorm, gradients: gradients)
        Rows.rmsNormBackward(
            record.input, weight: base + block.norm1, scale: record.scale1, dy: dnorm, dx: dx, dweight: gradients.base + block.norm1)
    }
}
