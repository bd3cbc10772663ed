package import LinearAlgebra

/// A linear layer's place in the flat parameter buffer: y = x W^T + b with W `[outputs, inputs]`.
///
/// Layers that read the same input stand side by side in the buffer (q, k, v; gate, up), so that one product serves them.
package struct Linear: Sendable {
    package let inputs: Int
    package let outputs: Int
    /// First float of W in the flat buffer.
    let weight: Int
    /// First float of b, nil without bias.
    let bias: Int?
}

/// One block: a layer of the decoder or a block of the vision tower.
package struct BlockTable: Sendable {
    package let inputNorm: Int
    package let qkv: Linear
    package let output: Linear
    package let postNorm: Int
    package let gateUp: Linear
    package let down: Linear
}

/// The vision tower outside its blocks.
struct VisionTable: Sendable {
    let patchEmbedding: Linear
    let blocks: [BlockTable]
    let mergerNorm: Int
    let merger0: Linear
    let merger2: Linear
}

/// Where every tensor of a model stands in its flat parameter buffer. Names are the hub's; ``TensorNames`` knows how else files spell them.
package struct ParameterTable: Sendable {
    /// All tensors in buffer order.
    package let slices: [ParameterSlice]
    /// Floats in the flat buffer.
    package let count: Int
    /// First float of the embedding `[vocabulary, hidden]`.
    package let embedding: Int
    package let layers: [BlockTable]
    package let finalNorm: Int
    package let head: Linear
    let vision: VisionTable?

    package init(_ configuration: ModelConfiguration) {
        var builder = TableBuilder()
        let text = configuration.text
        let queries = text.headCount * text.headSize
        let keys = text.keyValueHeadCount * text.headSize
        embedding = builder.add("model.embed_tokens.weight", [text.vocabularySize, text.hiddenSize])
        layers = (0..<text.layerCount).map { layer in
            let name = "model.layers.\(layer)."
            return BlockTable(
                inputNorm: builder.add(name + "input_layernorm.weight", [text.hiddenSize]),
                qkv: builder.linear(
                    ["q_proj", "k_proj", "v_proj"].map { name + "self_attn.\($0)" }, outputs: [queries, keys, keys],
                    inputs: text.hiddenSize, bias: text.hasAttentionBias),
                output: builder.linear([name + "self_attn.o_proj"], outputs: [text.hiddenSize], inputs: queries, bias: text.hasOutputBias),
                postNorm: builder.add(name + "post_attention_layernorm.weight", [text.hiddenSize]),
                gateUp: builder.linear(
                    [name + "mlp.gate_proj", name + "mlp.up_proj"], outputs: [text.intermediateSize, text.intermediateSize],
                    inputs: text.hiddenSize, bias: text.hasUnitBias),
                down: builder.linear(
                    [name + "mlp.down_proj"], outputs: [text.hiddenSize], inputs: text.intermediateSize, bias: text.hasUnitBias))
        }
        finalNorm = builder.add("model.norm.weight", [text.hiddenSize])
        head =
            text.tiesEmbeddings
            ? Linear(inputs: text.hiddenSize, outputs: text.vocabularySize, weight: embedding, bias: nil)
            : builder.linear(["lm_head"], outputs: [text.vocabularySize], inputs: text.hiddenSize, bias: false)
        vision = configuration.vision.map { builder.vision($0) }
        slices = builder.slices
        count = builder.count
    }
}

private struct TableBuilder {
    var slices: [ParameterSlice] = []
    var count = 0

    mutating func add(_ name: String, _ shape: [Int]) -> Int {
        let size = shape.reduce(1, *)
        slices.append(ParameterSlice(name: name, shape: shape, offset: count, count: size))
        defer { count += size }
        return count
    }

    mutating func linear(_ names: [String], outputs: [Int], inputs: Int, bias: Bool, shape: [Int]? = nil) -> Linear {
        let weight = count
        for (name, size) in zip(names, outputs) { _ = add(name + ".weight", shape ?? [size, inputs]) }
        let biasOffset = bias ? count : nil
        if bias { for (name, size) in zip(names, outputs) { _ = add(name + ".bias", [size]) } }
        return Linear(inputs: inputs, outputs: outputs.reduce(0, +), weight: weight, bias: biasOffset)
    }

    mutating func vision(_ vision: VisionConfiguration) -> VisionTable {
        let hidden = vision.hiddenSize
        let merged = hidden * vision.mergeSize * vision.mergeSize
        return VisionTable(
            patchEmbedding: linear(
                ["visual.patch_embed.proj"], outputs: [hidden], inputs: vision.patchLength, bias: false,
                shape: [hidden, VisionConfiguration.channelCount, vision.temporalPatchSize, vision.patchSize, vision.patchSize]),
            blocks: (0..<vision.depth).map { block in
                let name = "visual.blocks.\(block)."
                return BlockTable(
                    inputNorm: add(name + "norm1.weight", [hidden]),
                    qkv: linear([name + "attn.qkv"], outputs: [3 * hidden], inputs: hidden, bias: true),
                    output: linear([name + "attn.proj"], outputs: [hidden], inputs: hidden, bias: true),
                    postNorm: add(name + "norm2.weight", [hidden]),
                    gateUp: linear(
                        [name + "mlp.gate_proj", name + "mlp.up_proj"], outputs: [vision.intermediateSize, vision.intermediateSize],
                        inputs: hidden, bias: true),
                    down: linear([name + "mlp.down_proj"], outputs: [hidden], inputs: vision.intermediateSize, bias: true))
            },
            mergerNorm: add("visual.merger.ln_q.weight", [hidden]),
            merger0: linear(["visual.merger.mlp.0"], outputs: [merged], inputs: merged, bias: true),
            merger2: linear(["visual.merger.mlp.2"], outputs: [vision.outputSize], inputs: merged, bias: true))
    }
}
