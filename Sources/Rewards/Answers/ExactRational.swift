/// A fraction of 64-bit integers in lowest terms with a positive denominator, so that equal numbers are equal values.
struct ExactRational: Hashable {
    let numerator: Int64
    let denominator: Int64

    /// Nil if the denominator is 0 or a part doesn't fit.
    init?(_ numerator: Int64, over denominator: Int64) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        let divisor = Self.greatestCommonDivisor(numerator, denominator)
        let sign: Int64 = denominator < 0 ? -1 : 1
        self.numerator = sign * (numerator / divisor)
        self.denominator = sign * (denominator / divisor)
    }

    /// The quotient; nil if the divisor is 0 or a part doesn't fit.
    func divided(by other: ExactRational) -> ExactRational? {
        let (top, topOverflow) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (bottom, bottomOverflow) = denominator.multipliedReportingOverflow(by: other.numerator)
        return topOverflow || bottomOverflow ? nil : ExactRational(top, over: bottom)
    }

    /// The number with the other sign.
    var negated: ExactRational? { ExactRational(-numerator, over: denominator) }

    private static func greatestCommonDivisor(_ a: Int64, _ b: Int64) -> Int64 {
        var (a, b) = (abs(a), abs(b))
        while b != 0 { (a, b) = (b, a % b) }
        return max(a, 1)
    }
}
