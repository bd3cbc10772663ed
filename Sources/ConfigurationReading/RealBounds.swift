/// The numbers that a key accepts.
package struct RealBounds: Sendable {
    let lower: Double
    let includesLower: Bool
    let upper: Double
    let includesUpper: Bool

    private init(_ lower: Double, _ includesLower: Bool, _ upper: Double, _ includesUpper: Bool) {
        self.lower = lower
        self.includesLower = includesLower
        self.upper = upper
        self.includesUpper = includesUpper
    }

    /// `lower ... upper`, both allowed.
    package static func closed(_ lower: Double, _ upper: Double) -> RealBounds { RealBounds(lower, true, upper, true) }
    /// Above `lower`, at most `upper`.
    package static func above(_ lower: Double, upTo upper: Double) -> RealBounds { RealBounds(lower, false, upper, true) }
    /// At least `lower`, below `upper`.
    package static func from(_ lower: Double, below upper: Double) -> RealBounds { RealBounds(lower, true, upper, false) }

    func contains(_ value: Double) -> Bool {
        (includesLower ? value >= lower : value > lower) && (includesUpper ? value <= upper : value < upper)
    }

    var description: String {
        "\(includesLower ? "at least" : "greater than") \(lower) and \(includesUpper ? "at most" : "less than") \(upper)"
    }
}
