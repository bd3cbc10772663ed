import Foundation

/// A floating-point value with a bound of its error: what decides where exact arithmetic can't, as for sin(π/6) = 1/2.
struct NumericValue {
    let value: Double
    /// The exact value is no further away.
    let error: Double

    /// One rounding of a value changes it by no more than this share.
    private static let rounding = 0x1p-52
    /// Values whose error bound is larger than this share of them (of 1, if they are smaller) decide nothing.
    static let precision = 1e-9

    init(_ value: Double, error: Double = 0) {
        self.value = value
        self.error = error + abs(value) * 2 * Self.rounding
    }

    /// Whether two values are equal as far as their errors tell; nil if they tell too little.
    static func areEqual(_ a: NumericValue, _ b: NumericValue) -> Bool? {
        let error = a.error + b.error
        guard error.isFinite, a.value.isFinite, b.value.isFinite, error <= precision * max(1, abs(a.value), abs(b.value)) else {
            return nil
        }
        return abs(a.value - b.value) <= 4 * error
    }

    /// 10 to a whole power, for the places that a decimal shows.
    static func powerOfTen(_ exponent: Int) -> Double { Foundation.pow(10, Double(exponent)) }

    /// The value of a formula.
    ///
    /// - Parameters:
    ///   - expression: The formula.
    ///   - point: Which of the fixed points gives the variables their values.
    ///   - steps: Counts the nodes.
    /// - Returns: NaN where the formula has no real value at the point.
    static func of(_ expression: AnswerExpression, at point: Int, _ steps: inout StepBudget) throws(AnswerError) -> NumericValue {
        try steps.spend()
        switch expression {
        case .number(let value): return NumericValue(value.approximate)
        case .symbol(let name): return NumericValue(symbol(name, at: point))
        case .sum(let terms):
            var (sum, error) = (0.0, 0.0)
            for term in terms {
                let next = try of(term, at: point, &steps)
                sum += next.value
                error += next.error + abs(sum) * rounding
            }
            return NumericValue(sum, error: error)
        case .product(let factors):
            var product = NumericValue(1)
            for factor in factors {
                let next = try of(factor, at: point, &steps)
                product = NumericValue(
                    product.value * next.value,
                    error: abs(product.value) * next.error + abs(next.value) * product.error + product.error * next.error)
            }
            return product
        case .power(let base, let exponent):
            return try power(of(base, at: point, &steps), exponent, of(exponent, at: point, &steps))
        case .function(let function, let argument): return call(function, try of(argument, at: point, &steps))
        }
    }

    private static func power(_ base: NumericValue, _ exponent: AnswerExpression, _ power: NumericValue) -> NumericValue {
        var value = Foundation.pow(base.value, power.value)
        // Odd roots of negative numbers are real here, as they are in school.
        if base.value < 0, let exact = exponent.literal, exact.denominator % 2 != 0 {
            value = Foundation.pow(-base.value, power.value) * (exact.numerator % 2 == 0 ? 1 : -1)
        }
        let exponentError = exponent.literal == nil ? abs(Foundation.log(abs(base.value))) * power.error : 0
        let relative = base.value == 0 ? 0 : abs(power.value) * base.error / abs(base.value) + exponentError
        return NumericValue(value, error: abs(value) * (relative + 4 * rounding))
    }

    private static func call(_ function: AnswerFunction, _ x: NumericValue) -> NumericValue {
        let v = x.value
        func result(_ value: Double, slope: Double) -> NumericValue {
            NumericValue(value, error: abs(slope) * x.error + (abs(value) + 1e-3) * 4 * rounding)
        }
        switch function {
        case .sin: return result(Foundation.sin(v), slope: 1)
        case .cos: return result(Foundation.cos(v), slope: 1)
        case .tan: return result(Foundation.tan(v), slope: 1 + pow(Foundation.tan(v), 2))
        case .cot: return result(1 / Foundation.tan(v), slope: 1 + pow(1 / Foundation.tan(v), 2))
        case .sec: return result(1 / Foundation.cos(v), slope: 1 / pow(Foundation.cos(v), 2))
        case .csc: return result(1 / Foundation.sin(v), slope: 1 / pow(Foundation.sin(v), 2))
        case .arcsin: return result(asin(v), slope: 1 / (1 - v * v).squareRoot())
        case .arccos: return result(acos(v), slope: 1 / (1 - v * v).squareRoot())
        case .arctan: return result(atan(v), slope: 1)
        case .sinh: return result(Foundation.sinh(v), slope: Foundation.cosh(v))
        case .cosh: return result(Foundation.cosh(v), slope: Foundation.sinh(v))
        case .tanh: return result(Foundation.tanh(v), slope: 1)
        case .ln: return result(Foundation.log(v), slope: 1 / v)
        case .abs: return result(Swift.abs(v), slope: 1)
        case .factorial: return v >= 0 && v < 171 && v.rounded() == v ? result(tgamma(v + 1), slope: 0) : NumericValue(.nan)
        case .floor: return result(v.rounded(.down), slope: abs(v.rounded() - v) <= x.error ? .infinity : 0)
        case .ceil: return result(v.rounded(.up), slope: abs(v.rounded() - v) <= x.error ? .infinity : 0)
        }
    }

    /// How many fixed points formulas with variables are compared at.
    static let pointCount = 8
    /// So many of them must lie in the domains of both.
    static let minimumPointCount = 3

    /// Values between -3 and 3, positive at the first half of the points, that depend on the name alone (FNV-1a).
    private static func symbol(_ name: String, at point: Int) -> Double {
        switch name {
        case AnswerExpression.pi: return .pi
        case AnswerExpression.euler: return M_E
        case AnswerExpression.imaginaryUnit, AnswerExpression.infinity, AnswerExpression.ellipsis: return .nan
        default:
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in Array(name.utf8) + [UInt8(point)] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            let share = Double(hash >> 40) / Double(1 << 24)
            return point < pointCount / 2 ? 0.25 + 2.75 * share : 6 * share - 3
        }
    }
}
