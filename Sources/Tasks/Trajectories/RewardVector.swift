/// What one part of the reward says of a response.
package enum RewardValue: Hashable, Codable, Sendable {
    /// A number in the part's own units.
    case known(Float)
    /// The part has nothing to say of this problem, and counts as 0.
    case absent
    /// The part should have a value and has none: the trajectory leaves its group. Never a 0.
    case unknown

    /// The number; nil without one.
    package var number: Float? { if case .known(let number) = self { number } else { nil } }
}

/// The values of a reward's parts by name, in the rubric's order.
package struct RewardVector: Hashable, Codable, Sendable {
    /// One part with its value.
    package struct Entry: Hashable, Codable, Sendable {
        package let name: String
        package let value: RewardValue

        package init(_ name: String, _ value: RewardValue) {
            self.name = name
            self.value = value
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// The value of a part; absent where the vector does not have it.
    package subscript(name: String) -> RewardValue { entries.first { $0.name == name }?.value ?? .absent }
}
