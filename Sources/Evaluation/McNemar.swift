/// McNemar's exact test on paired yes/no outcomes.
///
/// Only discordant pairs carry information: if nothing changed, each is lost or gained with probability 1/2, so the number lost is
/// binomial (n = lost + gained, 1/2). Source: McNemar, Psychometrika 12 (1947); the exact form is the sign test on the discordant pairs.
///
/// The tails are summed with multiplications and divisions alone, so that the same counts give the same bits on every machine.
package enum McNemar {
    /// Two-sided p: `min(1, 2 P(X <= min(lost, gained)))`, X binomial (lost + gained, 1/2); 1 if nothing is discordant.
    ///
    /// - Precondition: Both counts are at least 0.
    package static func exact(lost: Int, gained: Int) -> Double {
        precondition(lost >= 0 && gained >= 0, "counts of discordant pairs are at least 0, not \(lost) and \(gained)")
        return min(1, 2 * lowerTail(min(lost, gained), of: lost + gained))
    }

    /// One-sided p against "after is lower than before": `P(X >= lost)`. Small values speak for a loss.
    ///
    /// - Precondition: Both counts are at least 0.
    package static func oneSidedLoss(lost: Int, gained: Int) -> Double {
        precondition(lost >= 0 && gained >= 0, "counts of discordant pairs are at least 0, not \(lost) and \(gained)")
        // P(X >= lost) = P(X <= gained), the distribution being symmetric.
        return lowerTail(gained, of: lost + gained)
    }

    /// One-sided p against "after is higher than before": `P(X >= gained)`. Small values speak for a gain.
    ///
    /// - Precondition: Both counts are at least 0.
    package static func oneSidedGain(lost: Int, gained: Int) -> Double {
        oneSidedLoss(lost: gained, gained: lost)
    }

    /// `P(X <= k)` for X binomial (n, 1/2), `0 <= k <= n`. Relative error about k units in the last place.
    private static func lowerTail(_ k: Int, of n: Int) -> Double {
        if k >= n { return 1 }
        // The sum from the smaller side: the terms fall from the cut outwards.
        if 2 * k >= n { return 1 - lowerTail(n - k - 1, of: n) }
        // sum_{i <= k} C(n, i) = C(n, k) (1 + k / (n - k + 1) + ...): each term is the one above it times i / (n - i + 1).
        var term = 1.0
        var sum = 1.0
        for i in stride(from: k, to: 0, by: -1) {
            term *= Double(i) / Double(n - i + 1)
            sum += term
        }
        // C(n, k) / 2^n with the exponent kept apart, for C(1100, 550) is already beyond the range of Double.
        var mantissa = 1.0
        var exponent = -n
        for i in 0..<k {
            mantissa *= Double(n - i) / Double(i + 1)
            exponent += Int(mantissa.exponent)
            mantissa = mantissa.significand
        }
        return Double(sign: .plus, exponent: exponent, significand: mantissa * sum)
    }
}
