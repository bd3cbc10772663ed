/// A reward as the sum of its weighted parts.
///
/// - Invariant: `overall` is the sum in the order of the parts, each addition rounded to `Float`: what is logged adds up to what trains.
///   Example: accuracy 1, format 1, visual 0.5 and no repetition at the default weights are ((0.9 + 0.1) + 0.35) + 0 = 1.35.
package struct RewardComposition: Hashable, Codable, Sendable {
    /// Weight times value, in reward units.
    package struct Part: Hashable, Codable, Sendable {
        package let name: String
        /// 0 where the part has nothing to say.
        package let value: Float
    }

    /// In the rubric's order.
    package let parts: [Part]

    init(_ parts: [Part]) { self.parts = parts }

    /// The reward that trains.
    package var overall: Float { parts.dropFirst().reduce(parts.first?.value ?? 0) { $0 + $1.value } }

    /// The weighted value of a part; 0 of one that is not there.
    package subscript(name: String) -> Float { parts.first { $0.name == name }?.value ?? 0 }
}
