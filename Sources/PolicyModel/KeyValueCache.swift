import Glibc
package import LinearAlgebra

/// Keys and values of one sequence segment in every layer, laid out for attention: keys transposed `[headSize, capacity]` and values
/// `[capacity, headSize]`, head by head. Columns behind the last key are zero.
package final class KeyValueCache {
    private let keys: FloatBuffer
    private let values: FloatBuffer
    private let heads: Int
    private let headSize: Int
    private let capacity: Int
    /// How many tokens are held.
    package private(set) var count = 0

    package init(configuration: TextConfiguration, capacity: Int) {
        heads = configuration.keyValueHeadCount
        headSize = configuration.headSize
        self.capacity = Attention.padded(max(1, capacity))
        let size = Self.floatCount(configuration, capacity: capacity) / 2
        keys = FloatBuffer(count: size)
        values = FloatBuffer(count: size)
    }

    /// Floats that a cache of `capacity` tokens holds.
    package static func floatCount(_ configuration: TextConfiguration, capacity: Int) -> Int {
        2 * configuration.layerCount * configuration.keyValueHeadCount * configuration.headSize * Attention.padded(max(1, capacity))
    }

    private func place(_ layer: Int, _ head: Int) -> Int { (layer * heads + head) * headSize * capacity }

    /// All keys of a head, transposed: `[headSize, capacity]`.
    package func keys(layer: Int, head: Int) -> Matrix { Matrix(keys.base + place(layer, head), rows: headSize, columns: capacity) }

    /// All values of a head: `[capacity, headSize]`.
    package func values(layer: Int, head: Int) -> Matrix { Matrix(values.base + place(layer, head), rows: capacity, columns: headSize) }

    /// Stores a layer's keys and values of tokens that follow those held; ``advance(by:)`` makes them count once all layers have them.
    ///
    /// - Parameters:
    ///   - qkv: queries, keys and values as `attention` lays them out, rotated.
    ///   - rows: the tokens' rows there.
    package func store(_ qkv: Matrix, rows: Range<Int>, layer: Int, _ attention: Attention) {
        for head in 0..<heads {
            let (key, value) = (attention.key(qkv, head), attention.value(qkv, head))
            let (keys, values) = (keys(layer: layer, head: head), values(layer: layer, head: head))
            for (index, row) in rows.enumerated() {
                for d in 0..<headSize { keys.row(d)[count + index] = key.row(row)[d] }
                memcpy(values.row(count + index), value.row(row), headSize * 4)
            }
        }
    }

    /// Makes room known for tokens stored in every layer.
    package func advance(by tokens: Int) {
        count += tokens
        precondition(count <= capacity, "a cache of \(capacity) tokens took \(count)")
    }
}
