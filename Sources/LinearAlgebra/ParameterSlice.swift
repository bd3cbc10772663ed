/// One named tensor's place in a flat buffer of `Float`s, as a model keeps its parameters and their gradients.
///
/// - Invariant: `count` is the product of `shape` (1 for a scalar); `offset` and `count` are in elements, not bytes.
package struct ParameterSlice: Codable, Hashable, Sendable {
    /// The tensor's name as the checkpoint spells it: `model.layers.0.self_attn.q_proj.weight`.
    package let name: String
    /// Row-major extents, outermost first; empty for a scalar.
    package let shape: [Int]
    /// The first element's index in the flat buffer.
    package let offset: Int
    /// How many elements the tensor has.
    package let count: Int

    /// - Precondition: `offset` and `count` are not negative, and `count` is the product of `shape`.
    package init(name: String, shape: [Int], offset: Int, count: Int) {
        precondition(offset >= 0 && count >= 0, "\(name): offset \(offset) and count \(count) must not be negative")
        precondition(shape.reduce(1, *) == count, "\(name): shape \(shape) does not have \(count) elements")
        self.name = name
        self.shape = shape
        self.offset = offset
        self.count = count
    }

    /// The tensor's elements in the flat buffer.
    package var range: Range<Int> { offset..<(offset + count) }
}
