import Glibc
import LinearAlgebra
package import PolicyModel

/// Keys and values of one sequence segment in every layer, laid out for attention: keys transposed `[headSize, capacity]` and values
/// `[capacity, headSize]`, head by head. Columns behind the last key are zero.
package final class KeyValueCache {
    private let keys: FloatBuffer
    private let values: FloatBuffer
    private let heads: Int
    private let headSize: Int
    private let capacity: Int
    /// How many tokens are held.
    private(set) var count = 0

    init(configuration: TextConfiguration, capacity: Int) {
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
    func keys(layer: Int, head: Int) -> Matrix { Matrix(keys.base + place(layer, head), rows: headSize, columns: capacity) }

    /// All values of a head: `[capacity, headSize]`.
    func values(layer: Int, head: Int) -> Matrix { Matrix(values.base + place(layer, head), rows: capacity, columns: headSize) }

    /// Stores one token's key and value of one head at `index`.
    func store(layer: Int, head: Int, index: Int, key: UnsafePointer<Float>, value: UnsafePointer<Float>) {
        let target = keys(layer: layer, head: head)
        for d in 0..<headSize { target.row(d)[index] = key[d] }
        memcpy(values(layer: layer, head: head).row(index), value, headSize * 4)
    }

    /// Makes room known for tokens stored in every layer.
    func advance(by tokens: Int) {
        count += tokens
        precondition(count <= capacity, "a cache of \(capacity) tokens took \(count)")
    }
}
