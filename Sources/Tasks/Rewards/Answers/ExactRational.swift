/// A fraction of 128-bit integers in lowest terms with a positive denominator, so that equal numbers are equal values.
///
/// Nothing is rounded: an operation whose result doesn't fit throws ``AnswerError/tooLarge``.
struct ExactRational: Hashable, Sendable {
    let numerator: Int128
    let denominator: Int128

    static let zero = ExactRational(0)
    static let one = ExactRational(1)

    init(_ integer: Int64) {
        numerator = Int128(integer)
        denominator = 1
    }

    /// - Throws: ``AnswerError/undefined`` if the denominator is 0, ``AnswerError/tooLarge`` if a part can't change its sign.
    init(_ numerator: Int128, over denominator: Int128 = 1) throws(AnswerError) {
        guard denominator != 0 else { throw .undefined }
        guard numerator != .min, denominator != .min else { throw .tooLarge }
        let divisor = Int128(Self.greatestCommonDivisor(numerator.magnitude, denominator.magnitude))
        let sign: Int128 = denominator < 0 ? -1 : 1
        self.numerator = sign * (numerator / divisor)
        self.denominator = sign * (denominator / divisor)
    }

    var isZero: Bool { numerator == 0 }
    var isInteger: Bool { denominator == 1 }
    var isNegative: Bool { numerator < 0 }
    /// The nearest `Double` (or its neighbour).
    var approximate: Double { Double(numerator) / Double(denominator) }

    func plus(_ other: ExactRational) throws(AnswerError) -> ExactRational {
        let left = try Self.product(numerator, other.denominator)
        let right = try Self.product(other.numerator, denominator)
        let (sum, overflow) = left.addingReportingOverflow(right)
        if overflow { throw .tooLarge }
        return try ExactRational(sum, over: Self.product(denominator, other.denominator))
    }

    func times(_ other: ExactRational) throws(AnswerError) -> ExactRational {
        // Crosswise cancelling first keeps what fits from overflowing.
        let a = try ExactRational(numerator, over: other.denominator)
        let b = try ExactRational(other.numerator, over: denominator)
        return try ExactRational(Self.product(a.numerator, b.numerator), over: Self.product(a.denominator, b.denominator))
    }

    /// The number with the other sign; a part is never the least integer.
    var negated: ExactRational { ExactRational(lowest: -numerator, denominator) }

    /// - Throws: ``AnswerError/undefined`` for 0.
    func reciprocal() throws(AnswerError) -> ExactRational { try ExactRational(denominator, over: numerator) }

    /// A whole power.
    ///
    /// - Complexity: O(log exponent): 7 squarings overflow whatever isn't 0, 1 or -1.
    func power(_ exponent: Int) throws(AnswerError) -> ExactRational {
        var base = exponent < 0 ? try reciprocal() : self
        if base.denominator == 1, (-1...1).contains(base.numerator) {
            return base.numerator == -1 && exponent % 2 == 0 ? .one : exponent == 0 ? .one : base
        }
        guard (-127...127).contains(exponent) else { throw .tooLarge }
        var rest = abs(exponent)
        var result = ExactRational.one
        while rest > 0 {
            if rest & 1 == 1 { result = try result.times(base) }
            rest >>= 1
            if rest > 0 { base = try base.times(base) }
        }
        return result
    }

    /// The greatest integer that is not greater.
    var floor: Int128 {
        let quotient = numerator / denominator
        return numerator < 0 && quotient * denominator != numerator ? quotient - 1 : quotient
    }

    /// Rounded to a number of millionths, halves to even.
    func millionths() throws(AnswerError) -> Int128 {
        let scaled = try times(ExactRational(1_000_000))
        let below = scaled.floor
        let rest = try scaled.plus(ExactRational(-below)).times(ExactRational(2))
        if rest.numerator == rest.denominator { return below % 2 == 0 ? below : below + 1 }
        return rest.numerator > rest.denominator ? below + 1 : below
    }

    private init(lowest numerator: Int128, _ denominator: Int128) {
        self.numerator = numerator
        self.denominator = denominator
    }

    private static func product(_ a: Int128, _ b: Int128) throws(AnswerError) -> Int128 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        if overflow { throw .tooLarge }
        return product
    }

    private static func greatestCommonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (a, b) = (a, b)
        while a > UInt64.max || b > UInt64.max {
            if b == 0 { return max(a, 1) }
            (a, b) = (b, a % b)
        }
        // The usual case: machine words.
        var (c, d) = (UInt64(a), UInt64(b))
        while d != 0 { (c, d) = (d, c % d) }
        return UInt128(max(c, 1))
    }
}
