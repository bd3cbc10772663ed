import Generation
import LinearAlgebra
package import PolicyModel

/// What one model's numbers take in memory: exact for parameters and caches, and for activations what a pass takes from its arenas.
///
/// All sizes are bytes. P is the number of parameters.
package struct ModelFootprint: Hashable, Sendable {
    /// The sizes of a block that decide about memory, in floats a row.
    private struct Block: Hashable, Sendable {
        /// D, the residual stream.
        let hidden: Int
        /// Queries, keys and values side by side.
        let qkv: Int
        /// All heads' outputs.
        let attended: Int
        /// I, half of gate and up side by side.
        let intermediate: Int
        let queriesPerKey: Int

        /// What ``BlockTape`` keeps, the block's input apart: two norms with their scales, qkv, attention, the stream after attention, gate
        /// and up, their product, and the result.
        var tape: Int { 4 * hidden + 2 + qkv + attended + 3 * intermediate }
        /// What the backward pass of one block takes.
        var gradient: Int { hidden + qkv + attended + 3 * intermediate }
    }

    package let configuration: ModelConfiguration
    /// P.
    package let parameterCount: Int
    /// Parameters in norms and biases.
    package let vectorCount: Int
    private let text: Block
    private let vision: Block?

    package init(_ configuration: ModelConfiguration) {
        self.configuration = configuration
        let table = ParameterTable(configuration)
        parameterCount = table.count
        vectorCount = table.slices.filter { $0.shape.count == 1 }.reduce(0) { $0 + $1.count }
        let decoder = configuration.text
        text = Block(
            hidden: decoder.hiddenSize, qkv: (decoder.headCount + 2 * decoder.keyValueHeadCount) * decoder.headSize,
            attended: decoder.headCount * decoder.headSize, intermediate: decoder.intermediateSize,
            queriesPerKey: decoder.headCount / decoder.keyValueHeadCount)
        vision = configuration.vision.map {
            Block(
                hidden: $0.hiddenSize, qkv: 3 * $0.hiddenSize, attended: $0.hiddenSize, intermediate: $0.intermediateSize, queriesPerKey: 1)
        }
    }

    /// The parameters: 4 P in float32; in bfloat16 2 P, and float32 copies of norms and biases.
    package func weights(_ storage: WeightStorage) -> Int {
        storage.byteCount * parameterCount + (storage == .bfloat16 ? 4 * vectorCount : 0)
    }

    /// Keys and values of one segment of `tokens` tokens: both, in all layers, in float32, for a multiple of 16 tokens.
    package func cache(tokens: Int) -> Int {
        4 * KeyValueCache.floatCount(configuration.text, capacity: tokens)
    }

    /// Logits of `rows` rows.
    package func logits(rows: Int) -> Int { 4 * rows * configuration.text.vocabularySize }

    /// A forward pass alone: activations of one layer at a time.
    ///
    /// - Parameters:
    ///   - rows: tokens of the pass, images' included.
    ///   - patches: image patches of the pass.
    ///   - longest: tokens that one query may attend to, for the scores.
    package func inference(rows: Int, patches: Int = 0, longest: Int) -> Int {
        let decoder = rows * (text.hidden + configuration.text.headSize + text.tape) + scores(text, longest: longest, copies: 1)
        return 4 * (max(decoder, rows * text.hidden + visionInput(patches) + visionLayer(patches)) + 2 * rows * text.hidden)
            + logits(rows: min(rows, ForwardPass.headChunk))
    }

    /// A forward and a backward pass: activations of all layers.
    ///
    /// - Parameter targets: tokens that are trained.
    package func training(rows: Int, patches: Int = 0, targets: Int, longest: Int) -> Int {
        let layers = configuration.text.layerCount
        // Embeddings, rotary tables, all tapes, the stream's gradient; final norms of both passes over the head.
        let kept = rows * (2 * text.hidden + configuration.text.headSize + layers * text.tape) + targets * 6 * text.hidden
        let backward = rows * text.gradient + rows * max(2 * text.intermediate, text.qkv) + scores(text, longest: longest, copies: 4)
        let chunk = min(targets, ForwardPass.headChunk)
        let head = 2 * chunk * configuration.text.vocabularySize
        var tower = 0
        if let vision, let configuration = configuration.vision, patches > 0 {
            tower =
                visionInput(patches) + patches * (configuration.depth * vision.tape + 3 * vision.hidden + vision.gradient)
                + patches * 2 * vision.intermediate
        }
        return 4 * (kept + max(backward, head) + tower)
    }

    /// Patches as they come and as they are ordered, and the tower's first activations.
    private func visionInput(_ patches: Int) -> Int {
        guard let vision = configuration.vision else { return 0 }
        return patches * (2 * vision.patchLength + vision.headSize + 4 * vision.hiddenSize)
    }

    private func visionLayer(_ patches: Int) -> Int {
        guard let vision, patches > 0 else { return 0 }
        return patches * vision.tape + scores(vision, longest: patches, copies: 1)
    }

    /// Keys of one head, turned, and scores of one block of queries.
    private func scores(_ block: Block, longest: Int, copies: Int) -> Int {
        let size = block.attended / max(1, block.queriesPerKey)
        return Attention.padded(longest) * (min(size, 256) + copies * Attention.queryBlock)
    }
}
