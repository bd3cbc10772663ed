import Rewards
import Testing

/// Laws of arithmetic, checked against integer arithmetic of the test's own.
@Suite("Answer checker, laws")
struct AnswerLawsTests {
    @Test("roots: k√(m²n) is km√n, and √a is √b only if a is b")
    func roots() {
        for m in 1...9 {
            for n in [2, 3, 5, 6, 7, 10, 30, 97, 999_983] {
                for k in [1, 2, 7] {
                    #expect(AnswerChecker.isEqual("\(k)\\sqrt{\(m * m * n)}", "\(k * m)\\sqrt{\(n)}"))
                    #expect(!AnswerChecker.isEqual("\(k)\\sqrt{\(m * m * n + 1)}", "\(k * m)\\sqrt{\(n)}"))
                }
                // (√n + m)(√n - m) = n - m²
                #expect(AnswerChecker.isEqual("(\\sqrt{\(n)}+\(m))(\\sqrt{\(n)}-\(m))", "\(n - m * m)"))
                // 1/(√n - m) = (√n + m)/(n - m²)
                if n != m * m { #expect(AnswerChecker.isEqual("\\frac{1}{\\sqrt{\(n)}-\(m)}", "\\frac{\\sqrt{\(n)}+\(m)}{\(n - m * m)}")) }
            }
        }
        for a in 1...40 { for b in 1...40 { #expect(AnswerChecker.isEqual("\\sqrt{\(a)}", "√\(b)") == (a == b)) } }
    }

    @Test("sums, products and quotients of fractions are what integers say")
    func fractions() {
        var generator = SeededGenerator(state: 3)
        for _ in 0..<500 {
            let (a, c) = (Int.random(in: -30...30, using: &generator), Int.random(in: -30...30, using: &generator))
            let (b, d) = (Int.random(in: 1...30, using: &generator), Int.random(in: 1...30, using: &generator))
            #expect(AnswerChecker.isEqual("\\frac{\(a)}{\(b)} + \\frac{\(c)}{\(d)}", "\(a * d + c * b)/\(b * d)"))
            #expect(AnswerChecker.isEqual("(\(a)/\(b)) \\cdot (\(c)/\(d))", "\\frac{\(a * c)}{\(b * d)}"))
            #expect(!AnswerChecker.isEqual("\\frac{\(a)}{\(b)} + \\frac{\(c)}{\(d)}", "\(a * d + c * b + 1)/\(b * d)"))
            if c != 0 { #expect(AnswerChecker.isEqual("\\frac{\(a)}{\(b)} \\div \\frac{\(c)}{\(d)}", "\(a * d)/\(b * c)")) }
        }
    }

    @Test("a product of polynomials is its expansion, and nothing else")
    func polynomials() {
        var generator = SeededGenerator(state: 4)
        for _ in 0..<200 {
            let p = (0..<3).map { _ in Int.random(in: -9...9, using: &generator) }
            let q = (0..<3).map { _ in Int.random(in: -9...9, using: &generator) }
            var product = [Int](repeating: 0, count: 5)
            for i in 0..<3 { for j in 0..<3 { product[i + j] += p[i] * q[j] } }
            #expect(AnswerChecker.isEqual("(\(Self.text(p)))(\(Self.text(q)))", Self.text(product)))
            product[Int.random(in: 0..<5, using: &generator)] += 1
            #expect(!AnswerChecker.isEqual("(\(Self.text(p)))(\(Self.text(q)))", Self.text(product)))
        }
    }

    private static func text(_ coefficients: [Int]) -> String {
        coefficients.enumerated().map { "(\($1))x^{\($0)}" }.joined(separator: " + ")
    }

    @Test(
        "identities that only values can show, and near misses of them",
        arguments: [
            ("\\sin^2 x + \\cos^2 x", "1", "1.1"), ("\\sin 2x", "2 \\sin x \\cos x", "\\sin x \\cos x"), ("\\sqrt{x^2}", "|x|", "x"),
            ("\\sin\\frac{\\pi}{6}", "\\frac{1}{2}", "\\frac{1}{3}"), ("\\tan 45^\\circ", "1", "1.0001"),
            ("2^{x+3}", "8 \\cdot 2^x", "6 \\cdot 2^x"),
            ("\\sqrt{5+2\\sqrt{6}}", "\\sqrt{2}+\\sqrt{3}", "\\sqrt{2}+\\sqrt{3}+0.000001"),
            ("\\ln 12", "2\\ln 2 + \\ln 3", "\\ln 2 + \\ln 3"),
            ("\\log_{2} 8", "3", "4"), ("\\cos^{-1} 0", "\\frac{\\pi}{2}", "0"), ("e^{\\ln 5}", "5", "6"), ("10^{40}+1-10^{40}", "1", "0"),
        ])
    func identities(left: String, right: String, other: String) {
        #expect(AnswerChecker.isEqual(left, right))
        #expect(!AnswerChecker.isEqual(left, other))
    }

    @Test(
        "very large and very small numbers keep their differences",
        arguments: [
            ("2^{200}", "4^{100}", "4^{99}"), ("10^{100}", "10^{50} \\cdot 10^{50}", "10^{100} + 1"),
            ("1.6 \\times 10^{-19}", "16 \\times 10^{-20}", "1.7 \\times 10^{-19}"),
            ("99999999999999999999", "10^{20} - 1", "99999999999999999998"), ("0.0000001", "10^{-7}", "0"),
            ("9^{9^9}", "3^{2 \\cdot 9^9}", "9^{9^8}"),
            ("100!/99!", "100!/99!", "99"),
        ])
    func extremes(number: String, same: String, other: String) {
        #expect(AnswerChecker.isEqual(number, same))
        #expect(!AnswerChecker.isEqual(number, other))
    }

    @Test(
        "names, units, structures: what is set apart stays apart",
        arguments: [
            ("x = 5", "y = 5"), ("5 apples", "5 pears"), ("5 cm^2", "5 cm^3"), ("5 m/s", "5 m"), ("(1, 2)", "[1, 2]"),
            ("(1, 2)", "(1, 2, 3)"),
            ("\\{1, 2\\}", "\\{1, 2, 3\\}"), ("x > 3", "x < 3"), ("x > 3", "y > 3"), ("x \\ne 3", "x = 3"), ("top", "pot"), ("no", "on"),
            ("2x + z = 1", "1"), ("2l + 3m", "3m"), ("1 1/2", "11/2"), ("\\{100, 200\\}", "100200"), ("-2", "2"), ("f(x) = 3", "g(x) = 3"),
            ("30^\\circ", "30\\%"), ("\\emptyset", "0"),
        ])
    func apart(a: String, b: String) {
        #expect(!AnswerChecker.isEqual(a, b))
        #expect(!AnswerChecker.isEqual(b, a))
    }

    @Test(
        "and what says the same is the same",
        arguments: [
            ("x = 5 \\text{ or } x = -2", "-2, 5"), ("AB = 5", "5"), ("m\\angle ABC = 30^\\circ", "30"), ("5 = x", "x = 5"),
            ("x \\in [1, 2)", "[1, 2)"),
            ("\\mathbb{R}", "\\mathbb{R}"), ("\\varnothing", "\\{\\}"), ("3x + 6y = 9", "x + 2y - 3 = 0"), ("-2x < 6", "x > -3"),
            ("2 < x", "(2, \\infty)"),
            ("60 \\text{ mph}", "60 mi/h"), ("5 \\text{ square centimeters}", "5\\text{ cm}^2"), ("25 ^\\circ C", "25"), ("½", "0.5"),
            ("2½", "5/2"),
            ("5 × 10³", "5000"), ("√(2)/2", "\\frac{1}{\\sqrt 2}"), ("The Answer", "the answer"), ("\\approx 3.14", "3.14"),
            ("a_1 + a_2", "a_2 + a_1"),
            ("\\lvert -3 \\rvert", "3"), ("f(x) = x^2 + 1", "x^2+1"), ("\\frac{a}{b}", "a/b"), ("1:2", "0.5"), ("2\\pi r", "2 r \\pi"),
            ("$\\$12.50$", "12.5"),
        ])
    func same(a: String, b: String) {
        #expect(AnswerChecker.isEqual(a, b))
        #expect(AnswerChecker.isEqual(b, a))
    }
}
