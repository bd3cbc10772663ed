import LinearAlgebra

/// A text that many prompts begin with, computed once: its keys and values in every layer.
///
/// A batch that goes on after it (``PackedBatch/init(_:configuration:after:)``) has the bits that it has without it: rows depend on the keys
/// before them, not on when those were computed.
///
/// - Isolation: never changes once made; any number of passes may share it.
package final class CachedHead: @unchecked Sendable {
    package let tokens: [Int32]
    let cache: KeyValueCache

    /// Computes `tokens`, a text without images.
    ///
    /// - Throws: `PolicyModelError` if there are none, or an id is outside the vocabulary.
    package init(_ tokens: [Int32], weights: PolicyWeights) throws {
        self.tokens = tokens
        let text = weights.configuration.text
        let cache = KeyValueCache(configuration: text, capacity: tokens.count)
        let attention = Attention(heads: text.headCount, keyValueHeads: text.keyValueHeadCount, headSize: text.headSize, causal: true)
        let batch = try PackedBatch([TokenFamily(prompt: tokens)], configuration: weights.configuration)
        _ = ForwardPass(weights: weights, batch: batch, arena: Arena(), purpose: .inference) { layer, qkv in
            cache.store(qkv, rows: 0..<tokens.count, layer: layer, attention)
        }
        cache.advance(by: tokens.count)
        self.cache = cache
    }
}
